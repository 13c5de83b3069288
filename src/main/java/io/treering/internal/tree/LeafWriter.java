package io.treering.internal.tree;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.KeyOrder;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;

/// Writes one leaf, entry after entry.
final class LeafWriter {
    /// From so many neighbours on, fingerprints and heads are copied as a block.
    private static final int BLOCK = 8;

    private final MemorySegment memory;
    private final long page;
    private final int count;
    private final int prefix;
    private final long slots;
    private final long heads;

    private int index;

    /// Offset in the page of the next entry.
    private int at;

    /// @param firstKey the key that the first `prefix` bytes are taken from
    LeafWriter(MemorySegment memory, long page, int count, KeyBuffer firstKey, int prefix) {
        this.memory = memory;
        this.page = page;
        this.count = count;
        this.prefix = prefix;
        this.slots = page + LeafPage.slotsOffset(count);
        this.heads = page + LeafPage.headsOffset(count);
        this.at = LeafPage.entriesOffset(count, prefix);
        // The padding of fingerprints and slots.
        Bytes.putI64(memory, slots - Long.BYTES, 0);
        Bytes.putI64(memory, heads - Long.BYTES, 0);
        MemorySegment.copy(firstKey.bytes, 0, memory, JAVA_BYTE, page + LeafPage.prefixOffset(count), prefix);
    }

    /// Copies `entries` neighbours of an old leaf in the same memory.
    void copyOld(long old, int from, int entries) {
        int oldCount = PageHeader.count(memory, old);
        int oldPrefix = PageHeader.prefixLength(memory, old);
        copyFingerprints(old + LeafPage.FINGERPRINTS + from, entries);
        if (oldPrefix == prefix) {
            copyBlock(old, oldCount, from, entries);
        } else {
            for (int i = 0; i < entries; i++) {
                long entry = old + LeafPage.slot(memory, old, oldCount, from + i);
                if (prefix < oldPrefix) {
                    copyWithLongerSuffix(old, oldCount, oldPrefix, entry);
                } else {
                    copyWithShorterSuffix(oldPrefix, entry);
                }
            }
        }
    }

    private void copyFingerprints(long from, int entries) {
        long to = page + LeafPage.FINGERPRINTS + index;
        if (entries >= BLOCK) {
            MemorySegment.copy(memory, from, memory, to, entries);
        } else {
            for (int i = 0; i < entries; i++) {
                memory.set(JAVA_BYTE, to + i, memory.get(JAVA_BYTE, from + i));
            }
        }
    }

    private void copyBlock(long old, int oldCount, int from, int entries) {
        long oldSlots = old + LeafPage.slotsOffset(oldCount) + (long) LeafPage.SLOT_BYTES * from;
        int start = Bytes.u16(memory, oldSlots);
        int end = from + entries == oldCount
                ? PageHeader.entriesEnd(memory, old)
                : Bytes.u16(memory, oldSlots + (long) LeafPage.SLOT_BYTES * entries);
        MemorySegment.copy(memory, old + start, memory, page + at, end - start);
        int moved = at - start;
        long newSlots = slots + (long) LeafPage.SLOT_BYTES * index;
        for (int i = 0; i < entries; i++) {
            long slot = (long) LeafPage.SLOT_BYTES * i;
            Bytes.putU16(memory, newSlots + slot, Bytes.u16(memory, oldSlots + slot) + moved);
        }
        copyHeads(old + LeafPage.headsOffset(oldCount) + (long) LeafPage.HEAD_BYTES * from, entries);
        at += end - start;
        index += entries;
    }

    private void copyHeads(long from, int entries) {
        long to = heads + (long) LeafPage.HEAD_BYTES * index;
        if (entries >= BLOCK) {
            MemorySegment.copy(memory, from, memory, to, (long) LeafPage.HEAD_BYTES * entries);
        } else {
            for (long i = 0; i < (long) LeafPage.HEAD_BYTES * entries; i += LeafPage.HEAD_BYTES) {
                Bytes.putI64(memory, to + i, Bytes.i64(memory, from + i));
            }
        }
    }

