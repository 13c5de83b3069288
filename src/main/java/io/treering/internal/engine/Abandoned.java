package io.treering.internal.engine;

import java.lang.ref.Cleaner;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Releases views whose owner was collected without being closed, with a warning. The warning says where the view was
/// opened if that is to be remembered, which costs a walk of the stack at each opening.
final class Abandoned {
    private static volatile @Nullable Cleaner cleaner;

    private final boolean rememberingPlaces;
    private final Supplier<Cleaner> cleaners;

    Abandoned(boolean rememberingPlaces) {
        this(rememberingPlaces, Abandoned::cleaner);
    }

    /// @param cleaners a test has it fail
    Abandoned(boolean rememberingPlaces, Supplier<Cleaner> cleaners) {
        this.rememberingPlaces = rememberingPlaces;
        this.cleaners = cleaners;
    }

    /// Closes what is held once `owner` is unreachable, or at once if that cannot be seen to. What is held must not
    /// refer to the owner.
    ///
    /// @param what the owner's kind, for the warning
    Held watch(Object owner, String what, AutoCloseable held) {
        return watch(owner, new Held(what, held, rememberingPlaces ? new Place(what) : null));
    }

    /// As [#watch(Object, String, AutoCloseable)], for an owner that exchanges what it holds: it was opened where it
    /// was opened at first.
    Held watch(Object owner, Held before, AutoCloseable held) {
        return watch(owner, new Held(before.what, held, before.place));
    }

    private Held watch(Object owner, Held held) {
        try {
            held.cleanable = cleaners.get().register(owner, held);
            return held;
        } catch (RuntimeException | Error e) {
            // Nobody gets the owner, so nobody could close it.
            held.closedByOwner = true;
            held.run();
            throw e;
        }
    }

    /// Made when the first view needs it: opening a partition does not start its thread. Where there is no thread to be
    /// had, the next view asks again.
    private static Cleaner cleaner() {
        Cleaner made = cleaner;
        return made == null ? makeCleaner() : made;
    }

    private static synchronized Cleaner makeCleaner() {
        Cleaner made = cleaner;
        if (made == null) {
            made = Cleaner.create();
            cleaner = made;
        }
        return made;
    }

    /// Where a view was opened. Never thrown: it carries a stack into the log.
    private static final class Place extends Throwable {
        private static final long serialVersionUID = 1L;

        Place(String what) {
            super("The " + what + " was opened here, by thread "
                    + Thread.currentThread().getName());
        }
    }

    /// What an owner holds: closed by the owner, or by the cleaner with a warning.
    static final class Held implements Runnable, AutoCloseable {
        private final String what;
        private final AutoCloseable held;
        private final @Nullable Place place;
        private Cleaner.@Nullable Cleanable cleanable;
        private boolean closedByOwner;

        private Held(String what, AutoCloseable held, @Nullable Place place) {
            this.what = what;
            this.held = held;
            this.place = place;
        }

        /// The owner has no more use for it.
        @Override
        public void close() {
            closedByOwner = true;
            Cleaner.Cleanable registered = cleanable;
            if (registered != null) {
                registered.clean();
            }
        }

        /// Once, by whoever comes first: the owner's closing or the cleaner.
        @Override
        public void run() {
            if (!closedByOwner) {
                warn();
            }
            try {
                held.close();
            } catch (Exception e) {
                if (closedByOwner) {
                    throw e instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
                }
                logger().log(System.Logger.Level.WARNING, "Releasing an abandoned " + what + " failed", e);
            }
        }

        private void warn() {
            String message = "A " + what + " was never closed and has been collected";
            if (place == null) {
                logger().log(
                                System.Logger.Level.WARNING,
                                message + "; PartitionConfig.Builder.trackViews(true) shows where it was opened");
            } else {
                logger().log(System.Logger.Level.WARNING, message, place);
            }
        }

        /// Looked up when there is something to say: it takes 20 ms to load the JDK's logging.
        private static System.Logger logger() {
            return System.getLogger("io.treering");
        }
    }
}
