package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.OverflowReference;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Collection;

/// Operations laid out in native memory of exactly the size they need, so that a read past the last one fails.
final class ListedOperations implements MergeSource {
    private final MemorySegment memory;
    private final long[] keyOffsets;
    private final int[] keyLengths;
    private final int[] valueLengths;
    private final int[] kinds;
    private final byte[] fingerprints;
    private int at = -1;

    /// @param operations ascending by key
    /// @param store takes the runs of [MergeSource#PUT_OVERFLOW]
    ListedOperations(Collection<Operation> operations, HeapPageStore store) {
        int count = operations.size();
        keyOffsets = new long[count];
        keyLengths = new int[count];
        valueLengths = new int[count];
        kinds = new int[count];
        fingerprints = new byte[count];
        long size = 0;
        for (Operation operation : operations) {
            size += operation.key().length + valueBytes(operation);
        }
        memory = Arena.ofAuto().allocate(Math.max(1, size), 1);
        int i = 0;
        long offset = 0;
        for (Operation operation : operations) {
            keyOffsets[i] = offset;
            keyLengths[i] = operation.key().length;
            valueLengths[i] = valueBytes(operation);
            kinds[i] = operation.kind();
            fingerprints[i] = KeyHash.fingerprint(KeyHash.hash(operation.key(), operation.key().length));
            MemorySegment.copy(operation.key(), 0, memory, JAVA_BYTE, offset, operation.key().length);
            offset += operation.key().length;
            writeValue(operation, offset, store);
            offset += valueLengths[i];
            i++;
        }
    }

    private static int valueBytes(Operation operation) {
        return operation.kind() == PUT_OVERFLOW ? OverflowReference.BYTES : operation.value().length;
    }

    private void writeValue(Operation operation, long offset, HeapPageStore store) {
        if (operation.kind() == PUT_OVERFLOW) {
            long reference = store.addRun(operation.key(), operation.value());
            OverflowReference.write(memory, offset, reference, operation.value().length);
        } else {
            MemorySegment.copy(operation.value(), 0, memory, JAVA_BYTE, offset, operation.value().length);
        }
    }

    @Override
    public boolean advance() {
        return ++at < keyOffsets.length;
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public long keyOffset() {
        return keyOffsets[at];
    }

    @Override
    public int keyLength() {
        return keyLengths[at];
    }

    @Override
    public byte fingerprint() {
        return fingerprints[at];
    }

    @Override
    public int kind() {
        return kinds[at];
    }

    @Override
    public long valueOffset() {
        return keyOffsets[at] + keyLengths[at];
    }

    @Override
    public int valueLength() {
        return valueLengths[at];
    }
}