    /// The page's prefix is shorter than that of the old one: what is missing goes to the suffix.
    private void copyWithLongerSuffix(long old, int oldCount, int oldPrefix, long entry) {
        int more = oldPrefix - prefix;
        int lengthAndFlags = Bytes.u16(memory, entry + LeafPage.ENTRY_SUFFIX_LENGTH);
        int valueLength = LeafPage.valueLength(memory, entry);
        int rest = (lengthAndFlags & LeafPage.SUFFIX_LENGTH_MASK) + valueLength;
        long to = begin(lengthAndFlags + more, valueLength);
        MemorySegment.copy(memory, old + LeafPage.prefixOffset(oldCount) + prefix, memory, to, more);
        MemorySegment.copy(memory, entry + LeafPage.ENTRY_HEADER_BYTES, memory, to + more, rest);
        end(to, (lengthAndFlags & LeafPage.SUFFIX_LENGTH_MASK) + more, valueLength);
    }

    /// The page's prefix is longer than that of the old one: the suffix begins with what is no longer needed.
    private void copyWithShorterSuffix(int oldPrefix, long entry) {
        int less = prefix - oldPrefix;
        int lengthAndFlags = Bytes.u16(memory, entry + LeafPage.ENTRY_SUFFIX_LENGTH);
        int valueLength = LeafPage.valueLength(memory, entry);
        int suffixLength = (lengthAndFlags & LeafPage.SUFFIX_LENGTH_MASK) - less;
        long to = begin(lengthAndFlags - less, valueLength);
        MemorySegment.copy(memory, entry + LeafPage.ENTRY_HEADER_BYTES + less, memory, to, suffixLength + valueLength);
        end(to, suffixLength, valueLength);
    }

    /// Writes an entry whose value follows its key.
    void put(MemorySegment from, long key, int keyLength, int valueLength, int flags, byte fingerprint) {
        int suffixLength = keyLength - prefix;
        memory.set(JAVA_BYTE, page + LeafPage.FINGERPRINTS + index, fingerprint);
        long to = begin(suffixLength | flags, valueLength);
        MemorySegment.copy(from, key + prefix, memory, to, suffixLength + valueLength);
        end(to, suffixLength, valueLength);
    }

    /// Writes an entry apart from its value.
    ///
    /// @return offset of the value, which the caller has to write
    long putKey(MemorySegment from, long key, int keyLength, int valueLength, int flags, byte fingerprint) {
        int suffixLength = keyLength - prefix;
        memory.set(JAVA_BYTE, page + LeafPage.FINGERPRINTS + index, fingerprint);
        long to = begin(suffixLength | flags, valueLength);
        MemorySegment.copy(from, key + prefix, memory, to, suffixLength);
        end(to, suffixLength, valueLength);
        return to + suffixLength;
    }

    /// Writes an entry's header and slot.
    ///
    /// @return offset of the suffix
    private long begin(int lengthAndFlags, int valueLength) {
        Bytes.putU16(memory, slots + (long) LeafPage.SLOT_BYTES * index, at);
        Bytes.putI32(memory, page + at + LeafPage.ENTRY_SUFFIX_LENGTH, lengthAndFlags | valueLength << Short.SIZE);
        return page + at + LeafPage.ENTRY_HEADER_BYTES;
    }

    /// Writes the head of an entry whose suffix is at `suffix`.
    private void end(long suffix, int suffixLength, int valueLength) {
        Bytes.putHead(memory, heads + (long) LeafPage.HEAD_BYTES * index, KeyOrder.head(memory, suffix, suffixLength));
        at += LeafPage.ENTRY_HEADER_BYTES + suffixLength + valueLength;
        index++;
    }

    /// Writes header and zeros.
    void finish(int pageId, long birth, int capacity) {
        assert index == count && at <= PageHeader.BYTES + capacity : "the plan was not exact";
        PageHeader.write(memory, page, PageHeader.LEAF, 0, count, pageId, birth, prefix, at);
        Bytes.zero(memory, page + at, page + PageHeader.BYTES + capacity + PageHeader.TRAILER_BYTES);
    }
}
