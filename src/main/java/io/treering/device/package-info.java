/// Where a partition keeps its bytes: the block devices, and the event loop that drives their I/O.
///
/// A partition sees nothing of its storage but [BlockDevice], so that every fault a device can have can also be played
/// to it by a test. This package is a service provider interface that may still change until release 1.0.
@NullMarked
package io.treering.device;

import org.jspecify.annotations.NullMarked;
