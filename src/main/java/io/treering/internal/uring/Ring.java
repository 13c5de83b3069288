package io.treering.internal.uring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.treering.IoFailureException;
import io.treering.internal.linux.Errno;
import io.treering.internal.linux.NativeMemory;
import io.treering.internal.linux.SystemCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// One io_uring: two queues in memory that is shared with the kernel.
///
/// Opened disabled by any thread, which is the trial of whether it is to be had; then [#enable()] makes the calling
/// thread its owner, and nobody else may touch it. The owner writes entries and moves the submission queue's tail,
/// the kernel its head; with the completion queue it is the other way round. Each publishes its index with release
/// and reads the other's with acquire.
final class Ring {
    /// From what is best to what every kernel with disabled rings has, 5.10 and later: each line is refused (EINVAL) by
    /// kernels before 6.6, 6.1, 6.0 and 5.19.
    private static final int[] FLAGS = {
        UringLayout.SETUP_SINGLE_ISSUER
                | UringLayout.SETUP_DEFER_TASKRUN
                | UringLayout.SETUP_TASKRUN_FLAG
                | UringLayout.SETUP_SUBMIT_ALL
                | UringLayout.SETUP_NO_SQARRAY,
        UringLayout.SETUP_SINGLE_ISSUER
                | UringLayout.SETUP_DEFER_TASKRUN
                | UringLayout.SETUP_TASKRUN_FLAG
                | UringLayout.SETUP_SUBMIT_ALL,
        UringLayout.SETUP_SINGLE_ISSUER
                | UringLayout.SETUP_COOP_TASKRUN
                | UringLayout.SETUP_TASKRUN_FLAG
                | UringLayout.SETUP_SUBMIT_ALL,
        UringLayout.SETUP_COOP_TASKRUN | UringLayout.SETUP_TASKRUN_FLAG | UringLayout.SETUP_SUBMIT_ALL,
        0
    };

    private static final int NEEDED_FEATURES =
            UringLayout.FEATURE_SINGLE_MMAP | UringLayout.FEATURE_NODROP | UringLayout.FEATURE_SUBMIT_STABLE;

    private static final int[] NEEDED_OPERATIONS = {
        UringLayout.OP_READ,
        UringLayout.OP_WRITE,
        UringLayout.OP_READ_FIXED,
        UringLayout.OP_WRITE_FIXED,
        UringLayout.OP_WRITEV,
        UringLayout.OP_FSYNC
    };

    private static final VarHandle INT = JAVA_INT.varHandle();

    private final Arena arena;
    private final int descriptor;
    private final int flags;
    private final int entries;
    private final MemorySegment rings;
    private final MemorySegment sqes;
    private final long sqHead;
    private final long sqTail;
    private final long sqFlags;
    private final long cqHead;
    private final long cqTail;
    private final long cqes;
    private final int cqMask;

    /// Ours; the kernel sees it when it is published.
    private int tail;

    private int head;

    private Ring(Arena arena, int descriptor, int flags, MemorySegment params) {
        this.arena = arena;
        this.descriptor = descriptor;
        this.flags = flags;
        this.entries = params.get(JAVA_INT, UringLayout.PARAMS_SQ_ENTRIES);
        int completions = params.get(JAVA_INT, UringLayout.PARAMS_CQ_ENTRIES);
        this.cqMask = completions - 1;
        this.sqHead = params.get(JAVA_INT, UringLayout.PARAMS_SQ_HEAD);
        this.sqTail = params.get(JAVA_INT, UringLayout.PARAMS_SQ_TAIL);
        this.sqFlags = params.get(JAVA_INT, UringLayout.PARAMS_SQ_FLAGS);
        this.cqHead = params.get(JAVA_INT, UringLayout.PARAMS_CQ_HEAD);
        this.cqTail = params.get(JAVA_INT, UringLayout.PARAMS_CQ_TAIL);
        this.cqes = params.get(JAVA_INT, UringLayout.PARAMS_CQ_CQES);
        long array = params.get(JAVA_INT, UringLayout.PARAMS_SQ_ARRAY);
        boolean hasArray = (flags & UringLayout.SETUP_NO_SQARRAY) == 0;
        long bytes = cqes + (long) completions * UringLayout.CQE_SIZE;
        if (hasArray) {
            bytes = Math.max(bytes, array + (long) entries * Integer.BYTES);
        }
        this.rings = NativeMemory.mapShared(descriptor, UringLayout.MAP_RINGS, bytes, arena);
        this.sqes = NativeMemory.mapShared(
                descriptor, UringLayout.MAP_ENTRIES, (long) entries * UringLayout.SQE_SIZE, arena);
        if (hasArray) {
            // The indirection that nobody needed: entry i of the queue is entry i of the array.
            for (int i = 0; i < entries; i++) {
                rings.set(JAVA_INT, array + (long) i * Integer.BYTES, i);
            }
        }
    }

