package io.treering.fuzz;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.CorruptionException;
import io.treering.KeyRange;
import io.treering.Partition;
import io.treering.PoisonedException;
import io.treering.Scan;
import io.treering.fuzz.StoreImage.Kind;
import io.treering.fuzz.StoreImage.Part;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Stores that were forged with right checksums, each in one way that hostile inputs have found, or a reader of the
/// code.
final class ForgedStoreTest {
    private static final int CLEAN = 37;
    private static final int COMMIT = 48;
    private static final int GENERATION = 56;
    private static final int NEXT_GENERATION = 72;
    private static final int SEQUENCE = 64;
    private static final int WAL_EPOCH = 112;
    private static final int WAL_HEAD = 120;
    private static final int WAL_FIRST_PAGE = 128;
    private static final int WAL_PAGES = 132;

    private static final int RECORD_BLOCK = 4096;
    private static final int MAGIC = 0x4c41_5754;
    private static final int RECORD_MAGIC = 4;
    private static final int RECORD_LSN = 8;
    private static final int RECORD_EPOCH = 16;
    private static final int RECORD_FIRST_SEQUENCE = 32;

    /// With a log, closed in order.
    private static final StoreImage IMAGE = StoreImages.all().getFirst();

    /// With several levels of branches.
    private static final StoreImage DEEP = StoreImages.all().get(1);

    /// The newest of the meta blocks.
    private static int meta(ByteBuffer data) {
        return data.getLong(COMMIT) > data.getLong(StoreImage.BLOCK + COMMIT) ? 0 : StoreImage.BLOCK;
    }

    private static Partition open(byte[] image) {
        return Partition.open(new HeapDevice(image), StoreImages.config().build());
    }

    private static void assertRefused(byte[] image) {
        assertThrows(CorruptionException.class, () -> open(image).close());
    }

    @Test
    void aLogOfTooFewPagesIsRefused() {
        assertRefused(Mutation.of(IMAGE, data -> data.putInt(meta(data) + WAL_PAGES, 1)));
    }

    @Test
    void aLogInFreePagesIsRefused() {
        assertRefused(Mutation.of(
                IMAGE,
                data -> data.putInt(
                        meta(data) + WAL_FIRST_PAGE,
                        IMAGE.bytes().length / IMAGE.pageSize() - data.getInt(meta(data) + WAL_PAGES))));
    }

    @Test
    void aLogInPagesThatKeepTheAccountIsRefused() {
        assertRefused(Mutation.of(IMAGE, data -> {
            data.putInt(meta(data) + WAL_FIRST_PAGE, 4);
            data.putInt(meta(data) + WAL_PAGES, 32);
        }));
    }

    /// Records of writes that have been merged, which the meta block says are still to come.
    @Test
    void aLogThatNamesARunOfTheTreeIsRefused() {
        byte[] forged = Mutation.of(IMAGE, data -> {
            int meta = meta(data);
            int region = data.getInt(meta + WAL_FIRST_PAGE) * IMAGE.pageSize();
            int end = region + data.getInt(meta + WAL_PAGES) * IMAGE.pageSize();
            int oldest = region;
            for (int record = region; record < end; record += RECORD_BLOCK) {
                boolean counts = data.getInt(record + RECORD_MAGIC) == MAGIC
                        && data.getLong(record + RECORD_EPOCH) == data.getLong(meta + WAL_EPOCH);
                oldest = counts && data.getLong(record + RECORD_LSN) < data.getLong(oldest + RECORD_LSN)
                        ? record
                        : oldest;
            }
            data.put(meta + CLEAN, (byte) 0);
            data.putLong(meta + WAL_HEAD, data.getLong(oldest + RECORD_LSN));
            data.putLong(meta + SEQUENCE, data.getLong(oldest + RECORD_FIRST_SEQUENCE) - 1);
        });
        CorruptionException refused =
                assertThrows(CorruptionException.class, () -> open(forged).close());
        assertTrue(refused.getMessage().contains("the log names them"), refused::getMessage);
    }

