/// System calls through the foreign function interface, and what they need: errno, memory, constants. The only room
/// that links native code.
@NullMarked
package io.treering.internal.linux;

import org.jspecify.annotations.NullMarked;
