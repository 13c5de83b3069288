package io.treering.simulation;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.NoSpaceException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.simulation.Faults.End;
import io.treering.simulation.Faults.Trouble;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntPredicate;
import java.util.function.Predicate;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A [SimulatedDisk] as one process sees it: operations are under way until the scheduler completes them, in any order,
/// and the process may crash with each of them.
///
/// The bytes of a write are taken from the caller's memory when it completes, those of a read are put there then:
/// memory that is reused too early shows. Two writes to the same place that are under way together are an error of
/// the engine's.
///
/// A crash of the process is played by letting every operation throw [Crash] from then on. What becomes of the disk is
/// settled at that moment, so it does not matter what the process does afterwards.
final class SimulatedDevice implements BlockDevice, Scheduler.Events {
    private static final int EIO = 5;

    /// Damage is not done to the meta blocks by a write that went astray: with it they would lose two copies at once.
    /// See [MetTroubles#befallWrite], too.
    private static final long META_BYTES = 16 << 10;

    private static final IntPredicate ALL = sector -> true;

    /// What an operation of a process that has crashed throws.
    static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Crash() {
            super("the process has crashed", null, false, false);
        }
    }

    private enum Kind {
        READ,
        WRITE,
        SYNC
    }

    /// Pages for which there has to be room, or a partition may refuse to write: the reserve, and what a merge may take
    /// that some views cut into windows.
    private static final long LITTLE_ROOM = 2_048;

    private final SimulatedDisk disk;
    private final Scheduler scheduler;
    private final SplittableRandom random;
    private final Faults faults;
    private final int blockSize;

    /// How many operations are over when they are submitted.
    private final int immediatePercent;

    private final int pageSize;
    private final Swarm.Hint hint;
    private final boolean tears;
    private final List<Operation> underWay = new ArrayList<>();
    private final CRC32C crc = new CRC32C();
    private final MetTroubles troubles;
    private final int[] begun = new int[Kind.values().length];
    private int grown;
    private int calls;
    private long events;
    private boolean dead;
    private boolean closed;
    private boolean full;
    private @Nullable String broken;

    SimulatedDevice(SimulatedDisk disk, Scheduler scheduler, Faults faults, Swarm swarm) {
        this.disk = disk;
        this.scheduler = scheduler;
        this.random = scheduler.random();
        this.faults = faults;
        this.troubles = new MetTroubles(faults.troubles());
        this.blockSize = swarm.blockSize();
        this.immediatePercent = swarm.immediatePercent();
        this.pageSize = swarm.pageSize();
        this.hint = swarm.hint();
        this.tears = faults.end() == End.TORN_POWER_CUT;
        disk.births().beginProcess();
    }

    // ---- for the simulation -----------------------------------------------------------------------------------------

    boolean isDead() {
        return dead;
    }

    boolean isClosed() {
        return closed;
    }

    /// Whether something has gone wrong that was to go wrong, of such a kind.
    boolean hasMet(Predicate<Trouble> kinds) {
        return troubles.has(kinds);
    }

    /// Whether it had to refuse to grow, or said that it could not grow by much.
    boolean isFull() {
        return full || (hint == Swarm.Hint.TRUTH && roomToGrow() < LITTLE_ROOM * pageSize);
    }

    /// What has been done so far.
    Tally tally() {
        return new Tally(
                events,
                calls,
                begun[Kind.READ.ordinal()],
                begun[Kind.WRITE.ordinal()],
                begun[Kind.SYNC.ordinal()],
                grown);
    }

    /// What the engine has done that no caller of a device may do.
    @Nullable
    String broken() {
        return broken;
    }

    /// The process crashes now.
    void crash() {
        if (dead) {
            return;
        }
        dead = true;
        for (Operation each : underWay) {
            if (each.kind == Kind.WRITE) {
                each.landAtCrash();
            }
        }
        if (faults.end() != End.KILL) {
            disk.cutPower(tears ? PowerCutFate.tearing(random) : new PowerCutFate(random), random);
        }
        List<Operation> lost = List.copyOf(underWay);
        underWay.clear();
        lost.forEach(Operation::wake);
    }

    // ---- events -----------------------------------------------------------------------------------------------------

    @Override
    public int pending() {
        return underWay.size();
    }

    @Override
    public void fire(int index) {
        Operation operation = underWay.get(index);
        if (operation.kind != Kind.READ && crashesNow()) {
            return;
        }
        underWay.remove(index);
        operation.complete();
    }

    private boolean crashesNow() {
        if (++events == faults.crashAt()) {
            crash();
        }
        return dead;
    }

    private void crashOrGoOn() {
        if (crashesNow()) {
            throw new Crash();
        }
    }

    private void ensureAlive() {
        if (dead) {
            throw new Crash();
        }
        if (closed) {
            throw new ClosedException(name());
        }
    }

    /// Whatever does something begins like this.
    private void beginCall() {
        ensureAlive();
        calls++;
        if (troubles.befall(Trouble.OUT_OF_MEMORY)) {
            throw new OutOfMemoryError("the memory that was to be refused");
        }
    }

    // ---- the device -------------------------------------------------------------------------------------------------

    @Override
    public String name() {
        return "simulated device";
    }

    @Override
    public int blockSize() {
        return blockSize;
    }

    @Override
    public long size() {
        return disk.size();
    }

    @Override
    public boolean readOnly() {
        return false;
    }

    @Override
    public void read(long position, MemorySegment into) {
        submitRead(position, into).await();
    }

    @Override
    public void write(long position, MemorySegment from) {
        submitWrite(position, from).await();
    }

    @Override
    public IoOperation submitRead(long position, MemorySegment into) {
        BlockDevice.requireBlocks(blockSize, position, into);
        beginCall();
        BlockDevice.requireInside(this, "read", position, into.byteSize());
        return start(new Operation(Kind.READ, position, new MemorySegment[] {into}));
    }

    @Override
    public IoOperation submitWrite(long position, MemorySegment... from) {
        for (MemorySegment each : from) {
            BlockDevice.requireBlocks(blockSize, position, each);
        }
        beginCall();
        Operation write = new Operation(Kind.WRITE, position, from);
        BlockDevice.requireInside(this, "write", position, write.length);
        for (Operation other : underWay) {
            if (other.kind == Kind.WRITE && other.overlaps(write)) {
                broken = "two writes under way at once: " + other + " and " + write;
            }
        }
        return start(write);
    }

    @Override
    public void sync() {
        beginCall();
        Operation sync = new Operation(Kind.SYNC, disk.mark(), new MemorySegment[0]);
        start(sync).await();
    }

    private IoOperation start(Operation operation) {
        scheduler.note(31L * operation.kind.ordinal() + operation.position);
        begun[operation.kind.ordinal()]++;
        operation.meetTrouble();
        underWay.add(operation);
        if (operation.kind != Kind.READ && crashesNow()) {
            throw new Crash();
        }
        if (random.nextInt(100) < immediatePercent) {
            fire(underWay.size() - 1);
        }
        return operation;
    }

    @Override
    public void grow(long newSize) {
        beginCall();
        if (newSize <= size()) {
            return;
        }
        grown++;
        if (troubles.befall(Trouble.GROW_FAILS) || newSize > faults.capacity()) {
            full = true;
            throw new NoSpaceException(name() + " has no room for " + newSize + " bytes");
        }
        resize(newSize);
    }

    @Override
    public long roomToGrow() {
        return switch (hint) {
            case NOTHING -> -1;
            case TRUTH -> faults.capacity() - size();
            case TOO_MUCH -> 1L << 40;
        };
    }

    @Override
    public void truncate(long newSize) {
        beginCall();
        if (newSize < size()) {
            resize(newSize);
        }
    }

    private void resize(long newSize) {
        scheduler.note(newSize);
        crashOrGoOn();
        disk.resize(newSize);
        crashOrGoOn();
    }

    @Override
    public void discard(long position, long length) {
        beginCall();
        BlockDevice.requireInside(this, "discard", position, length);
        crashOrGoOn();
        disk.zero(position, length);
    }

    @Override
    public void close() {
        closed = true;
        while (!underWay.isEmpty() && !dead) {
            underWay.getFirst().join();
        }
    }

    // ---- operations -------------------------------------------------------------------------------------------------

    private final class Operation implements IoOperation {
        private final Kind kind;

        /// Of a sync: what it makes durable.
        private final long position;

        private final MemorySegment[] memory;
        private final long length;
        private final List<Thread> waiting = new ArrayList<>(1);
        private boolean done;
        private boolean fails;
        private boolean lost;
        private boolean misdirected;
        private boolean turnsABit;

        Operation(Kind kind, long position, MemorySegment[] memory) {
            this.kind = kind;
            this.position = position;
            this.memory = memory;
            long sum = 0;
            for (MemorySegment each : memory) {
                sum += each.byteSize();
            }
            length = sum;
        }

        boolean overlaps(Operation other) {
            return position < other.position + other.length && other.position < position + length;
        }

        void meetTrouble() {
            switch (kind) {
                case READ -> {
                    fails = troubles.befall(Trouble.READ_FAILS);
                    misdirected = !fails && troubles.befall(Trouble.READ_IS_MISDIRECTED);
                    turnsABit = !fails && troubles.befall(Trouble.READ_TURNS_A_BIT);
                }
                case WRITE -> {
                    fails = troubles.befall(Trouble.WRITE_FAILS);
                    lost = !fails && troubles.befallWrite(Trouble.WRITE_IS_LOST, position < META_BYTES);
                    misdirected = !fails && troubles.befallWrite(Trouble.WRITE_IS_MISDIRECTED, position < META_BYTES);
                }
                case SYNC -> fails = troubles.befall(Trouble.SYNC_FAILS);
            }
        }

        void complete() {
            switch (kind) {
                case READ -> completeRead();
                case WRITE -> completeWrite();
                case SYNC -> completeSync();
            }
            wake();
        }

        private void completeRead() {
            if (fails) {
                return;
            }
            disk.read(misdirected ? elsewhere(0) : position, memory[0]);
            if (turnsABit) {
                long at = random.nextLong(length);
                byte turned = (byte) (memory[0].get(JAVA_BYTE, at) ^ 1 << random.nextInt(8));
                memory[0].set(JAVA_BYTE, at, turned);
            }
        }

        private void completeWrite() {
            noteContents();
            if (fails) {
                land(true, random.nextInt(4));
            } else if (!lost) {
                disk.write(misdirected ? elsewhere(META_BYTES) : position, memory, false, ALL);
            }
        }

        private void completeSync() {
            if (fails) {
                disk.failSync(position);
            } else {
                disk.sync(position);
            }
        }

        private void noteContents() {
            crc.reset();
            for (MemorySegment each : memory) {
                crc.update(each.asByteBuffer());
            }
            scheduler.note(crc.getValue());
            String wrong = memory.length == 1 ? disk.births().written(position, memory[0], pageSize) : null;
            broken = wrong != null ? wrong : broken;
        }

        /// Another place with room for as many bytes, at or behind `least` where there is one.
        private long elsewhere(long least) {
            long room = disk.size() - length - least;
            return room <= 0 ? position : least + random.nextLong(room / blockSize + 1) * blockSize;
        }

        void landAtCrash() {
            if (!lost && !misdirected) {
                // All of it where the power cut tears it.
                land(fails, tears ? 1 : random.nextInt(4));
            }
        }

        /// Nothing of it, all, or any of its sectors.
        private void land(boolean failing, int fate) {
            long salt = random.nextLong();
            if (fate == 1) {
                disk.write(position, memory, failing, ALL);
            } else if (fate == 2) {
                int cut = (int) ((salt >>> 1) % (length / SimulatedDisk.SECTOR));
                disk.write(position, memory, failing, sector -> (sector < cut) == (salt > 0));
            } else if (fate == 3) {
                disk.write(position, memory, failing, sector -> (salt >>> sector & 1) != 0);
            }
        }

        void wake() {
            done = true;
            waiting.forEach(LockSupport::unpark);
        }

        void join() {
            while (!done && !dead) {
                waiting.add(Thread.currentThread());
                LockSupport.park(this);
            }
        }

        @Override
        public boolean isDone() {
            return done;
        }

        @Override
        public void await() {
            join();
            if (dead) {
                throw new Crash();
            }
            if (fails) {
                throw new IoFailureException(kind + " at " + position + " of " + name(), EIO, "EIO");
            }
        }

        @Override
        public String toString() {
            return kind + " of " + length + " bytes at " + position;
        }
    }
}
