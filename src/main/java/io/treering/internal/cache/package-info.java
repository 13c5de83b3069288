/// The page cache: frames, the translation table from page ids to them, pins, and the clock that picks victims.
@NullMarked
package io.treering.internal.cache;

import org.jspecify.annotations.NullMarked;
