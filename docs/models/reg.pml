/* Registering a view against reclaiming its pages. The page of view e goes when e is no longer published or registered.

   LOCK    register, publish and ask which views are needed, each under one lock: what the code does
           (Views.register, publish, neededGenerations; docs/adr/0005). Publishing also rebases registrations: what a
           reader is to read from now on waits until it moves on by itself (Registration.moveOn), and until then it
           reads the view that it has.
   Mistakes with LOCK:
     LATE    a view is loaded first, and registered under the lock after that
     FORGET  of a registration with a view that waits, only that one counts as needed

   Without a lock, which the code does not try:
   NAIVE   load the view, then count it
   DEKKER  count, then look again whether the view is still published (BUF: the count sits in a store buffer meanwhile)
   REFC    count up by compare-and-set from above zero only; the published view holds one
*/
#define E 3
#ifdef LOCK
#define NONE 9
byte pub; byte view[2]; byte waiting[2]; bool needed[E+1]; bool gone[E+1];

proctype Reader(byte me) {
  byte n, k, v;
  do :: n < 2 ->
#ifdef LATE
     v = pub;
     view[me] = v;
#else
     d_step { view[me] = pub }
#endif
     k = 0;
     do :: k < 2 ->
        assert(!gone[view[me]]);
        if :: waiting[me] != NONE -> d_step { view[me] = waiting[me]; waiting[me] = NONE } :: true fi;
        k++
     :: else -> break od;
     assert(!gone[view[me]]);
     d_step { view[me] = NONE; waiting[me] = NONE };
     n++
  :: else -> break od
}

inline rebase(r) { if :: view[r] != NONE -> waiting[r] = e :: true fi }

active proctype Writer() {
  byte e, j;
  atomic { view[0] = NONE; view[1] = NONE; waiting[0] = NONE; waiting[1] = NONE; run Reader(0); run Reader(1) }
  do :: e < E ->
     atomic { e++; pub = e; rebase(0); rebase(1) }
     d_step {
       j = 0;
       do :: j <= E ->
          needed[j] = (j == pub || waiting[0] == j || waiting[1] == j);
#ifdef FORGET
          needed[j] = needed[j] || (waiting[0] == NONE && view[0] == j) || (waiting[1] == NONE && view[1] == j);
#else
          needed[j] = needed[j] || view[0] == j || view[1] == j;
#endif
          j++
       :: else -> break od
     }
     j = 0;
     do :: j < e -> if :: !needed[j] -> gone[j] = true :: else fi; j++ :: else -> break od
  :: else -> break od
}
#else
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
#endif
