package io.treering;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Objects;

/// Puts and deletes that [Partition#write] carries out as one: all of them or none, to readers, in memory and after a
/// crash.
///
/// ```java
/// WriteBatch batch = new WriteBatch();
/// batch.put(accountA, lessMoney);
/// batch.put(accountB, moreMoney);
/// db.write(batch);
/// batch.clear();
/// ```
///
/// Operations are carried out in their order: of two on the same key, the later one counts. A batch is not tied to a
/// partition, has no effect until it is written, and may be written more than once. It keeps what was put into it in a
/// few blocks on the Java heap, and reuses one of them after [#clear()].
///
/// **Threads.** One at a time, and none may change it while another writes it.
public final class WriteBatch implements KeyValueWriter {
    /// The longest key of the largest pages. Which one a partition takes is known when the batch is written.
    private static final int MAXIMUM_KEY_LENGTH = 4095;

    private static final long MAXIMUM_VALUE_LENGTH = 1L << 30;

    private static final int FIRST_BLOCK = 1 << 10;
    private static final int LARGEST_USUAL_BLOCK = 1 << 20;

    // An operation: i32 key length, i32 value length or DELETE, key, value. One never spans two blocks.
    private static final int HEADER = 2 * Integer.BYTES;
    private static final int DELETE = -1;
    private static final ValueLayout.OfInt LENGTH = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final List<Block> blocks = new ArrayList<>();
    private int size;
    private long byteSize;

    private static final class Block {
        final MemorySegment bytes;
        long used;

        Block(int capacity) {
            bytes = MemorySegment.ofArray(new byte[capacity]);
        }
    }

    /// Looks at the operations of a batch: see [#forEach].
    public interface Visitor {
        /// A put.
        ///
        /// @param key the key: read-only, valid during the call
        /// @param value the value: read-only, valid during the call
        void put(MemorySegment key, MemorySegment value);

        /// A delete.
        ///
        /// @param key the key: read-only, valid during the call
        void delete(MemorySegment key);
    }

    /// A batch without operations.
    public WriteBatch() {}

    @Override
    public void put(byte[] key, byte[] value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        append(MemorySegment.ofArray(key), MemorySegment.ofArray(value), false);
    }

    @Override
    public void put(MemorySegment key, MemorySegment value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        append(key, value, false);
    }

    @Override
    public void delete(byte[] key) {
        Objects.requireNonNull(key, "key");
        append(MemorySegment.ofArray(key), MemorySegment.NULL, true);
    }

    @Override
    public void delete(MemorySegment key) {
        Objects.requireNonNull(key, "key");
        append(key, MemorySegment.NULL, true);
    }

    private void append(MemorySegment key, MemorySegment value, boolean delete) {
        long keyLength = key.byteSize();
        long valueLength = value.byteSize();
        if (keyLength > MAXIMUM_KEY_LENGTH) {
            throw new IllegalArgumentException("A key has at most " + MAXIMUM_KEY_LENGTH + " bytes, not " + keyLength);
        }
        if (valueLength > MAXIMUM_VALUE_LENGTH) {
            throw new IllegalArgumentException(
                    "A value has at most " + MAXIMUM_VALUE_LENGTH + " bytes, not " + valueLength);
        }
        Block block = blockFor((int) (HEADER + keyLength + valueLength));
        long at = block.used;
        block.bytes.set(LENGTH, at, (int) keyLength);
        block.bytes.set(LENGTH, at + Integer.BYTES, delete ? DELETE : (int) valueLength);
        MemorySegment.copy(key, 0, block.bytes, at + HEADER, keyLength);
        MemorySegment.copy(value, 0, block.bytes, at + HEADER + keyLength, valueLength);
        // Last: a closed segment, say, has thrown by now, and the batch is what it was.
        block.used = at + HEADER + keyLength + valueLength;
        size = Math.addExact(size, 1);
        byteSize += keyLength + valueLength;
    }

    private Block blockFor(int needed) {
        Block last = blocks.isEmpty() ? null : blocks.getLast();
        if (last != null && needed <= last.bytes.byteSize() - last.used) {
            return last;
        }
        long doubled = last == null ? FIRST_BLOCK : 2 * last.bytes.byteSize();
        Block block = new Block((int) Math.max(needed, Math.min(doubled, LARGEST_USUAL_BLOCK)));
        blocks.add(block);
        return block;
    }

    /// How many operations there are.
    ///
    /// @return the number of puts and deletes
    public int size() {
        return size;
    }

    /// How many bytes there are in the keys and values of all operations.
    ///
    /// @return the sum of their lengths
    public long byteSize() {
        return byteSize;
    }

    /// Whether there are no operations.
    ///
    /// @return whether the size is 0
    public boolean isEmpty() {
        return size == 0;
    }

    /// Shows the operations in their order.
    ///
    /// @param visitor is called for each operation; what it throws ends the visit and is passed on
    /// @throws ConcurrentModificationException if the batch is changed meanwhile
    public void forEach(Visitor visitor) {
        Objects.requireNonNull(visitor, "visitor");
        int expected = size;
        for (Block block : blocks) {
            MemorySegment bytes = block.bytes.asReadOnly();
            for (long at = 0; at < block.used; ) {
                int keyLength = bytes.get(LENGTH, at);
                int valueLength = bytes.get(LENGTH, at + Integer.BYTES);
                long keyStart = at + HEADER;
                long valueStart = keyStart + keyLength;
                MemorySegment key = bytes.asSlice(keyStart, keyLength);
                if (valueLength == DELETE) {
                    visitor.delete(key);
                    at = valueStart;
                } else {
                    visitor.put(key, bytes.asSlice(valueStart, valueLength));
                    at = valueStart + valueLength;
                }
                if (size != expected) {
                    throw new ConcurrentModificationException("The batch was changed by its visitor");
                }
            }
        }
    }

    /// Forgets all operations, so that the batch can be filled again.
    public void clear() {
        Block kept = null;
        for (Block block : blocks) {
            if (block.bytes.byteSize() <= LARGEST_USUAL_BLOCK) {
                kept = block;
            }
        }
        blocks.clear();
        if (kept != null) {
            kept.used = 0;
            blocks.add(kept);
        }
        size = 0;
        byteSize = 0;
    }

    /// The number of operations and bytes, for messages.
    @Override
    public String toString() {
        return "WriteBatch[" + size + " operations, " + byteSize + " bytes]";
    }
}
