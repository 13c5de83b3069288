/* A producer, a queue and a loop that goes to sleep.

   In the code: Prod is RingLoop.submit, Loop is RingLoop.sleep and loop; the queue is JCTools' MPSC queue, whose offer
   is a compare-and-set of the producer index (visible at once), then a release store of the element, which may stay
   in the store buffer while the producer goes on to read "sleeping".
   BYINDEX  the loop's last look before sleeping asks for the queue's indices (isEmpty)       (the code does this)
   FENCE    the producer fences between offer and reading "sleeping"                          (the code does not)
*/
bool idx[2]; bool elem[2]; bool pend[2]; bool sleeping; bool event; byte got;
proctype Prod(byte me) {
  idx[me] = true;            /* casProducerIndex */
  pend[me] = true;           /* soRefElement into the store buffer */
#ifdef FENCE
  atomic { elem[me] = true; pend[me] = false }   /* fullFence() */
#endif
  if :: sleeping -> event = true :: else fi;     /* load may pass the buffered store */
  if :: pend[me] -> atomic { elem[me] = true; pend[me] = false } :: else fi
}
active proctype Loop() {
  byte k;
  atomic { run Prod(0); run Prod(1) }
  do
  :: got == 2 -> break
  :: else ->
     if :: atomic { elem[0] -> elem[0]=false; idx[0]=false; got++ }
        :: atomic { elem[1] -> elem[1]=false; idx[1]=false; got++ }
        :: atomic { !elem[0] && !elem[1] -> skip };
           sleeping = true;  /* volatile + fullFence */
#ifdef BYINDEX
           if :: (idx[0] || idx[1]) -> sleeping = false      /* size()/isEmpty(): index based; the element will appear, poll spins */
#else
           if :: (elem[0] || elem[1]) -> sleeping = false    /* relaxedPoll()/relaxedPeek()==null: element based */
#endif
              :: else -> event -> event = false; sleeping = false
           fi
     fi
  od
}
