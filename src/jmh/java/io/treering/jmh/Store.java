package io.treering.jmh;

/// An open store, which any number of threads use, each through a [Session] of its own.
interface Store extends AutoCloseable {
    /// A thread's way into the store, to be closed before the store is.
    Session session();

    @Override
    void close();
}
