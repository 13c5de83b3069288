package io.treering.device;

/// A read or write that was handed to a [BlockDevice] and may still be under way.
///
/// Until it is done, the memory that was handed over belongs to the device: it must stay alive, and a buffer that is
/// being read into must not be looked at. An operation that nobody awaits is carried out all the same.
public interface IoOperation {
    /// Whether the operation has ended, well or not. What it read is visible to a thread that saw `true`.
    ///
    /// @return whether it has ended
    boolean isDone();

    /// Waits until the operation has ended, and throws what went wrong with it. May be called more than once, and by
    /// several threads.
    ///
    /// The wait is not cut short by an interrupt; the interrupt status is kept. A virtual thread that waits does not
    /// hold its carrier.
    ///
    /// @throws io.treering.IoFailureException if the operation failed
    /// @throws io.treering.NoSpaceException if there was no room for what was to be written
    void await();

    /// An operation that has ended well already, for devices that do not defer anything.
    ///
    /// @return an operation that is done
    static IoOperation completed() {
        return EndedOperation.WELL;
    }

    /// An operation that has failed already.
    ///
    /// @param failure what [#await()] throws
    /// @return an operation that is done
    static IoOperation failed(RuntimeException failure) {
        return new EndedOperation(failure);
    }
}
