package io.treering;

/// The partition is open already, in this process or in another.
///
/// A process that was killed holds its lock until the kernel has finished what the process had begun to write; opening
/// waits some seconds for that before it throws this.
public final class LockedException extends TreeringException {
    private static final long serialVersionUID = 1L;

    private final long ownerPid;

    /// A partition that somebody else holds.
    ///
    /// @param path the partition's file
    /// @param ownerPid the owner's process id as the lock file states it, or -1 if it does not
    public LockedException(String path, long ownerPid) {
        super(path + " is locked by "
                + (ownerPid < 0
                        ? "another process"
                        : ownerPid == ProcessHandle.current().pid()
                                ? "this process (pid " + ownerPid + ")"
                                : "process " + ownerPid));
        this.ownerPid = ownerPid;
    }

    /// The owner's process id, as the lock file states it.
    ///
    /// @return the process id, or -1 if it is not known
    public long ownerPid() {
        return ownerPid;
    }
}
