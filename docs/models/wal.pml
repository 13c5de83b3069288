/* The end of the log. N block positions and no wrap; what an earlier lap left counts as records that never chain.

   In the code: writing is WriteAheadLog.writePending, recovery is WalReplay.run and Recovery.run.

   A group is one or two blocks that are written together (one group in flight), synced, and then acknowledged. A power
   cut leaves each block of the group in flight old, new, or torn.
   A block: inc (incarnation of its writer: WalRecord's epoch), pinc (incarnation of the record before it: its previous
   crc), id (a unique operation), dur (how far the log was durable when it was written: its durable lsn).
   Flags:
     NAIVE   "a bad block with a valid one of its epoch behind it is corruption" (a mistake)
     DUR     refuse only if a valid block behind the bad one says that the log was durable beyond it
     CHAIN   a record counts only if it names the one before it
     EPOCH   every recovery takes a durable number that was never used (else one more than the greatest that it saw)
     ROT     one acknowledged block goes bad, once
   Sizes: N positions, CR crashes.
*/
#ifndef N
#define N 4
#endif
#ifndef CR
#define CR 2
#endif
byte inc[N]; byte pinc[N]; byte id[N]; byte dur[N]; bool bad[N];
byte want[N];      /* op id acknowledged at this position (0 = none) */
byte maybe[N];     /* op id in flight at the last crash of the present timeline, outcome unknown */
byte head, crashes, myinc, nextid = 1, durinc = 1, rots, rotpos = 255;
bool lost;

active proctype Log() {
  byte i, g, k, x, mx;
  myinc = 1;
  do
  :: head < N ->
     /* write a group of 1 or 2 blocks */
     if :: g = 1 :: head+1 < N -> g = 2 fi;
     if
     :: /* success */
        d_step { k=0; do :: k<g -> inc[head+k]=myinc; id[head+k]=nextid; nextid++; bad[head+k]=false; dur[head+k]=head;
              if :: head+k==0 -> pinc[0]=0 :: else -> pinc[head+k]=inc[head+k-1] fi;
              want[head+k]=id[head+k]; maybe[head+k]=0; k++ :: else -> break od; head=head+g; k=0; g=0 }
     :: crashes < CR -> crashes++;
        atomic { k=0; do :: k<g ->
              if :: inc[head+k]=myinc; id[head+k]=nextid; bad[head+k]=false; dur[head+k]=head;
                    if :: head+k==0 -> pinc[0]=0 :: k==0 && head>0 -> pinc[head]=inc[head-1] :: k>0 -> pinc[head+k]=myinc fi
                 :: skip
                 :: bad[head+k]=true fi;
              maybe[head+k]=nextid; nextid++; k++ :: else -> break od; k=0; g=0 }
#ifdef ROT
        atomic { if :: rots==0 && head>1 -> rots=1; if :: bad[0]=true; rotpos=0 :: head>2 -> bad[1]=true; rotpos=1 fi :: skip fi }
#endif
        /* ---- recovery ---- */
        d_step {
          i=0; mx=0;
          do :: i<N ->
             if :: bad[i] || inc[i]==0 -> break
#ifdef CHAIN
                :: !(bad[i] || inc[i]==0) && ((i==0 && pinc[i]!=0) || (i>0 && pinc[i]!=inc[i-1])) -> break
#endif
                :: else -> if :: inc[i]>mx -> mx=inc[i] :: else fi; i++ fi
             :: else -> break od;
          x=i;                                   /* the log is taken to end at x */
          /* refuse? */
          lost=false; i=x+1;
          do :: i<N ->
#ifdef NAIVE
             if :: !bad[i] && inc[i]==myinc -> lost=true :: else fi;
#endif
#ifdef DUR
             if :: !bad[i] && inc[i]!=0 && dur[i] > x -> lost=true :: else fi;
#endif
             i++ :: else -> break od; i=0
        }
        if
        :: lost -> assert(rots==1);              /* refusing a log that only a power cut touched = false alarm */
                   goto end
        :: else ->
           d_step { i=0; do :: i<x ->
               assert((want[i]!=0 && id[i]==want[i]) || (want[i]==0 && maybe[i]!=0 && id[i]==maybe[i]));   /* no ghost, no wrong record */
               want[i]=id[i]; maybe[i]=0; i++ :: else -> break od;
             do :: i<N -> assert(want[i]==0 || rots==1); want[i]=0; maybe[i]=0; i++ :: else -> break od;   /* nothing acknowledged is cut off */
             i=0 }
           if :: rots==1 && rotpos<x+1 && rotpos==x && head > rotpos+2 -> assert(false) :: else fi;         /* silent cut of acknowledged data with later synced groups present */
           head=x; rotpos=255;
#ifdef EPOCH
           durinc++; myinc=durinc;
#else
           myinc=mx+1;
#endif
           x=0; mx=0
        fi
     fi
  :: else -> break
  od;
end: skip
}
