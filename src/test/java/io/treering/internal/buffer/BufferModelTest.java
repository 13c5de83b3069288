package io.treering.internal.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/// The same writes in a buffer and in a map of maps: every question gets the same answer.
class BufferModelTest {
    /// Versions by sequence, by key in key order.
    private final TreeMap<byte[], TreeMap<Long, String>> model = new TreeMap<>(Arrays::compareUnsigned);

    @Provide
    Arbitrary<byte[]> keys() {
        // Few letters and a common beginning: prefixes, ties in the head, zero bytes that look like padding.
        Arbitrary<String> tail =
                Arbitraries.strings().withChars('\0', 'a', 'b', '\u00ff').ofMaxLength(11);
        Arbitrary<String> start = Arbitraries.of("", "user:0000", "user:00000000000000", "user:0001", "\u00ff\u00ff");
        return start.flatMap(s -> tail.map(t -> BufferFixture.bytes(s + t)));
    }

    /// A key, and what happens: below 70 a write, else a scan or a question.
    @Provide
    Arbitrary<List<Tuple2<byte[], Integer>>> steps() {
        Arbitrary<Integer> action = Arbitraries.integers().between(0, 99);
        Arbitrary<byte[]> key = keys().list().ofMinSize(1).ofMaxSize(60).flatMap(Arbitraries::of);
        return Arbitraries.frequencyOf(
                        Tuple.of(2, keys()), Tuple.of(1, key), Tuple.of(1, Arbitraries.of(BufferFixture.bytes("hot"))))
                .flatMap(k -> action.map(a -> Tuple.of(k, a)))
                .list()
                .ofMaxSize(400);
    }

    @Property(tries = 150)
    void everyQuestionIsAnsweredAsByAMap(
            @ForAll("steps") List<Tuple2<byte[], Integer>> steps, @ForAll @IntRange(max = 7) int jump) {
        model.clear();
        try (BufferFixture fixture = new BufferFixture(256 << 10)) {
            for (Tuple2<byte[], Integer> step : steps) {
                byte[] key = step.get1();
                int action = step.get2();
                if (action < 70) {
                    write(fixture, key, action);
                    fixture.sequence += action % 5 == 0 ? jump : 0;
                } else {
                    long upTo = action < 85 ? fixture.sequence : fixture.sequence * action / 100;
                    ask(fixture, key, upTo);
                }
            }
            askAll(fixture);
        }
    }

    private void write(BufferFixture fixture, byte[] key, int action) {
        String value = "v" + action;
        int kind = action % 10 == 0 ? BufferEntry.DELETE : BufferEntry.PUT;
        byte[] bytes = kind == BufferEntry.DELETE ? new byte[0] : BufferFixture.bytes(value);
        long sequence = fixture.append(key, bytes, kind);
        String shown = kind == BufferEntry.DELETE ? "deleted" : value;
        model.computeIfAbsent(key, k -> new TreeMap<>())
                .put(sequence, BufferFixture.text(key) + "=" + shown + "@" + sequence);
    }

    private void ask(BufferFixture fixture, byte[] key, long upTo) {
        assertEquals(expected(key, upTo), fixture.show(fixture.find(key, upTo)));
        SortedEntries entries = fixture.buffer.ordered(upTo);
        assertEquals(expected(0, upTo), fixture.show(entries));
        BufferCursor cursor = entries.cursor();
        cursor.seek(key, key.length);
        assertEquals(neighbour(upTo, k -> Arrays.compareUnsigned(k, key) >= 0, true), fixture.show(cursor.entry()));
        cursor.next();
        cursor.seekForPrev(key, key.length);
        assertEquals(neighbour(upTo, k -> Arrays.compareUnsigned(k, key) <= 0, false), fixture.show(cursor.entry()));
    }

    private void askAll(BufferFixture fixture) {
        long last = fixture.sequence;
        for (long after : new long[] {0, last / 3, last - 1}) {
            for (long upTo : new long[] {last / 2, last}) {
                SortedEntries window = fixture.buffer.between(after, upTo);
                assertEquals(expected(after, upTo), fixture.show(window), "(" + after + ", " + upTo + "]");
            }
        }
        SortedEntries view = fixture.buffer.ordered(last);
        for (byte[] key : List.copyOf(model.keySet())) {
            BufferCursor cursor = view.cursor();
            assertEquals(true, cursor.seek(key, key.length));
            assertEquals(expected(key, last), fixture.show(cursor.entry()));
            assertEquals(true, cursor.seekForPrev(key, key.length));
            assertEquals(expected(key, last), fixture.show(cursor.entry()));
        }
    }

    private String expected(byte[] key, long upTo) {
        Map.Entry<Long, String> version =
                model.getOrDefault(key, new TreeMap<>()).floorEntry(upTo);
        return version == null ? "-" : version.getValue();
    }

    private List<String> expected(long after, long upTo) {
        List<String> result = new ArrayList<>();
        for (TreeMap<Long, String> versions : model.values()) {
            Map.Entry<Long, String> version = versions.floorEntry(upTo);
            if (version != null && version.getKey() > after) {
                result.add(version.getValue());
            }
        }
        return result;
    }

    private String neighbour(long upTo, Predicate<byte[]> side, boolean first) {
        String found = "-";
        for (Map.Entry<byte[], TreeMap<Long, String>> entry : model.entrySet()) {
            Map.Entry<Long, String> version = entry.getValue().floorEntry(upTo);
            if (version != null && side.test(entry.getKey())) {
                found = version.getValue();
                if (first) {
                    return found;
                }
            }
        }
        return found;
    }

    @Property(tries = 100)
    void aCursorWalksToAndFro(@ForAll("keyLists") List<byte[]> keys, @ForAll @Size(max = 300) List<Boolean> forwards) {
        model.clear();
        try (BufferFixture fixture = new BufferFixture(256 << 10)) {
            for (byte[] key : keys) {
                write(fixture, key, 1);
                if (key.length % 3 == 0) {
                    fixture.buffer.ordered(fixture.sequence);
                }
            }
            long upTo = fixture.sequence - keys.size() / 4;
            List<String> expected = expected(0, upTo);
            BufferCursor cursor = fixture.buffer.ordered(upTo).cursor();
            int at = -1;
            for (boolean forward : forwards) {
                at = forward ? Math.min(at + 1, expected.size()) : Math.max(at - 1, -1);
                boolean inside = at >= 0 && at < expected.size();
                assertEquals(inside, forward ? cursor.next() : cursor.previous());
                assertEquals(inside ? expected.get(at) : "-", fixture.show(cursor.entry()));
                assertEquals(inside, cursor.isValid());
            }
            assertEquals(!expected.isEmpty(), cursor.first());
            assertEquals(expected.isEmpty() ? "-" : expected.getFirst(), fixture.show(cursor.entry()));
            assertEquals(!expected.isEmpty(), cursor.last());
            assertEquals(expected.isEmpty() ? "-" : expected.getLast(), fixture.show(cursor.entry()));
        }
    }

    @Provide
    Arbitrary<List<byte[]>> keyLists() {
        return keys().list().ofMaxSize(80);
    }
}
