package io.treering.internal.uring;

/// A file as one event loop knows it.
public final class RingFile {
    private final String name;
    private final int descriptor;
    private final OperationGate gate;

    /// Its place in the ring's table of files. Belongs to the loop's thread.
    int index = FileTable.UNKNOWN;

    /// Whether any operation on it was ever submitted.
    private volatile boolean used;

    /// Set when the loop gave up on operations that the kernel may still carry out: memory that they were given is
    /// lost.
    private volatile boolean abandoned;

    /// @param gate through which every operation on the file goes
    public RingFile(String name, int descriptor, OperationGate gate) {
        this.name = name;
        this.descriptor = descriptor;
        this.gate = gate;
    }

    String name() {
        return name;
    }

    int descriptor() {
        return descriptor;
    }

    OperationGate gate() {
        return gate;
    }

    boolean isUsed() {
        return used;
    }

    void setUsed() {
        if (!used) {
            used = true;
        }
    }

    void abandon() {
        abandoned = true;
    }

    /// Whether operations were given up on that the kernel may still carry out.
    public boolean isAbandoned() {
        return abandoned;
    }
}
