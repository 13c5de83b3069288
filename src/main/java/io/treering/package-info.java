/// An embeddable, ordered key/value store: a copy-on-write B+tree in one directory, written by one process and read by
/// any number of threads. Everything in this package is meant for users; what is not exported by the module is not.
@NullMarked
package io.treering;

import org.jspecify.annotations.NullMarked;
