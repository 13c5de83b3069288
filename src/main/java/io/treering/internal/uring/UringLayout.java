package io.treering.internal.uring;

/// Layouts and constants of the kernel's io_uring interface, as far as they are used.
///
/// The generated bindings have them all, but building their layouts takes longer than everything else at a cold
/// start; a test compares these numbers with theirs.
///
/// A submission queue entry has 64 bytes; what is not used is zero.
/// ```
///   +--------+-------+---------------------+
///   | offset | bytes | constant            |
///   +--------+-------+---------------------+
///   |      0 |     1 | SQE_OPCODE          |
///   |      1 |     1 | SQE_FLAGS           |
///   |      4 |     4 | SQE_FD              |
///   |      8 |     8 | SQE_OFFSET          |
///   |     16 |     8 | SQE_ADDRESS         |
///   |     24 |     4 | SQE_LENGTH          |
///   |     28 |     4 | SQE_OP_FLAGS        |
///   |     32 |     8 | SQE_USER_DATA       |
///   |     40 |     2 | SQE_BUFFER_INDEX    |
///   +--------+-------+---------------------+
/// ```
/// A completion queue entry has 16 bytes.
/// ```
///   +--------+-------+---------------------+
///   | offset | bytes | constant            |
///   +--------+-------+---------------------+
///   |      0 |     8 | CQE_USER_DATA       |
///   |      8 |     4 | CQE_RESULT          |
///   +--------+-------+---------------------+
/// ```
final class UringLayout {
    static final int SQE_SIZE = 64;
    static final int SQE_OPCODE = 0;
    static final int SQE_FLAGS = 1;
    static final int SQE_FD = 4;
    static final int SQE_OFFSET = 8;
    static final int SQE_ADDRESS = 16;
    static final int SQE_LENGTH = 24;
    static final int SQE_OP_FLAGS = 28;
    static final int SQE_USER_DATA = 32;
    static final int SQE_BUFFER_INDEX = 40;

    static final int CQE_SIZE = 16;
    static final int CQE_USER_DATA = 0;
    static final int CQE_RESULT = 8;

    /// `struct io_uring_params`, with the offsets of what lies in the rings.
    static final int PARAMS_SIZE = 120;

    static final int PARAMS_SQ_ENTRIES = 0;
    static final int PARAMS_CQ_ENTRIES = 4;
    static final int PARAMS_FLAGS = 8;
    static final int PARAMS_FEATURES = 20;
    static final int PARAMS_SQ_HEAD = 40;
    static final int PARAMS_SQ_TAIL = 44;
    static final int PARAMS_SQ_FLAGS = 56;
    static final int PARAMS_SQ_ARRAY = 64;
    static final int PARAMS_CQ_HEAD = 80;
    static final int PARAMS_CQ_TAIL = 84;
    static final int PARAMS_CQ_CQES = 100;

    /// `struct io_uring_probe`, then one `struct io_uring_probe_op` an operation.
    static final int PROBE_SIZE = 16;

    static final int PROBE_OP_SIZE = 8;
    static final int PROBE_OP_FLAGS = 2;
    static final int PROBE_OP_SUPPORTED = 1;

    /// `struct io_uring_rsrc_register`.
    static final int RESOURCES_SIZE = 32;

    static final int RESOURCES_COUNT = 0;
    static final int RESOURCES_FLAGS = 4;
    static final int RESOURCES_SPARSE = 1;

    /// `struct io_uring_rsrc_update2`.
    static final int UPDATE_SIZE = 32;

    static final int UPDATE_FIRST = 0;
    static final int UPDATE_DATA = 8;
    static final int UPDATE_COUNT = 24;

    static final int OP_FSYNC = 3;
    static final int OP_WRITEV = 2;
    static final int OP_READ_FIXED = 4;
    static final int OP_WRITE_FIXED = 5;
    static final int OP_READ = 22;
    static final int OP_WRITE = 23;

    static final int SQE_FIXED_FILE = 1;
    static final int FSYNC_DATASYNC = 1;

    static final int SETUP_CQSIZE = 1 << 3;
    static final int SETUP_CLAMP = 1 << 4;
    static final int SETUP_R_DISABLED = 1 << 6;
    static final int SETUP_SUBMIT_ALL = 1 << 7;
    static final int SETUP_COOP_TASKRUN = 1 << 8;
    static final int SETUP_TASKRUN_FLAG = 1 << 9;
    static final int SETUP_SINGLE_ISSUER = 1 << 12;
    static final int SETUP_DEFER_TASKRUN = 1 << 13;
    static final int SETUP_NO_SQARRAY = 1 << 16;

    static final int FEATURE_SINGLE_MMAP = 1;
    static final int FEATURE_NODROP = 1 << 1;
    static final int FEATURE_SUBMIT_STABLE = 1 << 2;

    static final int ENTER_GETEVENTS = 1;
    static final int SQ_CQ_OVERFLOW = 1 << 1;
    static final int SQ_TASKRUN = 1 << 2;

    static final long MAP_RINGS = 0;
    static final long MAP_ENTRIES = 0x10000000L;

    static final int REGISTER_PROBE = 8;
    static final int REGISTER_ENABLE = 12;
    static final int REGISTER_FILES = 13;
    static final int UPDATE_FILES = 14;
    static final int REGISTER_BUFFERS = 15;
    static final int UPDATE_BUFFERS = 16;

    private UringLayout() {}
}
