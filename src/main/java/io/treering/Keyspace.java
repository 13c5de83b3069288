package io.treering;

/// An ordered set of keys with a value each, to be read and changed.
///
/// Code that takes a keyspace instead of a [Partition] cannot flush or close what it was lent, and will work on a part
/// of a partition, too, once there are such parts.
public sealed interface Keyspace extends KeyValueReader, KeyValueWriter permits Partition {}
