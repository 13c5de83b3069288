package io.treering.testing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/// A disk with a volatile cache, whose power can be cut.
///
/// ## The model
///
/// The *medium* is what survives: 512-byte sectors. What is written goes to the *cache*, which keeps, sector by
/// sector, all versions that were written since the last sync; reads see the newest. A sync that was started after a
/// write had ended moves it to the medium. When the power is cut, each sector by itself keeps what is on the medium or
/// any one of its cached versions, at random: so writes are dropped, kept, torn and reordered in any combination. The
/// size behaves like a sector: grow and truncate are durable after a sync, and before it may or may not be.
///
/// After a write or a sync has failed, what it should have made durable can still be read, and may or may not survive;
/// a later sync that returns has not made it durable.
///
/// A submitted write takes effect at a random moment until it is awaited, its bytes being read from the caller's
/// memory at that moment: memory that is reused too early shows. When the power goes, those still under way count as
/// written.
///
/// ## Use
///
/// ```java
/// CrashDevice disk = CrashDevice.create(4096, seed);
/// CrashDevice now = disk.with(CrashFaults.none().withPowerCutAt(17));
/// try { …use now… } catch (PowerCut cut) { }
/// CrashDevice afterwards = now.afterPowerCut();   // the same disk, started again
/// ```
///
/// Everything is random from the seed alone as long as one thread uses it; several threads may. [#trace()] is the same
/// for two runs that did the same, so a test can show that it is deterministic.
public final class CrashDevice implements BlockDevice {
    public static final int SECTOR = 512;

    private static final int EIO = 5;

    private final int blockSize;
    private final CrashFaults faults;
    private final SplittableRandom random;
    private final CrashDisk disk;
    private final List<PendingWrite> underWay = new ArrayList<>();
    private final Counters counters = new Counters();
    private long operations;
    private long trace = 0x9e37_79b9_7f4a_7c15L;
    private boolean dead;
    private boolean failing;
    private boolean closed;

    private CrashDevice(int blockSize, CrashFaults faults, SplittableRandom random, CrashDisk disk) {
        this.blockSize = blockSize;
        this.faults = faults;
        this.random = random;
        this.disk = disk;
    }

    /// An empty disk without faults.
    public static CrashDevice create(int blockSize, long seed) {
        return new CrashDevice(blockSize, CrashFaults.none(), new SplittableRandom(seed), CrashDisk.create());
    }

    /// This disk's medium, as a device with other faults. What is not synced is not there: the two have nothing in
    /// common.
    public synchronized CrashDevice with(CrashFaults newFaults) {
        return new CrashDevice(blockSize, newFaults, random.split(), disk.copyOfMedium());
    }

    /// Cuts the power. Every operation throws a [PowerCut] from now on.
    public synchronized void cutPower() {
        dead = true;
    }

    /// What the disk holds when it is started again, as a device without faults. Each call draws another outcome of
    /// the same cut.
    public synchronized CrashDevice afterPowerCut() {
        return afterPowerCut(random.split());
    }

    /// As [#afterPowerCut()], with an outcome that depends on the seed.
    public synchronized CrashDevice afterPowerCut(long seed) {
        return afterPowerCut(new SplittableRandom(seed));
    }

    private CrashDevice afterPowerCut(SplittableRandom fate) {
        dead = true;
        CrashDisk left = disk.copy();
        underWay.forEach(write -> write.forEachSector(left::write));
        left.cutPower(fate, faults.torn());
        return new CrashDevice(blockSize, CrashFaults.none(), fate.split(), left);
    }

    /// What another process sees when this one is killed while the machine goes on: all that has taken effect, of what
    /// is under way anything, and nothing more durable than before. A recovery that does not sync first builds on
    /// sand.
    public synchronized CrashDevice afterKill() {
        return afterKill(CrashFaults.none());
    }

    /// As [#afterKill()], as a device with other faults.
    public synchronized CrashDevice afterKill(CrashFaults newFaults) {
        dead = true;
        List.copyOf(underWay).forEach(write -> {
            if (random.nextBoolean()) {
                takeEffect(write);
            }
        });
        return new CrashDevice(blockSize, newFaults, random.split(), disk.copy());
    }

    // ---- damage that no sync prevents -----------------------------------------------------------------------------

    /// One bit of the medium turns.
    public synchronized void flipBit(long position, int bit) {
        disk.flipBit(position, bit);
    }

    /// Sectors read as zeros from now on.
    public synchronized void zero(long position, long length) {
        disk.wipe(position, length);
    }

    /// Copies bytes on the medium past all checks: what a misdirected or a stale write leaves.
    public synchronized void copy(long from, long to, long length) {
        disk.copySectors(from, to, length);
    }

    /// Sets bytes on the medium past all checks.
    public synchronized void overwrite(long position, byte[] bytes) {
        disk.overwrite(position, bytes);
    }

    // ---- what happened --------------------------------------------------------------------------------------------

    /// How often what was done.
    public static final class Counters {
        private long reads;
        private long writes;
        private long syncs;

        public long reads() {
            return reads;
        }

        public long writes() {
            return writes;
        }

        public long syncs() {
            return syncs;
        }
    }

    public Counters counters() {
        return counters;
    }

    /// Operations so far, as [CrashFaults] counts them: the bound for a test that faults each of them.
    public synchronized long operations() {
        return operations;
    }

    /// A hash of all that was done.
    public synchronized long trace() {
        return trace;
    }

    public synchronized boolean isDead() {
        return dead;
    }

    // ---- the device -----------------------------------------------------------------------------------------------

