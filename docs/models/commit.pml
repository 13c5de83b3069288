/* Two meta slots and copy-on-write roots on a device with a volatile cache: power cuts, kill -9, recovery, and crashes in
   the middle of recovery.

   In the code: the loop is Committer.commit; recovery is Opening.open (the sync, MetaPage.choose) and Recovery.run.

   A root page of generation g holds the value g. Locations: meta slots 0 and 1, and pages.
   Flags: GATE=1  pages freed by commit g may be reused by commit g + 1; GATE=2: by g + 2   (ReuseGate; the code has 1)
          RECSYNC recovery syncs the device before anything is reused                        (Opening.open)
          TWIN    behind the commit point the other slot is rewritten with the same generation (not in the code)
          ROT     once, at a recovery, the newest meta slot is unreadable. The code meets that by two copies of each slot,
                  which the model does not have, so ROT stands for the loss of both copies and is expected to be found
          PARITY  the slot is chosen by the generation's parity, while merges that were not committed use up
                  generations (a mistake: the code takes the slot that was not chosen)
   Sizes: NPG pages, MAXG generations, CR crashes.

   Not in here: the slots of the space map, which follow the same rule one level further down (SlotTable).
*/
#ifndef GATE
#define GATE 1
#endif
#ifndef NPG
#define NPG 4
#endif
#ifndef MAXG
#define MAXG 5
#endif
#ifndef CR
#define CR 3
#endif
#define BAD 255
byte mg[2]; byte mr[2];          /* volatile (device cache) content of meta slots: generation, root page; BAD = unreadable */
byte dmg[2]; byte dmr[2];        /* media content */
bool md[2];                      /* dirty */
byte pv[NPG]; byte dv[NPG]; bool pd[NPG];
byte acked, crashes, rots;
byte gen, root, proot, cslot;    /* in-memory state of the running engine: committed generation, its root, previous root */
bool nofall;

inline fsync() { d_step { i=0; do :: i<2 -> if :: md[i] -> dmg[i]=mg[i]; dmr[i]=mr[i]; md[i]=false :: else fi; i++ :: else -> break od;
                        i=0; do :: i<NPG -> if :: pd[i] -> dv[i]=pv[i]; pd[i]=false :: else fi; i++ :: else -> break od; i=0 } }
/* power cut: any subset of the dirty locations survives, a dirty one may also be torn to BAD */
inline power() { i=0;
   do :: i<2 -> if :: md[i] -> if :: dmg[i]=mg[i]; dmr[i]=mr[i] :: skip :: dmg[i]=BAD fi :: else fi; mg[i]=dmg[i]; mr[i]=dmr[i]; md[i]=false; i++ :: else -> break od;
   i=0; do :: i<NPG -> if :: pd[i] -> if :: dv[i]=pv[i] :: skip :: dv[i]=BAD fi :: else fi; pv[i]=dv[i]; pd[i]=false; i++ :: else -> break od; i=0 }
inline maycrash() { if :: crashes<CR -> crashes++; if :: atomic { power() } :: skip /* kill -9: device cache survives */ fi; goto recover :: skip fi }

active proctype Engine() {
  byte i=0, p, s, c, g2;
  /* format: generation 1 in page 0, both slots valid */
  d_step { mg[0]=1; mr[0]=0; dmg[0]=1; dmr[0]=0; mg[1]=2; mr[1]=1; dmg[1]=2; dmr[1]=1; pv[0]=1; dv[0]=1; pv[1]=2; dv[1]=2; acked=2;
    gen=2; root=1; proot=0; cslot=1;
#ifdef PARITY
    mg[0]=2; dmg[0]=2; mr[0]=1; dmr[0]=1; mg[1]=1; dmg[1]=1; mr[1]=0; dmr[1]=0; cslot=0;
#endif
#ifdef TWIN
    mg[0]=2; dmg[0]=2; mr[0]=1; dmr[0]=1;
#endif
  }
recover:
  atomic {
#ifdef ROT
    if :: rots==0 && crashes>0 && mg[0]!=BAD && mg[1]!=BAD && !md[0] && !md[1] -> rots=1; if :: mg[0]!=BAD && (mg[1]==BAD || mg[0]>=mg[1]) -> mg[0]=BAD; dmg[0]=BAD; md[0]=false :: else -> mg[1]=BAD; dmg[1]=BAD; md[1]=false fi :: skip fi;
#endif
    assert(mg[0]!=BAD || mg[1]!=BAD);                       /* the store can be opened */
    if :: mg[0]!=BAD && (mg[1]==BAD || mg[0]>=mg[1]) -> c=0 :: else -> c=1 fi;
    gen=mg[c]; root=mr[c]; proot=root; cslot=c; if :: mg[1-c]!=BAD -> proot=mr[1-c] :: else fi;
    assert(pv[root]==gen);                                  /* the chosen tree is intact */
    assert(gen>=acked);                                     /* nothing acknowledged is lost */
    p=0; s=0; c=0; g2=0
  }
  maycrash();
#ifdef RECSYNC
  fsync(); maycrash();
#endif
#ifdef TWIN
  /* restore the twin before anything is reused */
  d_step { mg[1-cslot]=gen; mr[1-cslot]=root; md[1-cslot]=true }
  maycrash();
  fsync(); maycrash();
#endif
  do
  :: gen < MAXG ->
     g2 = gen+1;
#ifdef PARITY
     if :: g2 = gen+1 :: g2 = gen+2 fi;                      /* a merge that was not committed took a generation */
     s = g2 & 1;
#else
     s = 1-cslot;
#endif
     /* allocate: not the live root; GATE 2: not the root of the fallback meta either */
     if :: root!=0 && (GATE==1 || proot!=0) -> p=0
        :: root!=1 && (GATE==1 || proot!=1) -> p=1
        :: NPG>2 && root!=2 && (GATE==1 || proot!=2) -> p=2
     fi;
     d_step { pv[p]=g2; pd[p]=true }
     maycrash();
     fsync(); maycrash();
     d_step { mg[s]=g2; mr[s]=p; md[s]=true }
     maycrash();
     fsync();
     #ifdef TWIN
     d_step { proot=root; root=p; gen=g2; cslot=s }
#else
     d_step { acked=g2; proot=root; root=p; gen=g2; cslot=s }
#endif
     maycrash();
#ifdef TWIN
     d_step { mg[1-cslot]=gen; mr[1-cslot]=root; md[1-cslot]=true }
     maycrash();
     fsync(); acked=gen; maycrash();
#endif
     p=0; s=0; g2=0
  :: else -> break
  od
}
