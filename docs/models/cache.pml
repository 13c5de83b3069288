/* Optimistic reads of copy-on-write pages through a translation table, with eviction and reuse of page ids.

   In the code: st, fr, ver are one ResidencyWord in the TranslationTable; Writer is a merge (PageCache.own, settle);
   Evictor is the clock (Frames.evict); Reader is TreeSearch over PageCache.acquire and holds, with PageLoader.load for a
   miss; regc stands for Views and ReuseGate.

   One key, whose value in generation e is e. A page holds <birth a, value b>; it is consistent iff a == b == generation.

   Rules, each a flag; a run without one of them shows what it is for:
     BIRTH   a reader rejects a page whose birth is above its view's generation   (PageHeader.isExpected)
     OWNED   from allocation until its write is complete a page id is OWNED       (PageCache.own)
     CASPUB  a load publishes by compare-and-set from its very LOADING word       (PageLoader.complete; else: a blind store)
     REG     after an anomaly the reader registers its view, and ids that a registered view reaches are not reused
             (ReadPath.locateRegistered, Views.register, ReuseGate)
   With RUNS overflow runs of one page come and go beside the tree (PageCache.ownRun, disownRun, RunLoad). What is in them
   was chosen by a user: here the birth of any view's page, and a wrong value. Only who looks for a run reads it as one.
   Mistakes, each a flag:
     RUNASRES a run's page is shown as if it were one of the tree                 (RunLoad.show without RUN)
     NOFW    the frame is given away before the eviction is visible               (Frames.claim without its fence)
     NOFR    the second look at the word overtakes the last read of the frame     (PageCache.holds without its fence)
   Sizes: E generations, NP page ids, EV evictions, NR readers, RUNS runs; two frames.

   Not in here: pins (pin.pml), EVICTING, cooling, drop, table growth, and more than one load ahead.
*/
#ifndef E
#define E 3
#endif
#ifndef NP
#define NP 4
#endif
#ifndef EV
#define EV 3
#endif
#ifndef NR
#define NR 2
#endif
#ifndef RUNS
#define RUNS 0
#endif
#define NF 2
#define ABS 0
#define LOD 1
#define RES 2
#define OWN 3
#define RUN 4
#define NONE 9
#define WRONG 8
byte st[NP]; byte fr[NP]; byte ver[NP];      /* the 64-bit word, always changed in one atomic step */
byte da[NP]; byte db[NP];                    /* disk */
byte fa[NF]; byte fb[NF]; bool ffree[NF];    /* frames */
byte vep; byte vleaf;                        /* the published view: immutable object, one load */
byte freedAt[NP];                            /* epoch at which the id stopped being reachable; 0 = never used; NONE+.. */
byte bornAt[NP];
byte regc[E+2];                              /* registered readers per epoch */
bool wdone;
#if RUNS > 0
bool taken[NP];                              /* allocated by somebody, for a leaf that is not published yet or for a run */
#endif

inline claimFrame(f) { d_step { f = NONE; if :: ffree[0] -> ffree[0]=false; f=0 :: !ffree[0] && ffree[1] -> ffree[1]=false; f=1 :: else -> skip fi } }

/* id p may be reused: not current leaf, and no registered reader whose epoch lies in [bornAt,freedAt) */
inline reusable(p, ok) {
  ok = (p != vleaf);
#if RUNS > 0
  ok = ok && !taken[p];
#endif
#ifdef REG
  i = 0;
  do :: i <= E -> if :: regc[i] > 0 && bornAt[p] <= i && (freedAt[p] > i) -> ok = false :: else fi; i++ :: i > E -> break od;
#endif
}

/* OWNED from whatever it was; a frame that holds the page goes back to the free list, one of a load stays with that */
inline own(p) { if :: st[p]==RES || st[p]==RUN -> ffree[fr[p]] = true :: else fi; st[p] = OWN; ver[p]++; fr[p] = NONE }

proctype Writer() {
  byte e = 1, p, f, i; bool ok;
  do
  :: e <= E ->
     /* allocate an id that is free now (EXPLICIT: reuse at once) */
     d_step {
       p = 0;
       do :: p < NP -> reusable(p, ok); if :: ok -> break :: else -> p++ fi :: p >= NP -> break od;
       if :: p >= NP -> skip :: else ->
#ifdef OWNED
       own(p);
#if RUNS > 0
       taken[p] = true;
#endif
#else
       /* version bump only (invalidates optimistic readers and resident frames) */
       if :: st[p]==RES -> ffree[fr[p]] = true; st[p]=ABS; fr[p]=NONE :: else fi;
       ver[p]++;
#endif
       fi; i=0; ok=false
     }
     if :: p >= NP -> goto wait :: else fi;
     da[p] = e;                       /* device write, not atomic */
     db[p] = e;
     /* completion: either keep it in a frame or leave it absent */
     claimFrame(f);
     if
     :: f != NONE -> fa[f] = e; fb[f] = e;
#ifdef OWNED
        atomic { st[p]=RES; fr[p]=f; ver[p]++ }
#else
        atomic { if :: st[p]==ABS -> st[p]=RES; fr[p]=f; ver[p]++ :: else -> ffree[f]=true fi }
#endif
     :: else ->
#ifdef OWNED
        atomic { st[p]=ABS; fr[p]=NONE; ver[p]++ }
#else
        skip
#endif
     fi;
     d_step { freedAt[vleaf] = e; bornAt[p] = e; freedAt[p] = NONE; vleaf = p; vep = e;
#if RUNS > 0
       taken[p] = false;
#endif
       p=0; f=0; i=0; ok=false }   /* publish */
     e++
  :: e > E -> break
  od;
  goto done;
wait: skip;  /* nothing reusable: the file would grow; stop merging */
done: wdone = true
}