    /// Bytes that are shared with the kernel.
    long memoryBytes() {
        return rings.byteSize() + sqes.byteSize();
    }

    /// A disabled ring, with at least as many completion entries as `inFlight`.
    static Ring open(int entries, int inFlight) throws RingRefusedException {
        return open(entries, inFlight, FLAGS);
    }

    /// @param attempts setup flags, tried in this order
    static Ring open(int entries, int inFlight, int... attempts) throws RingRefusedException {
        Arena arena = Arena.ofShared();
        int descriptor = -1;
        try {
            MemorySegment params = arena.allocate(UringLayout.PARAMS_SIZE, 8);
            for (int attempt : attempts) {
                int flags = attempt | UringLayout.SETUP_R_DISABLED | UringLayout.SETUP_CLAMP | UringLayout.SETUP_CQSIZE;
                params.fill((byte) 0);
                params.set(JAVA_INT, UringLayout.PARAMS_FLAGS, flags);
                params.set(JAVA_INT, UringLayout.PARAMS_CQ_ENTRIES, inFlight);
                descriptor = SystemCalls.uringSetup(entries, params.address());
                if (descriptor >= 0) {
                    requireFeatures(params);
                    requireOperations(descriptor, arena);
                    Ring ring = new Ring(arena, descriptor, flags, params);
                    ring.requireEnter();
                    return ring;
                }
                if (descriptor != -Errno.EINVAL) {
                    break;
                }
            }
            throw new RingRefusedException("io_uring_setup was refused with " + Errno.name(-descriptor));
        } catch (IoFailureException e) {
            giveBack(arena, descriptor);
            throw new RingRefusedException(String.valueOf(e.getMessage()));
        } catch (RingRefusedException | RuntimeException | Error e) {
            giveBack(arena, descriptor);
            throw e;
        }
    }

    private static void giveBack(Arena arena, int descriptor) {
        arena.close();
        if (descriptor >= 0) {
            SystemCalls.close(descriptor);
        }
    }

    private static void requireFeatures(MemorySegment params) throws RingRefusedException {
        int features = params.get(JAVA_INT, UringLayout.PARAMS_FEATURES);
        if ((features & NEEDED_FEATURES) != NEEDED_FEATURES) {
            throw new RingRefusedException("io_uring has too few features, 0x" + Integer.toHexString(features));
        }
    }

    private static void requireOperations(int descriptor, Arena arena) throws RingRefusedException {
        int count = 256;
        MemorySegment probe = arena.allocate(UringLayout.PROBE_SIZE + (long) count * UringLayout.PROBE_OP_SIZE, 8);
        int result = SystemCalls.uringRegister(descriptor, UringLayout.REGISTER_PROBE, probe.address(), count);
        if (result < 0) {
            throw new RingRefusedException("io_uring_register was refused with " + Errno.name(-result));
        }
        for (int operation : NEEDED_OPERATIONS) {
            long at =
                    UringLayout.PROBE_SIZE + (long) operation * UringLayout.PROBE_OP_SIZE + UringLayout.PROBE_OP_FLAGS;
            if ((probe.get(JAVA_SHORT, at) & UringLayout.PROBE_OP_SUPPORTED) == 0) {
                throw new RingRefusedException("io_uring does not have operation " + operation);
            }
        }
    }

    /// A filter may allow the other two calls and forbid this one; a disabled ring answers EBADFD to those it lets
    /// pass.
    private void requireEnter() throws RingRefusedException {
        int result = SystemCalls.uringEnter(descriptor, 0, 0, 0);
        if (result < 0 && result != -Errno.EBADFD) {
            throw new RingRefusedException("io_uring_enter was refused with " + Errno.name(-result));
        }
    }

