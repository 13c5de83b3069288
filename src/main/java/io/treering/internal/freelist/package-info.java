/// Which pages are free, which may be reused, and how a commit writes that down.
@NullMarked
package io.treering.internal.freelist;

import org.jspecify.annotations.NullMarked;
