/// One final, stateless class for each layout on disk.
@NullMarked
package io.treering.internal.format;

import org.jspecify.annotations.NullMarked;
