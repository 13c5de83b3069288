/// Devices that are files, over io_uring, system calls or file channels; which of them works is found by trial.
@NullMarked
package io.treering.internal.file;

import org.jspecify.annotations.NullMarked;
