package io.treering;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
    private static final VarHandle LENGTH = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN)
            .withInvokeExactBehavior();

    private final List<Block> blocks = new ArrayList<>();
    private int size;
    private long byteSize;

    private static final class Block {
        final byte[] bytes;
        int used;

        Block(int capacity) {
            bytes = new byte[capacity];
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
        Block block = blockFor(key.length, value.length);
        int at = begin(block, key.length, value.length);
        System.arraycopy(key, 0, block.bytes, at, key.length);
        System.arraycopy(value, 0, block.bytes, at + key.length, value.length);
        complete(block, key.length, value.length);
    }

    @Override
    public void put(MemorySegment key, MemorySegment value) {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        Block block = blockFor(key.byteSize(), value.byteSize());
        int keyLength = (int) key.byteSize();
        int valueLength = (int) value.byteSize();
        int at = begin(block, keyLength, valueLength);
        MemorySegment.copy(key, JAVA_BYTE, 0, block.bytes, at, keyLength);
        MemorySegment.copy(value, JAVA_BYTE, 0, block.bytes, at + keyLength, valueLength);
        complete(block, keyLength, valueLength);
    }

    @Override
    public void delete(byte[] key) {
        Objects.requireNonNull(key, "key");
        Block block = blockFor(key.length, 0);
        System.arraycopy(key, 0, block.bytes, begin(block, key.length, DELETE), key.length);
        complete(block, key.length, 0);
    }

    @Override
    public void delete(MemorySegment key) {
        Objects.requireNonNull(key, "key");
        Block block = blockFor(key.byteSize(), 0);
        int keyLength = (int) key.byteSize();
        MemorySegment.copy(key, JAVA_BYTE, 0, block.bytes, begin(block, keyLength, DELETE), keyLength);
        complete(block, keyLength, 0);
    }

    /// One with room for an operation.
    private Block blockFor(long keyLength, long valueLength) {
        if (keyLength > MAXIMUM_KEY_LENGTH) {
            throw new IllegalArgumentException("A key has at most " + MAXIMUM_KEY_LENGTH + " bytes, not " + keyLength);
        }
        if (valueLength > MAXIMUM_VALUE_LENGTH) {
            throw new IllegalArgumentException(
                    "A value has at most " + MAXIMUM_VALUE_LENGTH + " bytes, not " + valueLength);
        }
        int needed = (int) (HEADER + keyLength + valueLength);
        Block last = blocks.isEmpty() ? null : blocks.getLast();
        if (last != null && needed <= last.bytes.length - last.used) {
            return last;
        }
        long doubled = last == null ? FIRST_BLOCK : 2L * last.bytes.length;
        Block block = new Block((int) Math.max(needed, Math.min(doubled, LARGEST_USUAL_BLOCK)));
        blocks.add(block);
        return block;
    }

    /// @return where the key goes, and the value behind it
    private static int begin(Block block, int keyLength, int valueLength) {
        LENGTH.set(block.bytes, block.used, keyLength);
        LENGTH.set(block.bytes, block.used + Integer.BYTES, valueLength);
        return block.used + HEADER;
    }

    /// Last: a closed segment, say, has thrown by now, and the batch is what it was.
    private void complete(Block block, int keyLength, int valueLength) {
        block.used += HEADER + keyLength + valueLength;
        size = Math.addExact(size, 1);
        byteSize += keyLength + valueLength;
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
            MemorySegment bytes = MemorySegment.ofArray(block.bytes).asReadOnly();
            for (int at = 0; at < block.used; ) {
                int keyLength = (int) LENGTH.get(block.bytes, at);
                int valueLength = (int) LENGTH.get(block.bytes, at + Integer.BYTES);
                int keyStart = at + HEADER;
                int valueStart = keyStart + keyLength;
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
            if (block.bytes.length <= LARGEST_USUAL_BLOCK) {
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
