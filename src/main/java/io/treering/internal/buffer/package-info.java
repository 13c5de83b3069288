/// The write buffer: recent writes in an off-heap arena, found by hash, ordered on demand.
@NullMarked
package io.treering.internal.buffer;

import org.jspecify.annotations.NullMarked;
