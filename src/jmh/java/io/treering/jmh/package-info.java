/// Treering measured beside its peers: same keys, same values, same memory, one run. `src/jmh/run` is the way in.
@NullMarked
package io.treering.jmh;

import org.jspecify.annotations.NullMarked;