    /// Makes the calling thread the owner.
    void enable() {
        int result = SystemCalls.uringRegister(descriptor, UringLayout.REGISTER_ENABLE, 0, 0);
        if (result < 0) {
            throw Errno.failure("enabling the ring", -result);
        }
    }

    int descriptor() {
        return descriptor;
    }

    int entries() {
        return entries;
    }

    int completionEntries() {
        return cqMask + 1;
    }

    /// The setup flags that the kernel accepted.
    int flags() {
        return flags;
    }

    /// Room for entries that are prepared until the next [#enter].
    int room() {
        return entries - unsubmitted();
    }

    /// How many entries are prepared that the kernel has not taken yet.
    int unsubmitted() {
        return tail - (int) INT.getAcquire(rings, sqHead);
    }

    /// Prepares an entry; there must be room.
    void prepare(int opcode, int sqeFlags, int fd, long offset, long address, int length, int opFlags, long userData) {
        assert room() > 0 : "the submission queue is full";
        long at = at(tail);
        sqes.asSlice(at, UringLayout.SQE_SIZE).fill((byte) 0);
        sqes.set(JAVA_BYTE, at + UringLayout.SQE_OPCODE, (byte) opcode);
        sqes.set(JAVA_BYTE, at + UringLayout.SQE_FLAGS, (byte) sqeFlags);
        sqes.set(JAVA_INT, at + UringLayout.SQE_FD, fd);
        sqes.set(JAVA_LONG, at + UringLayout.SQE_OFFSET, offset);
        sqes.set(JAVA_LONG, at + UringLayout.SQE_ADDRESS, address);
        sqes.set(JAVA_INT, at + UringLayout.SQE_LENGTH, length);
        sqes.set(JAVA_INT, at + UringLayout.SQE_OP_FLAGS, opFlags);
        sqes.set(JAVA_LONG, at + UringLayout.SQE_USER_DATA, userData);
        tail++;
    }

    /// Says which registered buffer the entry prepared last lies in.
    void setBuffer(int index) {
        sqes.set(JAVA_SHORT, at(tail - 1) + UringLayout.SQE_BUFFER_INDEX, (short) index);
    }

    /// Takes back the entry prepared last that the kernel has not taken, and returns its user data.
    long takeBack() {
        assert unsubmitted() > 0 : "nothing to take back";
        tail--;
        return sqes.get(JAVA_LONG, at(tail) + UringLayout.SQE_USER_DATA);
    }

    private long at(int index) {
        return (long) (index & (entries - 1)) * UringLayout.SQE_SIZE;
    }

    /// Hands over what is prepared, and waits until at least `complete` completions are there.
    ///
    /// Asks for events even when none are waited for: a ring with deferred task work completes nothing otherwise.
    ///
    /// @return how many entries the kernel took, or a negated error number
    int enter(int complete) {
        INT.setRelease(rings, sqTail, tail);
        return SystemCalls.uringEnter(descriptor, unsubmitted(), complete, UringLayout.ENTER_GETEVENTS);
    }

    /// Whether the kernel has finished something that it will show only at the next [#enter].
    boolean hasDeferredWork() {
        return ((int) INT.getOpaque(rings, sqFlags) & (UringLayout.SQ_TASKRUN | UringLayout.SQ_CQ_OVERFLOW)) != 0;
    }

    /// How many completions can be looked at.
    int completions() {
        return (int) INT.getAcquire(rings, cqTail) - head;
    }

    long completedUserData() {
        return rings.get(JAVA_LONG, completion() + UringLayout.CQE_USER_DATA);
    }

    int completedResult() {
        return rings.get(JAVA_INT, completion() + UringLayout.CQE_RESULT);
    }

    private long completion() {
        return cqes + (long) (head & cqMask) * UringLayout.CQE_SIZE;
    }

    /// Gives the first completion's place back to the kernel.
    void advance() {
        head++;
        INT.setRelease(rings, cqHead, head);
    }

    /// Must not be called while anything is in flight: the kernel would go on by itself.
    void close() {
        arena.close();
        SystemCalls.close(descriptor);
    }
}