#if RUNS > 0
proctype Runs() {
  byte n, p, f, i; bool ok;
  do
  :: n < RUNS ->
     d_step {
       p = 0;
       do :: p < NP -> reusable(p, ok); if :: ok -> break :: else -> p++ fi :: p >= NP -> break od;
       if :: p >= NP -> skip :: else -> own(p); taken[p] = true fi;
       i=0; ok=false
     }
     if :: p >= NP -> break :: else fi;
     da[p] = 0;
     db[p] = WRONG;
     d_step { st[p]=ABS; fr[p]=NONE; ver[p]++ }
     /* somebody reads it, and brings it into the cache */
     claimFrame(f);
     if
     :: f != NONE ->
        fa[f] = 0; fb[f] = WRONG;
#ifdef RUNASRES
        atomic { if :: st[p]==ABS -> st[p]=RES; fr[p]=f; ver[p]++ :: else -> ffree[f]=true fi }
#else
        atomic { if :: st[p]==ABS -> st[p]=RUN; fr[p]=f; ver[p]++ :: else -> ffree[f]=true fi }
#endif
     :: else
     fi;
     d_step { taken[p] = false; p=0; f=0 }   /* freed; what the cache knows of it stays */
     n++
  :: else -> break
  od
}
#endif

proctype Evictor() {
  byte n = 0, p, f;
  do
  :: n < EV ->
     atomic { if :: p=0 :: p=1 :: NP>2 -> p=2 :: NP>3 -> p=3 fi; }
#ifdef NOFW
     atomic { if :: st[p]==RES -> f=fr[p]; ffree[f]=true :: else -> f=NONE fi }
     atomic { if :: f!=NONE && st[p]==RES && fr[p]==f -> st[p]=ABS; ver[p]++; fr[p]=NONE :: else fi }
#else
     d_step { if :: st[p]==RES || st[p]==RUN -> f=fr[p]; st[p]=ABS; ver[p]++; fr[p]=NONE; ffree[f]=true :: else fi; f=0 }
#endif
     n++; p=0
  :: break
  od
}

proctype Reader() {
  byte e, p, s, f, v, a, b, tries, i; bool reg = false, bad, w2;
start:
  bad = false;
  atomic { /* one volatile load of an immutable object; registration is modelled in reg.pml */
    if :: !reg -> e = vep; p = vleaf;
#ifdef REG
       if :: tries > 0 -> reg = true; regc[e]++ :: else fi
#endif
       :: else fi }
again: skip;
  d_step { s = st[p]; f = fr[p]; v = ver[p] }
  if
  :: s == RES ->
     a = fa[f];
#ifdef NOFR
     d_step { w2 = (st[p]==s && fr[p]==f && ver[p]==v) }
     b = fb[f];
#else
     b = fb[f];
     d_step { w2 = (st[p]==s && fr[p]==f && ver[p]==v) }
#endif
     if :: !w2 -> goto again :: else fi;
     goto check
  :: s == LOD -> (st[p]!=LOD || ver[p]!=v); goto again
  :: s == OWN || s == RUN ->
#ifdef REG
     assert(!reg);
#endif
     tries=1; goto start
  :: s == ABS ->
     claimFrame(f);
     if :: f == NONE -> (ffree[0] || ffree[1] || st[p]!=ABS); goto again :: else fi;
     atomic { if :: st[p]==ABS && ver[p]==v -> st[p]=LOD; fr[p]=f; ver[p]++; v=ver[p] :: else -> ffree[f]=true; goto again fi }
     a = da[p]; fa[f] = a;
     b = db[p]; fb[f] = b;
     if
     :: a != b -> /* CRC */
        bad = true;
        atomic { if :: st[p]==LOD && ver[p]==v -> st[p]=ABS; fr[p]=NONE; ver[p]++ :: else fi; ffree[f]=true }
     :: else ->
#ifdef CASPUB
        atomic { if :: st[p]==LOD && ver[p]==v && fr[p]==f -> st[p]=RES; ver[p]++ :: else -> ffree[f]=true; w2=false; goto lost fi }
#else
        atomic { st[p]=RES; fr[p]=f; ver[p]++ }
#endif
     fi;
     goto check
  fi;
lost:
  tries=1; goto again;
check:
#ifdef BIRTH
  if :: a > e -> bad = true :: else fi;
#endif
  if :: bad ->
#ifdef REG
        assert(!reg);      /* an anomaly under a registered view would be reported as corruption */
#endif
        tries = 1; goto start
     :: else fi;
  assert(a == b && b == e);          /* the answer is the value of the view that was loaded */
#ifdef REG
  atomic { if :: reg -> regc[e]-- :: else fi }
#endif
}

init {
  atomic {
    ffree[0]=true; ffree[1]=true; byte k = 0;
    do :: k < NP -> fr[k]=NONE; freedAt[k]=0; k++ :: else -> break od;
    vep = 0; vleaf = 0; da[0]=0; db[0]=0; freedAt[0]=NONE;
    k = 0; run Writer(); run Evictor(); run Reader();
#if RUNS > 0
    run Runs();
#endif
    if :: NR > 1 -> run Reader() :: else fi
  }
}
