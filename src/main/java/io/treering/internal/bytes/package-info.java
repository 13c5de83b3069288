/// Byte order, key order, hashes and checksums: what every other room builds on and nothing else.
@NullMarked
package io.treering.internal.bytes;

import org.jspecify.annotations.NullMarked;
