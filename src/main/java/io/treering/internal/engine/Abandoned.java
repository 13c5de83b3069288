package io.treering.internal.engine;

import java.lang.ref.Cleaner;

/// Releases views whose owner was collected without being closed.
final class Abandoned {
    private static final System.Logger LOGGER = System.getLogger("io.treering");
    private static final Cleaner CLEANER = Cleaner.create();

    private Abandoned() {}

    /// Closes `resource` once `owner` is unreachable. The resource must not refer to the owner.
    static Cleaner.Cleanable watch(Object owner, Resource resource) {
        return CLEANER.register(owner, resource);
    }

    /// What an owner holds: closed by the owner, or by the cleaner with a warning.
    static final class Resource implements Runnable {
        private final AutoCloseable held;
        private final String what;
        private boolean closedByOwner;

        Resource(String what, AutoCloseable held) {
            this.what = what;
            this.held = held;
        }

        /// The owner is about to clean by itself.
        void expectClose() {
            closedByOwner = true;
        }

        @Override
        public void run() {
            if (!closedByOwner) {
                LOGGER.log(System.Logger.Level.WARNING, "A {0} was never closed and has been collected", what);
            }
            try {
                held.close();
            } catch (Exception e) {
                if (closedByOwner) {
                    throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
                }
                LOGGER.log(System.Logger.Level.WARNING, "Releasing an abandoned " + what + " failed", e);
            }
        }
    }
}
