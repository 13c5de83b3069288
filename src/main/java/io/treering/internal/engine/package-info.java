/// The composition root: views, the writer, the flusher, commit, recovery, and the classes behind the public types.
@NullMarked
package io.treering.internal.engine;

import org.jspecify.annotations.NullMarked;