    /// The log's pages are in use, and so are those of the tree: only a walk can tell that some are both.
    @Test
    void aLogInPagesOfTheTreeIsDamage() {
        List<Part> runs = IMAGE.parts(Kind.RUN);
        byte[] forged = Mutation.of(IMAGE, data -> {
            int run = runs.stream().mapToInt(Part::page).min().orElseThrow();
            int first = data.getInt(meta(data) + WAL_FIRST_PAGE);
            assertTrue(run > first, "runs lie behind the log");
            data.putInt(meta(data) + WAL_PAGES, run + 1 - first);
        });
        try (Partition db = open(forged)) {
            assertFalse(db.check().isClean());
        } catch (CorruptionException refused) {
            assertTrue(refused.page() > 0);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 4_095, 2_048, -4_096, Long.MAX_VALUE, Long.MAX_VALUE - 4_095})
    void aLogThatCannotBeginWhereItSaysIsRefused(long head) {
        assertRefused(Mutation.of(IMAGE, data -> data.putLong(meta(data) + WAL_HEAD, head)));
    }

    /// Counting on from there would overflow.
    @ParameterizedTest
    @ValueSource(ints = {COMMIT, NEXT_GENERATION, SEQUENCE, WAL_EPOCH})
    void countsThatNoStoreReachesAreRefused(int field) {
        assertRefused(Mutation.of(IMAGE, data -> data.putLong(meta(data) + field, Long.MAX_VALUE)));
        assertRefused(Mutation.of(IMAGE, data -> {
            data.putLong(meta(data) + GENERATION, Long.MAX_VALUE - 1);
            data.putLong(meta(data) + NEXT_GENERATION, Long.MAX_VALUE);
        }));
    }

    /// Each leaf is sound, and so is the branch; only together they are not.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aScanThroughLeavesInTheWrongOrderFails(boolean forwards) {
        List<Part> leaves = IMAGE.parts(Kind.LEAF);
        Part one = leaves.get(1);
        Part other = leaves.get(2);
        byte[] forged = Mutation.of(IMAGE, data -> {
            byte[] first = Arrays.copyOfRange(data.array(), one.start(), one.start() + one.length());
            byte[] second = Arrays.copyOfRange(data.array(), other.start(), other.start() + other.length());
            data.put(one.start(), second).put(other.start(), first);
            data.putInt(one.start() + 8, one.page()).putInt(other.start() + 8, other.page());
        });
        try (Partition db = open(forged)) {
            KeyRange range = forwards ? KeyRange.all() : KeyRange.all().reversed();
            assertThrows(CorruptionException.class, () -> {
                byte[] last = null;
                try (Scan scan = db.scan(range)) {
                    while (scan.advance()) {
                        byte[] key = scan.key().toByteArray();
                        int order = last == null ? 0 : Arrays.compareUnsigned(last, key);
                        assertTrue(last == null || (forwards ? order < 0 : order > 0), "keys out of order");
                        last = key;
                    }
                }
            });
            assertFalse(db.check().isClean());
        }
    }

    /// A reference that leads to a sound page of another level. A merge has to notice it, too.
    @Test
    void aMergeThatMeetsAPageOfAnotherLevelFails() {
        Part leaf = DEEP.parts(Kind.LEAF).getFirst();
        assertMergeFails(Mutation.redirected(DEEP, DEEP.parts(Kind.BRANCH).get(1), leaf));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void aMergeThatMeetsAPageThatIsNoneFails(int page) {
        Part branch = DEEP.parts(Kind.BRANCH).get(1);
        assertMergeFails(
                Mutation.of(DEEP, data -> data.putInt(branch.reference().idAt(), page)));
    }

    private static void assertMergeFails(byte[] forged) {
        assertTrue(
                DEEP.parts(Kind.BRANCH).size() >= 3,
                "branches: " + DEEP.parts(Kind.BRANCH).size());
        Partition db = open(forged);
        PoisonedException failure = assertThrows(PoisonedException.class, () -> {
            for (int i = 0; i < 120; i++) {
                db.put(StoreImages.longKey(i), new byte[100]);
            }
            db.flush();
        });
        assertInstanceOf(CorruptionException.class, failure.getCause());
        db.close();
    }
}
