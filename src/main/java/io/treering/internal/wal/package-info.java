/// The write-ahead log: what was acknowledged and is not in the committed tree yet.
///
/// [WriteAheadLog] gathers operations into records and records into groups, and makes a group durable by one sync that
/// all who wait for it share. [WalReplay] reads the records back after a crash, decides where the log ends, and tells
/// an ordinary power cut from damage. The record itself is [io.treering.internal.format.WalRecord].
@NullMarked
package io.treering.internal.wal;

import org.jspecify.annotations.NullMarked;
