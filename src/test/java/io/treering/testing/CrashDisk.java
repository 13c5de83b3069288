package io.treering.testing;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/// What a [CrashDevice] keeps its bytes in: a medium, and a volatile cache in front of it, sector by sector. How the
/// two behave is said there.
///
/// Not for several threads at a time.
final class CrashDisk {
    private static final int SECTOR = CrashDevice.SECTOR;

    /// By sector number; absent sectors are zeros. Arrays are never changed, so that disks can share them.
    private final Map<Long, byte[]> medium;

    /// Versions of sectors that were not synced, oldest first.
    private final Map<Long, List<byte[]>> cache = new LinkedHashMap<>();

    /// Versions whose write or sync has failed. They are read as if nothing had happened and may survive a power cut,
    /// but no later sync makes them durable: so does Linux.
    private final Map<Long, List<byte[]>> limbo = new LinkedHashMap<>();

    /// Sizes since the last sync, oldest first: the first one is on the medium, the last one counts.
    private final List<Long> sizes = new ArrayList<>();

    private CrashDisk(Map<Long, byte[]> medium) {
        this.medium = medium;
    }

    /// An empty one.
    static CrashDisk create() {
        CrashDisk empty = new CrashDisk(new HashMap<>());
        empty.sizes.add(0L);
        return empty;
    }

    /// A disk that holds what is on the medium of this one.
    CrashDisk copyOfMedium() {
        CrashDisk copy = new CrashDisk(new HashMap<>(medium));
        copy.sizes.add(sizes.getFirst());
        return copy;
    }

    /// A disk that holds what this one holds, with nothing more durable than here.
    CrashDisk copy() {
        CrashDisk copy = new CrashDisk(new HashMap<>(medium));
        addAll(cache, copy.cache);
        addAll(limbo, copy.limbo);
        copy.sizes.addAll(sizes);
        return copy;
    }

    private static void addAll(Map<Long, List<byte[]>> from, Map<Long, List<byte[]>> to) {
        from.forEach((sector, written) ->
                to.computeIfAbsent(sector, s -> new ArrayList<>()).addAll(written));
    }

    long size() {
        return sizes.getLast();
    }

    void read(long position, MemorySegment into) {
        for (long at = 0; at < into.byteSize(); at += SECTOR) {
            MemorySegment.copy(newest((position + at) / SECTOR), 0, into, JAVA_BYTE, at, SECTOR);
        }
    }

    private byte[] newest(long sector) {
        List<byte[]> written = cache.containsKey(sector) ? cache.get(sector) : limbo.get(sector);
        return written == null ? onMedium(sector) : written.getLast();
    }

    private byte[] onMedium(long sector) {
        byte[] bytes = medium.get(sector);
        return bytes == null ? new byte[SECTOR] : bytes;
    }

    // ---- writing and syncing --------------------------------------------------------------------------------------

    /// A new version of a sector.
    void write(long sector, byte[] bytes) {
        put(cache, sector, bytes);
    }

    /// A new version of a sector, of a write that fails all the same.
    void writeAndFail(long sector, byte[] bytes) {
        put(limbo, sector, bytes);
    }

    private static void put(Map<Long, List<byte[]>> to, long sector, byte[] bytes) {
        to.computeIfAbsent(sector, s -> new ArrayList<>()).add(bytes);
    }

    /// Moves the end; what lies behind a smaller one reads as zeros when it comes back.
    void resize(long newSize) {
        if (newSize < size()) {
            zero(newSize, size() - newSize);
        }
        sizes.add(newSize);
    }

    /// New versions of the sectors of a range, all zeros.
    void zero(long position, long length) {
        for (long sector = position / SECTOR; sector < (position + length) / SECTOR; sector++) {
            if (medium.containsKey(sector) || cache.containsKey(sector) || limbo.containsKey(sector)) {
                put(cache, sector, new byte[SECTOR]);
            }
        }
    }

    /// Moves to the medium whatever has not failed.
    void sync() {
        cache.forEach((sector, written) -> {
            medium.put(sector, written.getLast());
            limbo.remove(sector);
        });
        cache.clear();
        settle(size());
    }

    /// A sync fails: no later one makes durable what this one should have.
    void failSync() {
        addAll(cache, limbo);
        cache.clear();
    }

    private void settle(long size) {
        boolean isCutOff = sizes.stream().anyMatch(larger -> larger > size);
        sizes.clear();
        sizes.add(size);
        if (isCutOff) {
            medium.keySet().removeIf(sector -> sector * SECTOR >= size);
        }
    }

    // ---- the end of the power -------------------------------------------------------------------------------------

    /// Cuts the power: what survives is on the medium, and nothing is in the cache.
    ///
    /// @param torn how many of 1,000 sectors are torn inside
    void cutPower(SplittableRandom fate, int torn) {
        Map<Long, List<byte[]>> versions = new LinkedHashMap<>();
        addAll(limbo, versions);
        addAll(cache, versions);
        limbo.clear();
        cache.clear();
        // How much of the cache reached the medium: little, most, or anything between. Without this, an outcome in
        // which nearly all of a large group is there would never be drawn.
        int kept = fate.nextInt(4) == 0 ? 1000 * fate.nextInt(2) : fate.nextInt(1001);
        versions.forEach((sector, written) -> {
            if (fate.nextInt(1000) < kept) {
                byte[] content = written.get(fate.nextInt(written.size()));
                medium.put(sector, fate.nextInt(1000) < torn ? tear(content, fate) : content);
            }
        });
        settle(sizes.get(fate.nextInt(sizes.size())));
    }

    private static byte[] tear(byte[] content, SplittableRandom fate) {
        byte[] torn = content.clone();
        for (int i = fate.nextInt(SECTOR); i < SECTOR; i++) {
            torn[i] = (byte) fate.nextInt();
        }
        return torn;
    }

    // ---- damage that no sync prevents -----------------------------------------------------------------------------

    /// One bit of the medium turns.
    void flipBit(long position, int bit) {
        byte[] sector = onMedium(position / SECTOR).clone();
        sector[(int) (position % SECTOR)] ^= (byte) (1 << bit);
        replace(position / SECTOR, sector);
    }

    /// Sectors read as zeros from now on.
    void wipe(long position, long length) {
        for (long sector = position / SECTOR; sector < (position + length) / SECTOR; sector++) {
            replace(sector, new byte[SECTOR]);
        }
    }

    /// Sectors hold from now on what others have on the medium.
    void copySectors(long from, long to, long length) {
        for (long at = 0; at < length; at += SECTOR) {
            replace((to + at) / SECTOR, onMedium((from + at) / SECTOR));
        }
    }

    void overwrite(long position, byte[] bytes) {
        for (int at = 0; at < bytes.length; at += SECTOR) {
            replace((position + at) / SECTOR, Arrays.copyOfRange(bytes, at, at + SECTOR));
        }
    }

    /// On the medium, and whatever else was written to the sector is forgotten.
    private void replace(long sector, byte[] bytes) {
        medium.put(sector, bytes);
        cache.remove(sector);
        limbo.remove(sector);
    }
}
