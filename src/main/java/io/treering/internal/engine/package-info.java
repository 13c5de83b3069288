/// The composition root: views, the writer, the flusher, commit, recovery, and the classes behind the public types.
///
/// A guided tour stands in the project's `ARCHITECTURE.md`. The short of it: [PartitionEngine] is the facade; a write
/// goes to [Writer], which appends to the log and to the active buffer of the current [View]; [Flusher] merges frozen
/// buffers into the tree through [MergePages] and makes the result durable through [Committer]; a read loads the
/// current view and asks its buffers, then its tree ([PointReader], [MergedCursor]); [Opening] brings all of it back
/// to life.
@NullMarked
package io.treering.internal.engine;

import org.jspecify.annotations.NullMarked;
