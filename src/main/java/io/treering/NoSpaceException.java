package io.treering;

import org.jspecify.annotations.Nullable;

/// The device has no room for what was to be written.
///
/// The write that has thrown this has not happened. Nothing that was acknowledged is lost, and the partition goes on:
/// reads work as before, and puts work again once there is space, on the device or by deletes.
///
/// **Deletes** find room that is kept for them: some free pages of the store itself, whoever has taken the rest of the
/// device. As that room is small, they are merged and committed in small groups, and are slow then. A delete throws
/// this only
///
/// * while snapshots, scans or cursors that are open hold what deletes would free; it works again when they are closed;
/// * with [CommitMode#EXPLICIT], when what was deleted since the last [Partition#flush()] has used up the room; that
///   flush works, and makes room;
/// * in a batch that is too large for the room, or holds puts too; in smaller parts it works;
/// * if the device was full before the store could set the room aside.
///
/// From [Partition#open], it says that there is no room for a new store, or none any more for what the write-ahead log
/// holds: others have taken it since the crash. Then nothing is lost, and the store opens once there is room again.
public final class NoSpaceException extends TreeringException {
    private static final long serialVersionUID = 1L;

    /// An exception with a message.
    ///
    /// @param message what happened, with the values and limits
    public NoSpaceException(String message) {
        super(message);
    }

    /// An exception with a message and a cause.
    ///
    /// @param message what happened, with the values and limits
    /// @param cause the reason
    public NoSpaceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
