/// The ring, the life of an operation, and the event loop.
@NullMarked
package io.treering.internal.uring;

import org.jspecify.annotations.NullMarked;
