package io.treering.simulation;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;

/// A disk with a volatile cache: what survives the processes that use it.
///
/// The *medium* is what a power cut leaves, in sectors of 512 bytes. What is written goes to the *cache*, which
/// keeps, sector by sector, all versions that were written since a sync took hold of it; reads see the newest. A sync
/// moves to the medium what had been written before it began. When the power is cut, each sector keeps what is on the
/// medium or one of its cached versions: a [PowerCutFate] says which. The size behaves like a sector of its own, so
/// that a file can lose its extension and keep the data before it, or the other way round.
///
/// A version whose write or sync has failed is read like any other and may survive, but no later sync moves it to the
/// medium.
///
/// One disk serves many simulations, one after the other: [#clear()] makes it empty in time that depends on what was
/// used of it.
final class SimulatedDisk {
    static final int SECTOR = 512;
    static final int CAPACITY = 24 << 20;

    private static final int SECTORS = CAPACITY / SECTOR;
    private static final int STRETCH = 64 << 10;
    private static final int NONE = -1;

    private final MemorySegment visible = Arena.global().allocate(CAPACITY, 4096);
    private final MemorySegment medium = Arena.global().allocate(CAPACITY, 4096);

    /// The write that the visible version of a sector comes from; 0 if it is what is on the medium.
    private final int[] newest = new int[SECTORS];

    /// Whether that write, or a sync after it, has failed.
    private final boolean[] failed = new boolean[SECTORS];

    /// The newest of the sector's older versions, an index into those below.
    private final int[] older = new int[SECTORS];

    /// Which stretches of it may hold something other than zeros: all others need no clearing.
    private final boolean[] touched = new boolean[CAPACITY / STRETCH];

    private int[] cached = new int[1024];
    private int cachedCount;

    private byte[] olderBytes = new byte[64 * SECTOR];
    private int[] olderWrite = new int[64];
    private int[] olderNext = new int[64];
    private int olderCount;

    /// Sizes since the last sync, oldest first: the first one is on the medium, the last one counts.
    private long[] sizes = new long[8];

    private int sizeCount = 1;
    private long largest;
    private int writes;
    private final Births births = new Births();
    private final boolean honest;

    private SimulatedDisk(boolean honest) {
        this.honest = honest;
        Arrays.fill(older, NONE);
    }

    static SimulatedDisk create() {
        return new SimulatedDisk(true);
    }

    /// One that says that it has synced and has not: no store can keep its promises on it.
    static SimulatedDisk lying() {
        return new SimulatedDisk(false);
    }

    /// An empty disk.
    void clear() {
        forgetCached();
        sizes[0] = 0;
        sizeCount = 1;
        for (int i = 0; i < touched.length; i++) {
            if (touched[i]) {
                wipe((long) i * STRETCH, STRETCH);
                touched[i] = false;
            }
        }
        largest = 0;
        writes = 0;
        births.clear();
    }

    /// The generations of the pages that were written so far.
    Births births() {
        return births;
    }

    private void forgetCached() {
        for (int i = 0; i < cachedCount; i++) {
            newest[cached[i]] = 0;
            failed[cached[i]] = false;
            older[cached[i]] = NONE;
        }
        cachedCount = 0;
        olderCount = 0;
    }

    long size() {
        return sizes[sizeCount - 1];
    }

    void read(long position, MemorySegment into) {
        MemorySegment.copy(visible, position, into, 0, into.byteSize());
    }

    // ---- writing ----------------------------------------------------------------------------------------------------

    /// Carries out one write, or those sectors of it that `lands` takes, counted from its first.
    ///
    /// @param failing whether it fails all the same
    void write(long position, MemorySegment[] from, boolean failing, IntPredicate lands) {
        int write = ++writes;
        int index = 0;
        long at = position;
        for (MemorySegment segment : from) {
            long copied = 0;
            for (long offset = 0; offset < segment.byteSize(); offset += SECTOR) {
                if (lands.test(index++)) {
                    replace((int) ((at + offset) / SECTOR), write, failing);
                } else {
                    MemorySegment.copy(segment, copied, visible, at + copied, offset - copied);
                    copied = offset + SECTOR;
                }
            }
            if (copied < segment.byteSize()) {
                MemorySegment.copy(segment, copied, visible, at + copied, segment.byteSize() - copied);
            }
            at += segment.byteSize();
        }
    }

    private void replace(int sector, int write, boolean failing) {
        if (newest[sector] == 0) {
            if (cachedCount == cached.length) {
                cached = Arrays.copyOf(cached, 2 * cachedCount);
            }
            cached[cachedCount++] = sector;
        } else {
            pushOlder(sector);
        }
        newest[sector] = write;
        failed[sector] = failing;
        touched[sector / (STRETCH / SECTOR)] = true;
    }

    private void pushOlder(int sector) {
        if (olderCount == olderWrite.length) {
            olderWrite = Arrays.copyOf(olderWrite, 2 * olderCount);
            olderNext = Arrays.copyOf(olderNext, 2 * olderCount);
            olderBytes = Arrays.copyOf(olderBytes, 2 * olderCount * SECTOR);
        }
        MemorySegment.copy(visible, JAVA_BYTE, (long) sector * SECTOR, olderBytes, olderCount * SECTOR, SECTOR);
        olderWrite[olderCount] = failed[sector] ? -newest[sector] : newest[sector];
        olderNext[olderCount] = older[sector];
        older[sector] = olderCount++;
    }

