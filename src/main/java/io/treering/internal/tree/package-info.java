/// Search, cursors, merge and whole-tree walk; pages are seen through two small interfaces.
@NullMarked
package io.treering.internal.tree;

import org.jspecify.annotations.NullMarked;
