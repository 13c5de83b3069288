package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.format.MetaPage;
import io.treering.testing.CrashDevice;
import io.treering.testing.CrashFaults;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The power goes while a store is being made: what is left is made anew. What may once have held something is not.
final class FormattingCrashTest {
    private static final int OUTCOMES = 6 * Integer.getInteger("treering.test.scale", 1);
    private static final long SEED = Long.getLong("treering.test.seed", 20_261_121L);

    /// Syncs until a store is made.
    private static final int FORMATTING_SYNCS = 2;

    private static PartitionConfig config(int pageSize) {
        return PartitionConfig.builder()
                .cacheSize(8L * 32_768)
                .writeBufferSize(64 << 10)
                .pageSize(pageSize)
                .walMode(WalMode.NONE)
                .build();
    }

    private static byte[] content(CrashDevice disk) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment all = arena.allocate(Math.max(1, disk.size()), 4096).asSlice(0, disk.size());
            if (disk.size() > 0) {
                disk.read(0, all);
            }
            return all.toArray(ValueLayout.JAVA_BYTE);
        }
    }

    private static void assertBecomesAStore(CrashDevice disk, int pageSize, String where) {
        try (Partition db = Partition.open(disk, config(pageSize))) {
            assertNull(db.get(bytes("key")), where);
            db.put(bytes("key"), bytes("value"));
            db.flush();
            assertTrue(db.check().isClean(), where);
        } catch (RuntimeException e) {
            throw new AssertionError(where, e);
        }
        try (Partition db = Partition.open(disk.with(CrashFaults.none()), config(pageSize))) {
            assertArrayEquals(bytes("value"), db.get(bytes("key")), where);
        }
    }

    /// A disk whose power goes in the given operation of an opening; null if the opening has fewer.
    private static CrashDevice cutWhileOpening(CrashDevice disk, int operation, int torn, int pageSize) {
        CrashDevice running = disk.with(CrashFaults.none().withTorn(torn).withPowerCutAt(operation));
        try (Partition db = Partition.open(running, config(pageSize))) {
            assertEquals(0, db.stats().entries());
        } catch (RuntimeException e) {
            if (!running.isDead()) {
                throw e;
            }
        }
        return running;
    }

    @ParameterizedTest
    @ValueSource(ints = {4_096, 8_192, 16_384, 32_768})
    void whereverThePowerGoesTheStoreIsMadeAtTheNextOpening(int pageSize) {
        for (int torn : new int[] {0, 300, 1000}) {
            boolean dead = true;
            for (int operation = 1; dead; operation++) {
                CrashDevice running =
                        cutWhileOpening(CrashDevice.create(512, SEED + operation), operation, torn, pageSize);
                dead = running.isDead();
                for (int seed = 0; seed < OUTCOMES; seed++) {
                    String where = "page size " + pageSize + ", operation " + operation + ", torn " + torn
                            + ", outcome " + seed + ", seed " + SEED;
                    assertBecomesAStore(running.afterPowerCut(SEED + seed), pageSize, where);
                }
            }
        }
    }

    /// The second attempt may be made with other settings than the first.
    @Test
    void aStoreIsMadeAfterAttemptsOfDifferentPageSizesWereCutOff() {
        Random random = new Random(SEED);
        int[] sizes = {4_096, 8_192, 16_384, 32_768};
        for (int round = 0; round < 10 * OUTCOMES; round++) {
            CrashDevice disk = CrashDevice.create(512, SEED + round);
            StringBuilder where = new StringBuilder("seed " + SEED + ", round " + round);
            for (int cut = 0; cut < 3; cut++) {
                int operation = 1 + random.nextInt(8);
                int pageSize = sizes[random.nextInt(sizes.length)];
                where.append(", operation ").append(operation).append(" at ").append(pageSize);
                disk = cutWhileOpening(disk, operation, 200, pageSize).afterPowerCut();
            }
            int last = sizes[random.nextInt(sizes.length)];
            assertBecomesAStore(disk, last, where + ", then " + last);
        }
    }

    /// A store of which nothing but the first meta blocks is missing, and what these are.
    private static CrashDevice almostMade(int pageSize, byte[] metaSector) {
        for (int operation = 1; ; operation++) {
            CrashDevice running = cutWhileOpening(CrashDevice.create(512, SEED), operation, 0, pageSize);
            if (running.counters().syncs() == FORMATTING_SYNCS) {
                byte[] made = content(running.afterKill());
                System.arraycopy(made, 0, metaSector, 0, metaSector.length);
                CrashDevice disk = running.afterKill();
                disk.sync();
                disk = disk.with(CrashFaults.none());
                disk.zero(0, MetaPage.ALL_BYTES);
                return disk;
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4_096, 8_192, 16_384, 32_768})
    void aFirstMetaSlotThatIsThereInAnyPartIsMadeAnew(int pageSize) {
        byte[] sector = new byte[CrashDevice.SECTOR];
        CrashDevice blank = almostMade(pageSize, sector);
        Random random = new Random(SEED);
        int fine = pageSize == 4_096 ? 64 : 0;
        for (int cut = 0; cut <= sector.length; cut += cut < fine ? 1 : 32) {
            byte[] torn = sector.clone();
            byte[] rest = new byte[sector.length - cut];
            random.nextBytes(rest);
            System.arraycopy(rest, 0, torn, cut, rest.length);
            for (List<byte[]> copies : List.of(
                    List.of(torn, new byte[CrashDevice.SECTOR]),
                    List.of(new byte[CrashDevice.SECTOR], torn),
                    List.of(torn, torn),
                    List.of(sector, torn),
                    List.of(torn, sector))) {
                CrashDevice disk = blank.with(CrashFaults.none());
                for (int copy = 0; copy < MetaPage.COPIES; copy++) {
                    disk.overwrite(MetaPage.position(0, copy), copies.get(copy));
                }
                assertBecomesAStore(disk, pageSize, "page size " + pageSize + ", torn at " + cut);
            }
        }
    }

    private static CrashDevice storeWithOneEntry() {
        CrashDevice disk = CrashDevice.create(512, SEED);
        try (Partition db = Partition.open(disk, config(4_096))) {
            db.put(bytes("key"), bytes("value"));
        }
        return disk.with(CrashFaults.none());
    }

    private static void assertRefused(CrashDevice disk, String what) {
        byte[] before = content(disk);
        assertThrows(
                CorruptionException.class,
                () -> Partition.open(disk, config(4_096)).close(),
                what);
        assertArrayEquals(before, content(disk.afterKill()), what + ": it was changed");
    }

    @Test
    void aStoreThatLostItsMetaBlocksIsNotMadeAnew() {
        CrashDevice blank = storeWithOneEntry();
        blank.zero(0, MetaPage.ALL_BYTES);
        assertRefused(blank, "no meta block");
        CrashDevice garbage = storeWithOneEntry();
        garbage.zero(0, MetaPage.ALL_BYTES);
        garbage.overwrite(MetaPage.position(0, 0), Arrays.copyOf(bytes("........TREERING"), CrashDevice.SECTOR));
        assertRefused(garbage, "a torn first meta block");
        CrashDevice beginning = storeWithOneEntry();
        beginning.zero(0, 38 * 4_096);
        assertRefused(beginning, "no meta block and no account of pages");
    }

    @Test
    void oneByteAnywhereElseIsReasonEnoughNotToMakeAStoreAnew() {
        CrashDevice blank = almostMade(4_096, new byte[CrashDevice.SECTOR]);
        byte[] one = new byte[CrashDevice.SECTOR];
        one[77] = 1;
        Random random = new Random(SEED);
        for (int page = 0; page < blank.size() / 4_096; page += 1 + random.nextInt(5)) {
            CrashDevice disk = blank.with(CrashFaults.none());
            disk.overwrite(page * 4_096L, one);
            if (isFormatted(page)) {
                assertBecomesAStore(disk, 4_096, "page " + page);
            } else {
                assertRefused(disk, "page " + page);
            }
        }
    }

    /// Whether formatting writes there: the first meta slot, or the account with pages of any size.
    private static boolean isFormatted(int page) {
        boolean found = page == 0 || page == 2;
        for (int each = 1; each <= 8; each *= 2) {
            int first = Math.max(1, 4 / each);
            found |= page / each == first || page / each == first + 32;
        }
        return found;
    }

    @Test
    void withAMetaBlockBegunTheAccountOfPagesMustBeWhole() {
        for (int page : new int[] {4, 36}) {
            CrashDevice disk = almostMade(4_096, new byte[CrashDevice.SECTOR]);
            byte[] torn = new byte[CrashDevice.SECTOR];
            torn[9] = 'R';
            disk.overwrite(MetaPage.position(0, 1), torn);
            disk.flipBit(page * 4_096L + 100, 3);
            assertRefused(disk, "page " + page);
        }
    }

    /// What is read of it may be in a cache only, from which a write that failed will never reach the medium.
    @Test
    void theMetaBlockThatWasFoundIsWrittenAgainBeforeTheNextOne() {
        CrashDevice sound = CrashDevice.create(512, SEED);
        assertBecomesAStore(sound, 4_096, "a sound store");
        CrashDevice damaged = sound.with(CrashFaults.none());
        int slot = newestSlot(content(damaged));
        damaged.flipBit(MetaPage.position(slot, 1), 3);
        byte[] newest = slot(content(damaged), slot, 0);
        byte[] other = slot(content(damaged), 1 - slot, 0);
        boolean seen = false;
        boolean dead = true;
        for (int operation = 1; dead; operation++) {
            CrashDevice running = damaged.with(CrashFaults.none().withPowerCutAt(operation));
            try (Partition db = Partition.open(running, config(4_096))) {
                assertArrayEquals(bytes("value"), db.get(bytes("key")));
            } catch (RuntimeException e) {
                assertTrue(running.isDead(), e::toString);
            }
            dead = running.isDead();
            byte[] after = content(running.afterPowerCut(SEED));
            if (Arrays.equals(newest, slot(after, slot, 0))) {
                boolean overwritten = !Arrays.equals(other, slot(after, 1 - slot, 0));
                boolean mended = Arrays.equals(newest, slot(after, slot, 1));
                assertTrue(mended || !overwritten, "operation " + operation + ", seed " + SEED);
                seen |= mended && !overwritten;
            }
        }
        assertTrue(seen, "the block was never written again");
    }

    private static int newestSlot(byte[] content) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment blocks = arena.allocate(MetaPage.ALL_BYTES, 8);
            MemorySegment.copy(content, 0, blocks, ValueLayout.JAVA_BYTE, 0, MetaPage.ALL_BYTES);
            MetaPage.Choice choice = MetaPage.choose("test", blocks, 0);
            assertEquals(MetaPage.COPIES, choice == null ? 0 : choice.copies());
            return choice == null ? -1 : choice.slot();
        }
    }

    private static byte[] slot(byte[] content, int slot, int copy) {
        int from = (int) MetaPage.position(slot, copy);
        return Arrays.copyOfRange(content, from, from + MetaPage.BLOCK_BYTES);
    }
}
