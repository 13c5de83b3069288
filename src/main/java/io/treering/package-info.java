/// An embeddable, ordered key/value store: a copy-on-write B+tree in one directory, written by one process and read by
/// any number of threads.
///
/// ```java
/// try (Partition db = Partition.open(Path.of("data"))) {
///     db.put("tree/oak".getBytes(UTF_8), "Quercus".getBytes(UTF_8));
///     byte[] oak = db.get("tree/oak".getBytes(UTF_8));
///     try (Snapshot before = db.snapshot(); Scan trees = before.scan(KeyRange.prefix("tree/".getBytes(UTF_8)))) {
///         while (trees.advance()) {
///             handle(trees.key(), trees.value());
///         }
///     }
///     db.flush();
/// }
/// ```
///
/// **A tour.** A [io.treering.Partition] is a store that is open. It can be read and written through the two
/// interfaces that it shares with others: [io.treering.KeyValueReader] with [io.treering.Snapshot], which is the
/// partition as it was at one moment, and [io.treering.KeyValueWriter] with [io.treering.WriteBatch], whose operations
/// are carried out as one. Many entries are read by a [io.treering.Scan], which goes once through a
/// [io.treering.KeyRange], or by a [io.treering.Cursor], which moves about; both show keys and values as
/// [io.treering.Slice], a window on their bytes. [io.treering.PartitionConfig] holds all settings; two of them say
/// what a crash leaves: [io.treering.WalMode] and [io.treering.CommitMode]. [io.treering.Partition#stats()] and
/// [io.treering.Partition#check()] look inside.
///
/// **Keys and values** are byte strings. Keys are ordered byte by byte as unsigned numbers, the shorter one first on a
/// tie. A number sorts as expected if it is written big-endian; a signed one with its highest bit flipped as well.
///
/// **Failures.** Misuse answers with the exceptions of the JDK: [IllegalArgumentException] with the limit and the value
/// given, [NullPointerException], mostly with the argument's name, [io.treering.ClosedException] (an
/// [IllegalStateException]) on use after close, [UnsupportedOperationException] for what this partition cannot do.
/// What goes wrong inside or below is a [io.treering.TreeringException] of one of its kinds. All of them are
/// unchecked. Nothing a caller does, and nothing a damaged file holds, ends the JVM.
///
/// **Threads.** Partitions and snapshots are for any number of threads at a time; scans, cursors, slices and batches
/// for one. Calls are not cut short by an interrupt, and the interrupt status is kept.
///
/// **Null** is never taken or given unless marked so; passing it elsewhere is a [NullPointerException].
///
/// Whatever closes should be closed, best by `try`. Everything that the module does not export may change at any time.
@NullMarked
package io.treering;

import org.jspecify.annotations.NullMarked;
