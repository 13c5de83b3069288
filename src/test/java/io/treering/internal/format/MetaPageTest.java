package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CorruptionException;
import io.treering.TreeringException;
import io.treering.UnsupportedFormatException;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.HeadRange;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetaPageTest {
    private static final long SEED = Long.getLong("treering.test.seed", 99);
    private static final UUID STORE = new UUID(0x0123456789abcdefL, 0xfedcba9876543210L);

    private final Arena arena = Arena.ofConfined();

    /// Some bytes off the start, so that an offset that is left out is noticed.
    private static final long OFFSET = 64;

    private final MemorySegment memory = arena.allocate(OFFSET + MetaPage.ALL_BYTES, 8);

    @AfterEach
    void close() {
        arena.close();
    }

    private static Meta meta(long commit) {
        return Meta.builder(STORE, 8192)
                .commit(commit)
                .clean(commit % 2 == 0)
                .generations(commit + 10, commit + 20)
                .sequence(commit * 1_000)
                .root(77, 3, (int) commit * -7)
                .heads(new HeadRange(5L << 32, 6L << 32))
                .entries(123_456_789_012L)
                .livePages(900)
                .filePages(1_000)
                .wal(5, 1L << 40)
                .walRegion(500, 256)
                .summaries(List.of(new SlotReference(1, -5), new SlotReference(0, 6)))
                .build();
    }

    private void write(Meta meta, int slot, int copy) {
        MetaPage.encode(meta, slot, memory, OFFSET + MetaPage.position(slot, copy));
    }

    private void writeBoth(Meta meta, int slot) {
        write(meta, slot, 0);
        write(meta, slot, 1);
    }

    private MetaPage.Choice choose() {
        MetaPage.Choice choice = MetaPage.choose("test", memory, OFFSET);
        assertNotNull(choice);
        return choice;
    }

    @Test
    void whatIsWrittenIsRead() {
        writeBoth(meta(7), 1);
        MetaPage.Choice choice = choose();
        assertEquals(meta(7), choice.meta());
        assertEquals(meta(7), choice.meta().toBuilder().build());
        assertEquals(1, choice.slot());
        assertEquals(0, choice.nextSlot());
        assertEquals(2, choice.copies());
        assertFalse(choice.meta().isEmptyTree());
    }

    @Test
    void aFullListOfSummariesFits() {
        List<SlotReference> most = Collections.nCopies(MetaPage.MAXIMUM_SUMMARIES, new SlotReference(1, 9));
        Meta full = meta(1).toBuilder().summaries(most).build();
        write(full, 0, 0);
        assertEquals(most, choose().meta().summaries());
        Meta tooMany = meta(1).toBuilder()
                .summaries(Collections.nCopies(MetaPage.MAXIMUM_SUMMARIES + 1, new SlotReference(1, 9)))
                .build();
        assertThrows(IllegalArgumentException.class, () -> write(tooMany, 0, 0));
        int largest = new SpaceLayout(4096).summaries(Integer.MAX_VALUE);
        assertTrue(largest <= MetaPage.MAXIMUM_SUMMARIES, "summaries of the largest file: " + largest);
    }

    @Test
    void theNewestCommitWins() {
        writeBoth(meta(7), 0);
        writeBoth(meta(8), 1);
        assertEquals(8, choose().meta().commit());
        assertEquals(1, choose().slot());
        writeBoth(meta(9), 0);
        assertEquals(9, choose().meta().commit());
        assertEquals(0, choose().slot());
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,1", "1,0", "1,1"})
    void oneSoundCopyIsEnough(int slot, int copy) {
        writeBoth(meta(7), 0);
        writeBoth(meta(8), 1);
        Bytes.putU8(memory, OFFSET + MetaPage.position(slot, 1 - copy) + 1_000, 1);
        assertEquals(8, choose().meta().commit());
        assertEquals(slot == 1 ? 1 : 2, choose().copies());
        Bytes.putU8(memory, OFFSET + MetaPage.position(slot, copy) + 1_000, 1);
        assertEquals(slot == 1 ? 7 : 8, choose().meta().commit());
    }

    @Test
    void aCommitOfWhichOneCopyArrivedIsTheNewest() {
        writeBoth(meta(7), 0);
        writeBoth(meta(6), 1);
        write(meta(8), 1, 1);
        MetaPage.Choice choice = choose();
        assertEquals(8, choice.meta().commit());
        assertEquals(1, choice.slot());
        assertEquals(1, choice.copies());
    }

    @Test
    void nothingButDamageIsDamage() {
        writeBoth(meta(7), 0);
        writeBoth(meta(8), 1);
        for (int block = 0; block < 4; block++) {
            Bytes.putU8(memory, OFFSET + block * 4096L + 60, 0x55);
        }
        assertThrows(CorruptionException.class, this::choose);
    }

    @Test
    void aFileThatWasNeverAStoreIsNotDamage() {
        assertNull(MetaPage.choose("test", memory, OFFSET));
        Bytes.putI64(memory, OFFSET + MetaPage.ALL_BYTES - 8, 1);
        assertNull(MetaPage.choose("test", memory, OFFSET));
        assertFalse(MetaPage.isAnySound(memory, OFFSET));
    }

    @Test
    void aBlockIsSoundUntilABitTurnsWhicheverItIs() {
        for (int slot = 0; slot < MetaPage.SLOTS; slot++) {
            for (int copy = 0; copy < MetaPage.COPIES; copy++) {
                write(meta(7), slot, copy);
                assertTrue(MetaPage.isAnySound(memory, OFFSET));
                Bytes.putU8(memory, OFFSET + MetaPage.position(slot, copy) + 60, 0x55);
                assertFalse(MetaPage.isAnySound(memory, OFFSET));
            }
        }
    }

    @Test
    void anotherVersionIsRefusedByItsNumberEvenBesideAnOldBlockOfOurs() {
        writeBoth(meta(7), 0);
        write(meta(8), 1, 0);
        long block = OFFSET + MetaPage.position(1, 0);
        Bytes.putI32(memory, block + MetaPage.VERSION, 2);
        // Without a right checksum it is damage, and there are sound blocks.
        assertEquals(7, choose().meta().commit());
        Bytes.putI32(memory, block, MetaPage.checksum(memory, block));
        UnsupportedFormatException thrown = assertThrows(UnsupportedFormatException.class, this::choose);
        assertEquals(2, thrown.found());
        assertEquals(1, thrown.supported());
    }

    @Test
    void blocksThatContradictEachOtherAreRefused() {
        writeBoth(meta(7), 0);
        write(meta(7), 1, 0);
        assertThrows(CorruptionException.class, this::choose);
        write(meta(6), 1, 0);
        assertEquals(7, choose().meta().commit());
        write(meta(7).toBuilder().sequence(1).build(), 0, 1);
        assertThrows(CorruptionException.class, this::choose);
    }

    /// A read that went astray may bring the older slot's last copy where the newest block is expected, and then no
    /// more.
    @Test
    void aBlockOfTheOtherSlotIsRefused() {
        writeBoth(meta(6), 1);
        assertEquals(6, choose().meta().commit());
        MemorySegment strayed = memory.asSlice(OFFSET + MetaPage.position(1, 1), MetaPage.BLOCK_BYTES);
        memory.asSlice(OFFSET, MetaPage.BLOCK_BYTES).copyFrom(strayed);
        memory.asSlice(OFFSET + MetaPage.BLOCK_BYTES).fill((byte) 0);
        assertThrows(CorruptionException.class, this::choose);
    }

    @Test
    void blocksOfTwoStoresAreRefused() {
        writeBoth(meta(7), 0);
        Meta other = Meta.builder(new UUID(1, 2), 8192)
                .commit(6)
                .filePages(100)
                .summaries(meta(1).summaries())
                .build();
        write(other, 1, 0);
        assertThrows(CorruptionException.class, this::choose);
    }

    @Test
    void everyFlippedBitOfABlockIsNoticed() {
        write(meta(7), 0, 0);
        for (int bit = 0; bit < MetaPage.BLOCK_BYTES * 8; bit++) {
            flip(bit);
            boolean inMagic = bit / 64 == 1;
            if (inMagic) {
                assertNull(MetaPage.choose("test", memory, OFFSET));
            } else {
                assertThrows(CorruptionException.class, this::choose);
            }
            flip(bit);
        }
        assertEquals(meta(7), choose().meta());
    }

    private void flip(int bit) {
        long at = OFFSET + bit / 8;
        Bytes.putU8(memory, at, Bytes.u8(memory, at) ^ (1 << bit % 8));
    }

    @ParameterizedTest
    @CsvSource({
        "32, 0",
        "32, 2048",
        "32, 65536",
        "32, 12288",
        "32, -4096",
        "36, 1",
        "37, 2",
        "38, 1",
        "40, -1",
        "40, 16",
        "44, 1",
        "52, -1",
        "60, -1",
        "56, 28",
        "68, -1",
        "76, -1",
        "72, 0",
        "80, -1",
        "80, 1",
        "80, 1000",
        "92, -1",
        "96, 1",
        "100, 1",
        "104, 1",
        "116, -1",
        "124, -1",
        "128, -1",
        "128, 1",
        "128, 745",
        "132, 0",
        "132, 501",
        "132, -1",
        "136, 1001",
        "140, -1",
        "144, -1",
        "152, 0",
        "256, 0",
        "256, -1",
        "256, 480",
        "260, 2",
        "260, -1"
    })
    void aSenselessFieldIsRefusedThoughTheChecksumIsRight(int offset, int value) {
        write(meta(7), 0, 0);
        Bytes.putI32(memory, OFFSET + offset, value);
        Bytes.putI32(memory, OFFSET, MetaPage.checksum(memory, OFFSET));
        assertThrows(CorruptionException.class, this::choose);
    }

    @Test
    void anEmptyTreeHasNothingInIt() {
        Meta empty = meta(1).toBuilder()
                .root(0, 0, 0)
                .heads(HeadRange.EMPTY)
                .entries(0)
                .build();
        write(empty, 0, 0);
        assertTrue(choose().meta().isEmptyTree());
        for (Meta wrong : List.of(
                empty.toBuilder().root(0, 1, 0).build(),
                empty.toBuilder().root(0, 0, 1).build(),
                empty.toBuilder().heads(HeadRange.ALL).build(),
                meta(1).toBuilder().heads(HeadRange.EMPTY).build(),
                empty.toBuilder().entries(1).build(),
                empty.toBuilder().walRegion(0, 1).build(),
                meta(1).toBuilder().generations(0, 5).build())) {
            write(wrong, 0, 0);
            assertThrows(CorruptionException.class, this::choose);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyForgeryIsRefusedOrMakesSense(long round) {
        SplittableRandom random = new SplittableRandom(SEED + round);
        int accepted = 0;
        for (int i = 0; i < 20_000; i++) {
            write(meta(7), 0, 0);
            for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
                int at = 4 * random.nextInt(1, 70);
                Bytes.putI32(memory, OFFSET + at, random.nextBoolean() ? random.nextInt() : random.nextInt(1_200));
            }
            Bytes.putI32(memory, OFFSET, MetaPage.checksum(memory, OFFSET));
            try {
                MetaPage.Choice choice = MetaPage.choose("test", memory, OFFSET);
                if (choice != null) {
                    accepted++;
                    assertSensible(choice.meta());
                }
            } catch (TreeringException e) {
                assertTrue(e instanceof CorruptionException || e instanceof UnsupportedFormatException);
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + SEED + ", forgery " + i, e);
            }
        }
        assertTrue(accepted > 0);
    }

    private static void assertSensible(Meta meta) {
        assertTrue(meta.rootPage() < meta.filePages());
        assertTrue((long) meta.walFirstPage() + meta.walPages() <= meta.filePages());
        assertTrue(meta.livePages() <= meta.filePages());
        assertTrue(meta.generation() < meta.nextGeneration());
        assertTrue(meta.commit() > 0);
    }

    @Test
    void theBlocksTakeTheFirstPages() {
        assertEquals(4, MetaPage.firstPage(4096));
        assertEquals(2, MetaPage.firstPage(8192));
        assertEquals(1, MetaPage.firstPage(16384));
        assertEquals(1, MetaPage.firstPage(32768));
    }
}