    @Override
    public String name() {
        return "crash device";
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public synchronized long size() {
        return disk.size();
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public synchronized void read(long position, MemorySegment into) {
        BlockDevice.requireBlocks(blockSize, position, into);
        ensureAlive("a read");
        someTakeEffect();
        BlockDevice.requireInside(this, "read", position, into.byteSize());
        counters.reads++;
        disk.read(position, into);
    }

    @Override
    public synchronized IoOperation submitRead(long position, MemorySegment into) {
        try {
            read(position, into);
            return IoOperation.completed();
        } catch (RuntimeException e) {
            return IoOperation.failed(e);
        }
    }

    @Override
    public synchronized void write(long position, MemorySegment from) {
        submitWrite(position, from).await();
    }

    @Override
    public synchronized IoOperation submitWrite(long position, MemorySegment... from) {
        PendingWrite write = new PendingWrite(position, from);
        BlockDevice.requireBlocks(blockSize, position, from[0]);
        ensureAlive("a write");
        someTakeEffect();
        BlockDevice.requireInside(this, "write", position, write.length());
        counters.writes++;
        underWay.add(write);
        write.failure = begin("write", position, write.length(), faults.failedWriteLands() ? null : write);
        if (!faults.reorder()) {
            takeEffect(write);
        }
        return write;
    }

    @Override
    public synchronized void sync() {
        ensureAlive("a sync");
        someTakeEffect();
        counters.syncs++;
        RuntimeException failure = begin("sync", 0, 0, null);
        if (failure != null) {
            disk.failSync();
            throw failure;
        }
        disk.sync();
    }

    @Override
    public synchronized void grow(long newSize) {
        if (newSize <= size()) {
            return;
        }
        change("grow", newSize, 0);
        if (newSize > faults.capacity()) {
            throw new NoSpaceException(name() + " cannot grow to " + newSize + " bytes");
        }
        disk.resize(newSize);
    }

    @Override
    public synchronized long roomToGrow() {
        return Math.max(0, faults.capacity() - size());
    }

    @Override
    public synchronized void truncate(long newSize) {
        if (newSize >= size()) {
            return;
        }
        change("truncate", newSize, 0);
        disk.resize(newSize);
    }

    @Override
    public synchronized void discard(long position, long length) {
        BlockDevice.requireInside(this, "discard", position, length);
        change("discard", position, length);
        disk.zero(position, length);
    }

    private void change(String operation, long position, long length) {
        ensureAlive("a " + operation);
        RuntimeException failure = begin(operation, position, length, null);
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        if (dead) {
            // The owner's memory goes with it; what was under way is remembered as it was.
            underWay.forEach(PendingWrite::capture);
        } else {
            List.copyOf(underWay).forEach(this::takeEffect);
        }
    }

    // ---- faults and order -------------------------------------------------------------------------------------------

    /// Counts an operation.
    ///
    /// @param lost a write that has no effect if the operation fails
    /// @return how it fails, null if it does not
    private @Nullable RuntimeException begin(
            String operation, long position, long length, @Nullable PendingWrite lost) {
        operations++;
        trace = Long.rotateLeft(trace * 0xbf58_476d_1ce4_e5b9L, 27) ^ operation.hashCode() ^ position ^ length << 40;
        if (operations == faults.powerCutAt()) {
            dead = true;
            throw new PowerCut(operation + " " + operations);
        }
        failing |= operations == faults.failureAt();
        if (failing && (faults.sticky() || operations == faults.failureAt())) {
            if (lost != null) {
                underWay.remove(lost);
            }
            return new IoFailureException(operation + " " + operations + " of " + name(), EIO, "EIO");
        }
        return null;
    }

    private void ensureAlive(String operation) {
        if (dead) {
            throw new PowerCut(operation);
        }
        if (closed) {
            throw new ClosedException(name());
        }
    }

    private void someTakeEffect() {
        while (!underWay.isEmpty() && random.nextBoolean()) {
            takeEffect(underWay.get(random.nextInt(underWay.size())));
        }
    }

    private void takeEffect(PendingWrite write) {
        if (underWay.remove(write)) {
            write.forEachSector(write.failure == null ? disk::write : disk::writeAndFail);
        }
    }

    private interface SectorConsumer {
        void accept(long sector, byte[] bytes);
    }

    /// A write that was submitted.
    private final class PendingWrite implements IoOperation {
        private final long position;
        private final Map<Long, byte[]> captured = new LinkedHashMap<>();
        private MemorySegment[] from;
        private @Nullable RuntimeException failure;

        PendingWrite(long position, MemorySegment[] from) {
            this.position = position;
            this.from = from;
        }

        long length() {
            return Arrays.stream(from).mapToLong(MemorySegment::byteSize).sum();
        }

        void capture() {
            forEachSector(captured::put);
            from = new MemorySegment[0];
        }

        void forEachSector(SectorConsumer consumer) {
            captured.forEach(consumer::accept);
            long sector = position / SECTOR;
            for (MemorySegment segment : from) {
                for (long at = 0; at < segment.byteSize(); at += SECTOR) {
                    consumer.accept(sector++, segment.asSlice(at, SECTOR).toArray(JAVA_BYTE));
                }
            }
        }

        @Override
        public boolean isDone() {
            synchronized (CrashDevice.this) {
                return !underWay.contains(this);
            }
        }

        @Override
        public void await() {
            synchronized (CrashDevice.this) {
                ensureAlive("a write");
                takeEffect(this);
                if (failure != null) {
                    throw failure;
                }
            }
        }
    }
}
