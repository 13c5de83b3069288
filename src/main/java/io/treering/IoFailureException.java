package io.treering;

import org.jspecify.annotations.Nullable;

/// The operating system refused or broke off an I/O operation.
///
/// After a failed read nothing has changed, and the same call may be tried again. A failed write or sync of a
/// partition is not told this way but as a [PoisonedException] with this as its cause, for it is unknown what the
/// device holds then.
public final class IoFailureException extends TreeringException {
    private static final long serialVersionUID = 1L;

    private final String operation;
    private final int errno;
    private final String errnoName;

    /// A failed operation.
    ///
    /// @param operation what was tried, with the file and the place
    /// @param errno the error number, or 0 where the platform gives none
    /// @param errnoName the error number's name such as `EIO`, or a short reason
    public IoFailureException(String operation, int errno, String errnoName) {
        this(operation, errno, errnoName, null);
    }

    /// A failed operation with its cause.
    ///
    /// @param operation what was tried, with the file and the place
    /// @param errno the error number, or 0 where the platform gives none
    /// @param errnoName the error number's name such as `EIO`, or a short reason
    /// @param cause what the platform threw
    public IoFailureException(String operation, int errno, String errnoName, @Nullable Throwable cause) {
        super(operation + ": " + errnoName + (errno == 0 ? "" : " (errno " + errno + ")"), cause);
        this.operation = operation;
        this.errno = errno;
        this.errnoName = errnoName;
    }

    /// What was tried.
    ///
    /// @return the operation, with the file and the place
    public String operation() {
        return operation;
    }

    /// The error number of the system call.
    ///
    /// @return the number, or 0 where the platform gives none
    public int errno() {
        return errno;
    }

    /// The name of the error number.
    ///
    /// @return a name such as `EIO`, or a short reason where there is no number
    public String errnoName() {
        return errnoName;
    }
}
