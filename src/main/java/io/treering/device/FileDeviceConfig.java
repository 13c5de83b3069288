package io.treering.device;

import io.treering.IoBackend;
import java.util.Objects;

/// How a [FileBlockDevice] is opened.
public final class FileDeviceConfig {
    private final IoBackend backend;
    private final EventLoop eventLoop;
    private final boolean readOnly;
    private final boolean createIfMissing;

    private FileDeviceConfig(Builder builder) {
        this.backend = builder.backend;
        this.eventLoop = builder.eventLoop;
        this.readOnly = builder.readOnly;
        this.createIfMissing = builder.createIfMissing;
    }

    /// The default settings: backend by trial, shared event loop, written to, created if missing.
    ///
    /// @return the default settings
    public static FileDeviceConfig defaults() {
        return builder().build();
    }

    /// Begins with the default settings.
    ///
    /// @return a builder
    public static Builder builder() {
        return new Builder();
    }

    /// How the file is read and written.
    ///
    /// @return the backend that was asked for
    public IoBackend backend() {
        return backend;
    }

    /// Who carries out I/O under the io_uring backends.
    ///
    /// @return the event loop
    public EventLoop eventLoop() {
        return eventLoop;
    }

    /// Whether the file is only read.
    ///
    /// @return whether it is only read
    public boolean readOnly() {
        return readOnly;
    }

    /// Whether a file that does not exist is created. Never under read-only.
    ///
    /// @return whether it is created
    public boolean createIfMissing() {
        return createIfMissing;
    }

    /// Collects settings.
    public static final class Builder {
        private IoBackend backend = IoBackend.AUTO;
        private EventLoop eventLoop = EventLoop.shared();
        private boolean readOnly;
        private boolean createIfMissing = true;

        private Builder() {}

        /// Chooses how the file is read and written. One that is not to be had makes opening fail.
        ///
        /// @param choice the backend; the default is [IoBackend#AUTO]
        /// @return this builder
        /// @throws NullPointerException if it is null
        public Builder backend(IoBackend choice) {
            this.backend = Objects.requireNonNull(choice, "choice");
            return this;
        }

        /// Chooses who carries out I/O under the io_uring backends.
        ///
        /// @param loop the event loop; the default is [EventLoop#shared()]
        /// @return this builder
        /// @throws NullPointerException if it is null
        public Builder eventLoop(EventLoop loop) {
            this.eventLoop = Objects.requireNonNull(loop, "loop");
            return this;
        }

        /// Opens the file for reading only. Any number of processes may do so at once, unless one writes it.
        ///
        /// @param only whether it is only read; the default is no
        /// @return this builder
        public Builder readOnly(boolean only) {
            this.readOnly = only;
            return this;
        }

        /// Chooses what becomes of a file that does not exist.
        ///
        /// @param create whether it is created; the default is yes
        /// @return this builder
        public Builder createIfMissing(boolean create) {
            this.createIfMissing = create;
            return this;
        }

        /// The settings as they stand.
        ///
        /// @return the settings
        public FileDeviceConfig build() {
            return new FileDeviceConfig(this);
        }
    }
}
