/* Registering a view against reclaiming its pages. The page of view e goes when e is no longer published or registered.

   NAIVE   load the view, then count it
   DEKKER  count, then look again whether the view is still published (BUF: the count sits in a store buffer meanwhile)
   REFC    count up by compare-and-set from above zero only; the published view holds one

   THE CODE DOES NONE OF THESE: Views registers and publishes under one lock, so that load and count are one step (see
   docs/adr/0005). The model says what a version without the lock would have to do.
*/
#define E 3
byte pub; byte cnt[E+1]; byte buf[2]; bool gone[E+1];
proctype Reader(byte me) {
  byte v, n; bool got;
  do :: n < 2 ->
     v = pub;
#ifdef NAIVE
     cnt[v]++; got = true;
#endif
#ifdef DEKKER
#ifdef BUF
     buf[me] = v+1;                       /* plain or release store: not yet visible */
     if :: pub == v -> got = true; atomic { cnt[v]++; buf[me]=0 } :: else -> buf[me]=0; got = false fi;
#else
     cnt[v]++;
     if :: pub == v -> got = true :: else -> cnt[v]--; got = false fi;
#endif
#endif
#ifdef REFC
     atomic { if :: cnt[v] > 0 -> cnt[v]++; got = true :: else -> got = false fi };
#endif
     if :: got -> assert(!gone[v]); assert(!gone[v]);
#ifdef REFC
        atomic { cnt[v]--; if :: cnt[v]==0 -> gone[v]=true :: else fi }
#else
        cnt[v]--
#endif
        ; n++
        :: else fi
  :: else -> break od
}
active proctype Writer() {
  byte e = 0, j;
  atomic {
#ifdef REFC
  cnt[0]=1;
#endif
  run Reader(0); run Reader(1) }
  do :: e < E ->
#ifdef REFC
     cnt[e+1] = 1; pub = e+1;
     atomic { cnt[e]--; if :: cnt[e]==0 -> gone[e]=true :: else fi };
#else
     pub = e+1;
     j=0;
     do :: j <= e -> if :: cnt[j]==0 -> gone[j] = true :: else fi; j++ :: else -> break od;
#endif
     e++
  :: else -> break od
}
