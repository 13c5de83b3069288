/* A pin against an eviction, on one frame.

   In the code: Reader is PageCache.pin; Evictor is Frames.evict, with EVICTING for the time between its two looks.
   RECHECK    the reader looks at the word again after pinning                              (PageCache.pin)
   EVRECHECK  the evictor changes the word first, looks at the pins, and backs out if there are any  (Frames.evict)
*/
bool res = true; byte ver; byte pin; byte content = 1;
proctype Reader() { byte v; bool ok;
  do :: res -> v = ver;
       pin++;
#ifdef RECHECK
       d_step { ok = (res && ver==v) }
#else
       ok = true;
#endif
       if :: ok -> assert(content==1); assert(content==1); pin--; break :: else -> pin-- fi
  :: !res -> break od }
active proctype Evictor() {
  run Reader(); run Reader();
#ifdef EVRECHECK
  atomic { res = false; ver++ };
  if :: pin > 0 -> atomic { res = true; ver++ } :: else -> content = 2 fi
#else
  if :: pin == 0 -> atomic { res = false; ver++ }; content = 2 :: else fi
#endif
}
