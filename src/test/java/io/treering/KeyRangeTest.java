package io.treering;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// Ranges against what they say of each key: all short keys over bytes that are extreme in one way or another.
class KeyRangeTest {
    private static final byte[] BYTES = {0, 1, 0x7f, (byte) 0x80, (byte) 0xfe, (byte) 0xff};
    private static final int LONGEST = 4;

    /// Every key of up to four of these bytes, in the order of keys: 1,555 of them.
    private static final NavigableSet<byte[]> KEYS = keys();

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void aRangeHoldsTheKeysThatItsMakerSays(@ForAll("ranges") Tuple2<KeyRange, Predicate<byte[]>> given) {
        assertHolds(given.get1(), given.get2());
    }

    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void anIntersectionHoldsTheKeysThatBothHold(
            @ForAll("ranges") Tuple2<KeyRange, Predicate<byte[]>> one,
            @ForAll("ranges") Tuple2<KeyRange, Predicate<byte[]>> other) {
        assertHolds(one.get1().and(other.get1()), one.get2().and(other.get2()));
        assertEquals(one.get1().and(other.get1()), other.get1().and(one.get1()));
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void aRangeIsEmptyIfAndOnlyIfItHoldsNotEvenItsFirstKey(
            @ForAll("ranges") Tuple2<KeyRange, Predicate<byte[]>> one,
            @ForAll("ranges") Tuple2<KeyRange, Predicate<byte[]>> other) {
        KeyRange range = one.get1().and(other.get1());
        byte[] first = range.from();
        assertEquals(!range.contains(first == null ? new byte[0] : first), range.isEmpty());
    }

    private static void assertHolds(KeyRange range, Predicate<byte[]> expected) {
        byte[] from = range.from();
        byte[] to = range.to();
        for (byte[] key : KEYS) {
            assertEquals(expected.test(key), range.contains(key), () -> range + " and " + Arrays.toString(key));
            assertEquals(expected.test(key), range.reversed().contains(key));
            boolean betweenBounds = (from == null || Arrays.compareUnsigned(from, key) <= 0)
                    && (to == null || Arrays.compareUnsigned(key, to) < 0);
            assertEquals(expected.test(key), betweenBounds, () -> range + " and " + Arrays.toString(key));
        }
    }

    @Provide
    Arbitrary<Tuple2<KeyRange, Predicate<byte[]>>> ranges() {
        return Combinators.combine(Arbitraries.integers().between(0, 7), key(), key())
                .as((kind, a, b) -> switch (kind) {
                    case 0 -> Tuple.of(KeyRange.all(), key -> true);
                    case 1 -> Tuple.of(KeyRange.prefix(a), key -> startsWith(key, a));
                    case 2 -> Tuple.of(KeyRange.atLeast(a), key -> Arrays.compareUnsigned(key, a) >= 0);
                    case 3 -> Tuple.of(KeyRange.greaterThan(a), key -> Arrays.compareUnsigned(key, a) > 0);
                    case 4 -> Tuple.of(KeyRange.atMost(a), key -> Arrays.compareUnsigned(key, a) <= 0);
                    case 5 -> Tuple.of(KeyRange.lessThan(a), key -> Arrays.compareUnsigned(key, a) < 0);
                    case 6 ->
                        Tuple.of(
                                KeyRange.of(a, b),
                                key -> Arrays.compareUnsigned(key, a) >= 0 && Arrays.compareUnsigned(key, b) < 0);
                    default ->
                        Tuple.of(
                                KeyRange.closed(a, b),
                                key -> Arrays.compareUnsigned(key, a) >= 0 && Arrays.compareUnsigned(key, b) <= 0);
                });
    }

    private static Arbitrary<byte[]> key() {
        return Arbitraries.of(KEYS);
    }

    private static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static NavigableSet<byte[]> keys() {
        NavigableSet<byte[]> keys = new TreeSet<>(Arrays::compareUnsigned);
        List<byte[]> longest = List.of(new byte[0]);
        for (int length = 0; length <= LONGEST; length++) {
            keys.addAll(longest);
            longest = longest.stream().flatMap(KeyRangeTest::oneLonger).toList();
        }
        return keys;
    }

    private static Stream<byte[]> oneLonger(byte[] key) {
        return IntStream.range(0, BYTES.length).mapToObj(i -> {
            byte[] longer = Arrays.copyOf(key, key.length + 1);
            longer[key.length] = BYTES[i];
            return longer;
        });
    }

    @Test
    void nullIsAnOpenEnd() {
        assertEquals(KeyRange.all(), KeyRange.of(null, null));
        assertEquals(KeyRange.all(), KeyRange.closed(null, null));
        assertEquals(KeyRange.atLeast(bytes(5)), KeyRange.of(bytes(5), null));
        assertEquals(KeyRange.atLeast(bytes(5)), KeyRange.closed(bytes(5), null));
        assertEquals(KeyRange.lessThan(bytes(5)), KeyRange.of(null, bytes(5)));
        assertEquals(KeyRange.atMost(bytes(5)), KeyRange.closed(null, bytes(5)));
        assertNull(KeyRange.all().from());
        assertNull(KeyRange.all().to());
    }

    @Test
    void aPrefixOfHighestBytesHasNoUpperBound() {
        assertNull(KeyRange.prefix(bytes(0xff, 0xff)).to());
        assertNull(KeyRange.prefix(bytes()).to());
        assertArrayEquals(bytes(1, 3), KeyRange.prefix(bytes(1, 2, 0xff, 0xff)).to());
        assertArrayEquals(bytes(0x80), KeyRange.prefix(bytes(0x7f)).to());
    }

    @Test
    void boundsAreCopiedOnTheirWayInAndOut() {
        for (KeyRange range : List.of(
                made(KeyRange::prefix),
                made(KeyRange::atLeast),
                made(KeyRange::greaterThan),
                made(KeyRange::atMost),
                made(KeyRange::lessThan),
                made(key -> KeyRange.of(key, key)),
                made(key -> KeyRange.closed(key, key)))) {
            KeyRange before = KeyRange.of(range.from(), range.to());
            scramble(range.from());
            scramble(range.to());
            assertEquals(before, range);
        }
    }

    /// A range made from an array that is changed afterwards.
    private static KeyRange made(Function<byte[], KeyRange> maker) {
        byte[] key = bytes(7, 7);
        KeyRange expected = maker.apply(key.clone());
        KeyRange range = maker.apply(key);
        scramble(key);
        assertEquals(expected, range);
        return range;
    }

    private static void scramble(byte[] bytes) {
        if (bytes != null) {
            Arrays.fill(bytes, (byte) 99);
        }
    }

    @Test
    void reversingTwiceGoesUpAgain() {
        KeyRange range = KeyRange.prefix(bytes(1));
        assertFalse(range.isReversed());
        assertTrue(range.reversed().isReversed());
        assertNotEquals(range, range.reversed());
        assertEquals(range, range.reversed().reversed());
        assertEquals(range.hashCode(), range.reversed().reversed().hashCode());
    }

    @Test
    void anIntersectionGoesInTheDirectionOfTheOneThatWasAsked() {
        KeyRange up = KeyRange.atLeast(bytes(1));
        KeyRange down = KeyRange.atMost(bytes(3)).reversed();
        assertFalse(up.and(down).isReversed());
        assertTrue(down.and(up).isReversed());
    }

    @Test
    void showsItsBounds() {
        assertEquals("[01ff, 02)", KeyRange.prefix(bytes(1, 0xff)).toString());
        assertEquals("[, ∞) reversed", KeyRange.all().reversed().toString());
    }

    @Test
    void nullKeysAreRefusedByName() {
        assertEquals("prefix", nullRefused(() -> KeyRange.prefix(null)));
        assertEquals("key", nullRefused(() -> KeyRange.atLeast(null)));
        assertEquals("key", nullRefused(() -> KeyRange.greaterThan(null)));
        assertEquals("key", nullRefused(() -> KeyRange.atMost(null)));
        assertEquals("key", nullRefused(() -> KeyRange.lessThan(null)));
        assertEquals("key", nullRefused(() -> KeyRange.atLeast(bytes(1)).contains(null)));
    }

    private static String nullRefused(Executable call) {
        return assertThrows(NullPointerException.class, call).getMessage();
    }

    private static byte[] bytes(int... values) {
        byte[] bytes = new byte[values.length];
        for (int i = 0; i < values.length; i++) {
            bytes[i] = (byte) values[i];
        }
        return bytes;
    }
}