    /// Moves the end; what lies behind a smaller one reads as zeros when it comes back.
    void resize(long newSize) {
        long old = size();
        if (newSize < old) {
            zero(newSize, old - newSize);
        }
        if (sizeCount == sizes.length) {
            sizes = Arrays.copyOf(sizes, 2 * sizeCount);
        }
        sizes[sizeCount++] = newSize;
        largest = Math.max(largest, newSize);
    }

    void zero(long position, long length) {
        int write = ++writes;
        for (long at = position; at < position + length; at += SECTOR) {
            replace((int) (at / SECTOR), write, false);
        }
        visible.asSlice(position, length).fill((byte) 0);
    }

    // ---- sync -------------------------------------------------------------------------------------------------------

    /// What a sync that begins now will make durable.
    long mark() {
        return (long) sizeCount << 32 | writes;
    }

    /// Completes the sync that began at `mark`.
    void sync(long mark) {
        if (!honest) {
            return;
        }
        int upTo = (int) mark;
        int kept = 0;
        // Sectors that follow each other are copied together.
        int first = 0;
        int end = 0;
        for (int i = 0; i < cachedCount; i++) {
            int sector = cached[i];
            if (newest[sector] <= upTo && !failed[sector]) {
                if (sector != end) {
                    toMediumFromVisible(first, end);
                    first = sector;
                }
                end = sector + 1;
                newest[sector] = 0;
                older[sector] = NONE;
            } else {
                syncOlder(sector, upTo);
                cached[kept++] = sector;
            }
        }
        toMediumFromVisible(first, end);
        cachedCount = kept;
        if (kept == 0) {
            olderCount = 0;
        }
        syncSize((int) (mark >>> 32));
    }

    private void toMediumFromVisible(int first, int end) {
        long at = (long) first * SECTOR;
        MemorySegment.copy(visible, at, medium, at, (long) (end - first) * SECTOR);
    }

    private void syncOlder(int sector, int upTo) {
        int after = NONE;
        for (int version = older[sector]; version != NONE; version = olderNext[version]) {
            if (olderWrite[version] > 0 && olderWrite[version] <= upTo) {
                toMedium(sector, version);
                if (after == NONE) {
                    older[sector] = NONE;
                } else {
                    olderNext[after] = NONE;
                }
                return;
            }
            after = version;
        }
    }

    private void toMedium(int sector, int version) {
        MemorySegment.copy(olderBytes, version * SECTOR, medium, JAVA_BYTE, (long) sector * SECTOR, SECTOR);
    }

    private void syncSize(int count) {
        int synced = Math.min(count, sizeCount) - 1;
        System.arraycopy(sizes, synced, sizes, 0, sizeCount - synced);
        sizeCount -= synced;
    }

    /// A sync that began at `mark` fails: what it should have made durable stays in the cache for good.
    void failSync(long mark) {
        int upTo = (int) mark;
        for (int i = 0; i < cachedCount; i++) {
            int sector = cached[i];
            if (newest[sector] <= upTo) {
                failed[sector] = true;
            }
        }
    }

    // ---- the end of the power ---------------------------------------------------------------------------------------

    /// Cuts the power: what is visible from now on is what is on the medium.
    void cutPower(PowerCutFate fate, SplittableRandom random) {
        fate.begin(writes);
        for (int i = 0; i < cachedCount; i++) {
            int sector = cached[i];
            long at = (long) sector * SECTOR;
            if (fate.survives(newest[sector], sector)) {
                MemorySegment.copy(visible, at, medium, at, fate.survivingBytes(sector));
            } else {
                for (int version = older[sector]; version != NONE; version = olderNext[version]) {
                    if (fate.survives(Math.abs(olderWrite[version]), sector)) {
                        toMedium(sector, version);
                        break;
                    }
                }
            }
            MemorySegment.copy(medium, at, visible, at, SECTOR);
        }
        forgetCached();
        sizes[0] = sizes[fate.survivingSize(sizeCount, random)];
        sizeCount = 1;
        if (sizes[0] < largest) {
            visible.asSlice(sizes[0], largest - sizes[0]).fill((byte) 0);
            medium.asSlice(sizes[0], largest - sizes[0]).fill((byte) 0);
        }
    }

    /// Whether there is nothing in the cache that a power cut could take.
    boolean isSynced() {
        return cachedCount == 0 && sizeCount == 1;
    }

    // ---- damage -----------------------------------------------------------------------------------------------------

    /// Damages bytes for good, whether they are in the cache or not.
    void flipBit(long position, int bit) {
        touched[(int) (position / STRETCH)] = true;
        byte flipped = (byte) (visible.get(JAVA_BYTE, position) ^ 1 << bit);
        visible.set(JAVA_BYTE, position, flipped);
        medium.set(JAVA_BYTE, position, flipped);
    }

    /// Replaces a range by zeros for good.
    void wipe(long position, long length) {
        visible.asSlice(position, length).fill((byte) 0);
        medium.asSlice(position, length).fill((byte) 0);
    }

    /// Keeps what a range holds now.
    byte[] copy(long position, int length) {
        return visible.asSlice(position, length).toArray(JAVA_BYTE);
    }

    /// Replaces a range by other bytes for good: what it held before, or what another place holds.
    void overwrite(long position, byte[] bytes) {
        touched[(int) (position / STRETCH)] = true;
        touched[(int) ((position + bytes.length - 1) / STRETCH)] = true;
        MemorySegment.copy(bytes, 0, visible, JAVA_BYTE, position, bytes.length);
        MemorySegment.copy(bytes, 0, medium, JAVA_BYTE, position, bytes.length);
    }
}
