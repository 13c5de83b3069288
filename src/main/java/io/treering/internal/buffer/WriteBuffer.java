package io.treering.internal.buffer;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.internal.bytes.Bytes;
import io.treering.internal.bytes.CacheLines;
import io.treering.internal.bytes.HeadRange;
import io.treering.internal.bytes.KeyOrder;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.function.LongConsumer;

/// Recent writes of a partition: every version of every key, found by hash and, on demand, in order.
///
/// ## Threads
///
/// One writer, locked by the caller, appends and publishes; any number of readers take no lock and write nothing. An
/// entry's bytes are written plainly, then its index slot is stored with release semantics, which readers load with
/// acquire semantics. What a slot leads to is complete, but not yet to be seen: readers take the newest version whose
/// sequence is not above [#visible], which the writer raises by [#publish]. So a batch appears whole.
///
/// ## Trust
///
/// A buffer is one life of its [BufferMemory]. Readers may still be at work when the memory is recycled. So nothing
/// that was read from it is trusted: offsets and lengths are bounded by the arena before use, chains go strictly down
/// in reference and in sequence, and whoever copied something calls [#isCurrent] before using it. Only then did the
/// bytes belong to this buffer.
///
/// Lengths come out of an entry together, by one read of its [#shape]. The accessors that take an entry and return one
/// length or offset are for those who know that the memory is not recycled meanwhile: the writer and the flusher.
public final class WriteBuffer {
    /// From here on `MemorySegment.mismatch` beats a loop over eight bytes.
    private static final int LONG_KEY = 48;

    private static final VarHandle VISIBLE;
    private static final VarHandle END;
    private static final VarHandle LEAST_HEAD;
    private static final VarHandle GREATEST_HEAD;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            VISIBLE = field(lookup, "visible");
            END = field(lookup, "end");
            LEAST_HEAD = field(lookup, "leastHead");
            GREATEST_HEAD = field(lookup, "greatestHead");
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BufferMemory owner;
    private final MemorySegment memory;
    private final long incarnation;
    private final long arenaEnd;
    private final int slots;
    private final int keyLimit;
    private final SortedRuns order;

    /// Every write up to this sequence may be read. Raised by the writer.
    private long visible;

    /// Where the next entry goes; everything below is complete. Raised by the writer.
    private long end = BufferMemory.FIRST_ENTRY;

    /// The range of the heads of all keys, empty at first. Widened by the writer before it publishes.
    private long leastHead = -1;

    private long greatestHead;

    // The writer's own.
    private int keys;
    private boolean referring;
    private int count;
    private long firstSequence;
    private long lastSequence;
    private long lastEntry;
    private boolean ascending = true;

    WriteBuffer(BufferMemory owner, long visible) {
        this.owner = owner;
        this.memory = owner.memory();
        this.incarnation = owner.incarnation();
        this.arenaEnd = owner.arenaEnd();
        this.slots = owner.slots();
        this.keyLimit = slots / 4 * 3;
        this.order = new SortedRuns(this);
        this.visible = visible;
    }

    private static VarHandle field(MethodHandles.Lookup lookup, String name) throws ReflectiveOperationException {
        return lookup.findVarHandle(WriteBuffer.class, name, long.class).withInvokeExactBehavior();
    }

    // ---- the writer ------------------------------------------------------------------------------------------------

    /// Whether that many appends, with that many bytes of keys and values in all, are sure to succeed.
    public boolean hasRoom(int entries, long keyAndValueBytes) {
        return keys + (long) entries <= keyLimit
                && BufferEntry.largestSize(entries, keyAndValueBytes) <= arenaEnd - end;
    }

    /// Appends a version of a key. Readers do not see it before [#publish].
    ///
    /// @param hash the key's hash as `KeyHash` has it
    /// @param sequence above that of every earlier entry
    /// @param kind [BufferEntry#PUT], [BufferEntry#DELETE] or [BufferEntry#PUT_OVERFLOW]
    /// @return the entry's offset, or 0 when the buffer is full
    public long append(
            byte[] key,
            int keyLength,
            long hash,
            byte[] value,
            int valueOffset,
            int valueLength,
            long sequence,
            int kind) {
        long entry = reserve(keyLength, valueLength);
        if (entry == 0) {
            return 0;
        }
        MemorySegment.copy(value, valueOffset, memory, JAVA_BYTE, entry + BufferEntry.KEY + keyLength, valueLength);
        complete(entry, key, keyLength, hash, valueLength, sequence, kind);
        return entry;
    }

    /// Reads the slot where a key's search will begin. For who appends many, and would wait for each slot otherwise.
    ///
    /// @return something for [CacheLines#keep]
    public long touchSlot(long hash) {
        return Bytes.i64(memory, home((int) (hash >>> 32)));
    }

    /// Lets readers see every entry up to a sequence.
    public void publish(long newVisible) {
        assert newVisible >= visible : newVisible + " < " + visible;
        VISIBLE.setRelease(this, newVisible);
    }

    private long reserve(int keyLength, int valueLength) {
        assert keyLength >= 0 && keyLength <= BufferEntry.MAXIMUM_KEY_BYTES && valueLength >= 0;
        if (keys >= keyLimit || BufferEntry.size(keyLength, valueLength) > arenaEnd - end) {
            return 0;
        }
        return end;
    }

    private void complete(long entry, byte[] key, int keyLength, long hash, int valueLength, long sequence, int kind) {
        assert sequence > lastSequence : sequence + " after " + lastSequence;
        MemorySegment.copy(key, 0, memory, JAVA_BYTE, entry + BufferEntry.KEY, keyLength);
        int upperHash = (int) (hash >>> 32);
        Bytes.putI64(memory, entry + BufferEntry.SEQUENCE, sequence);
        Bytes.putI32(memory, entry + BufferEntry.HASH, upperHash);
        Bytes.putI64(memory, entry + BufferEntry.SHAPE, BufferEntry.shape(keyLength, valueLength, kind));
        long head = KeyOrder.head(key, 0, keyLength);
        ascending = ascending && isAboveLast(head, key, keyLength);
        lastEntry = entry;
        if (kind == BufferEntry.PUT_OVERFLOW) {
            referring = true;
        }
        widenRange(head);
        if (count++ == 0) {
            firstSequence = sequence;
        }
        lastSequence = sequence;
        link(entry, key, keyLength, upperHash);
        END.setRelease(this, entry + BufferEntry.size(keyLength, valueLength));
    }

    /// Puts the entry into the index: in the slot of the key's older version, or in a free one.
    private void link(long entry, byte[] key, int keyLength, int upperHash) {
        long content = ((long) upperHash << 32) | (entry >>> BufferEntry.REFERENCE_SHIFT);
        for (long slot = home(upperHash); ; slot = following(slot)) {
            long found = Bytes.i64(memory, slot);
            if (found == 0) {
                keys++;
                Bytes.putI32(memory, entry + BufferEntry.OLDER, 0);
                BufferMemory.SLOT.setRelease(memory, slot, content);
                return;
            }
            if ((int) (found >>> 32) == upperHash && holdsKey(entryOf(found), key, keyLength)) {
                Bytes.putI32(memory, entry + BufferEntry.OLDER, (int) found);
                BufferMemory.SLOT.setRelease(memory, slot, content);
                return;
            }
        }
    }

    /// Whether a key is above the one before it, if all before it have ascended.
    private boolean isAboveLast(long head, byte[] key, int keyLength) {
        if (count == 0 || head != greatestHead) {
            return Long.compareUnsigned(head, greatestHead) >= 0;
        }
        return KeyOrder.compare(key, 0, keyLength, memory, keyOffset(lastEntry), keyLength(lastEntry)) > 0;
    }

    private void widenRange(long head) {
        if (Long.compareUnsigned(head, leastHead) < 0) {
            LEAST_HEAD.setOpaque(this, head);
        }
        if (Long.compareUnsigned(head, greatestHead) > 0) {
            GREATEST_HEAD.setOpaque(this, head);
        }
    }

    /// Zeroes the slots that this buffer used. A walk clears from an entry's home to the end of its cluster, so what is
    /// clear in a cluster is always its tail, and a walk that meets an empty slot has nothing to do behind it.
    void clearOwnSlots() {
        for (long entry = BufferMemory.FIRST_ENTRY; entry < end; entry = behind(entry)) {
            int upperHash = Bytes.i32(memory, entry + BufferEntry.HASH);
            for (long slot = home(upperHash); Bytes.i64(memory, slot) != 0; slot = following(slot)) {
                Bytes.putI64(memory, slot, 0);
            }
        }
    }

    // ---- readers ---------------------------------------------------------------------------------------------------

    /// The newest sequence that may be read.
    public long visible() {
        return (long) VISIBLE.getAcquire(this);
    }

    /// Whether the memory still belongs to this buffer. What was read or copied from it before the call is good if so,
    /// and must be thrown away if not.
    public boolean isCurrent() {
        VarHandle.loadLoadFence();
        return owner.incarnation() == incarnation;
    }

    /// False if no entry that was visible at the reader's last call of [#visible] has such a key. Looks at no entry.
    ///
    /// @param head of the key, see [KeyOrder#head]
    public boolean mayHold(long head) {
        return HeadRange.holds((long) LEAST_HEAD.getOpaque(this), (long) GREATEST_HEAD.getOpaque(this), head);
    }

    /// Whether any entry has a sequence up to one that was visible. By one field, which is set once: what is written
    /// for the first time just now counts as nothing, before and behind.
    public boolean holdsAnyUpTo(long sequence) {
        long first = firstSequence;
        return first != 0 && first <= sequence;
    }

    /// The heads of all keys.
    public HeadRange heads() {
        return new HeadRange((long) LEAST_HEAD.getOpaque(this), (long) GREATEST_HEAD.getOpaque(this));
    }

    /// The key's newest version whose sequence is not above the given one: its offset, or 0.
    public long find(byte[] key, int keyLength, long hash, long sequence) {
        int upperHash = (int) (hash >>> 32);
        long slot = home(upperHash);
        for (int probe = 0; probe < slots; probe++) {
            long found = (long) BufferMemory.SLOT.getAcquire(memory, slot);
            if (found == 0) {
                return 0;
            }
            if ((int) (found >>> 32) == upperHash) {
                long entry = entryOf(found);
                if (holdsKey(entry, key, keyLength)) {
                    return newestUpTo(entry, sequence);
                }
            }
            slot = following(slot);
        }
        return 0;
    }

    /// The newest of an entry and its older versions whose sequence is not above the given one, or 0.
    long newestUpTo(long entry, long sequence) {
        long at = entry;
        long newer = Long.MAX_VALUE;
        while (at != 0) {
            long found = sequence(at);
            if (found <= sequence) {
                return found <= 0 || found >= newer ? 0 : at;
            }
            long older = older(at);
            if (found >= newer || older >= at) {
                return 0;
            }
            newer = found;
            at = older;
        }
        return 0;
    }

    /// An entry's kind and lengths, read at once; 0 if they do not fit the arena, which an entry of this buffer never
    /// shows. Taken apart by [BufferEntry#kind], [BufferEntry#keyLength], [BufferEntry#valueLength]; the key starts
    /// at [#keyOffset], and the value right behind the key.
    public long shape(long entry) {
        long shape = Bytes.i64(memory, entry + BufferEntry.SHAPE);
        long valueLength = BufferEntry.valueLength(shape);
        long room = arenaEnd - entry - BufferEntry.KEY - BufferEntry.keyLength(shape);
        return valueLength < 0 || valueLength > room ? 0 : shape;
    }

    /// The memory that entries' offsets refer to.
    public MemorySegment memory() {
        return memory;
    }

    /// Hands out the entries in the order in which they came, older versions included. For those who know that the
    /// memory is not recycled meanwhile.
    ///
    /// @param from where an earlier call ended, or 0
    /// @return where the next call goes on
    public long forEachFrom(long from, LongConsumer consumer) {
        long stop = end();
        long entry = Math.max(from, BufferMemory.FIRST_ENTRY);
        while (entry < stop) {
            consumer.accept(entry);
            entry = behind(entry);
        }
        return entry;
    }

    private long behind(long entry) {
        long shape = shape(entry);
        return entry + BufferEntry.size(BufferEntry.keyLength(shape), BufferEntry.valueLength(shape));
    }

    public long sequence(long entry) {
        return Bytes.i64(memory, entry + BufferEntry.SEQUENCE);
    }

    /// The upper half of the hash of the entry's key.
    public int upperHash(long entry) {
        return Bytes.i32(memory, entry + BufferEntry.HASH);
    }

    /// The fingerprint of the entry's key.
    public byte fingerprint(long entry) {
        return (byte) (upperHash(entry) >>> 24);
    }

    public long keyOffset(long entry) {
        return entry + BufferEntry.KEY;
    }

    public int kind(long entry) {
        return BufferEntry.kind(shape(entry));
    }

    public int keyLength(long entry) {
        return BufferEntry.keyLength(shape(entry));
    }

    /// Where the value of an entry starts whose shape was read: inside the arena, and so is its end, whatever
    /// happened to the memory since.
    public long valueOffset(long entry, long shape) {
        return entry + BufferEntry.KEY + BufferEntry.keyLength(shape);
    }

    public long valueOffset(long entry) {
        return entry + BufferEntry.KEY + keyLength(entry);
    }

    public int valueLength(long entry) {
        return BufferEntry.valueLength(shape(entry));
    }

    /// The next older version of the entry's key in this buffer, or 0.
    public long older(long entry) {
        return bounded(Bytes.u32(memory, entry + BufferEntry.OLDER) << BufferEntry.REFERENCE_SHIFT);
    }

    /// The order of all entries up to a sequence: the newest version of each key as of it.
    ///
    /// Costs what sorting the entries costs that came since the last call; later calls build on it. Takes a lock that
    /// the writer never takes.
    public SortedEntries ordered(long upToSequence) {
        return order.upTo(Math.min(upToSequence, visible()));
    }

    /// The order of the entries in `(after, upTo]`, for a merge: the newest version of each key within the window.
    public SortedEntries between(long after, long upTo) {
        return order.between(after, Math.min(upTo, visible()));
    }

    // ---- what the buffer holds: exact for the writer and once the buffer is frozen, a little late for others ------

    /// The sequence of the first entry, 0 while there is none.
    public long firstSequence() {
        return firstSequence;
    }

    /// The sequence of the last entry, 0 while there is none.
    public long lastSequence() {
        return lastSequence;
    }

    /// Entries, older versions included.
    public int count() {
        return count;
    }

    /// Distinct keys.
    public int keys() {
        return keys;
    }

    public boolean isEmpty() {
        return count == 0;
    }

    /// Whether any entry, an older version included, refers to an overflow run.
    public boolean holdsReferences() {
        return referring;
    }

    /// Whether each key was above the one before it.
    public boolean isAscending() {
        return ascending;
    }

    /// Bytes of the arena that entries can take.
    public long capacity() {
        return arenaEnd - BufferMemory.FIRST_ENTRY;
    }

    /// How many keys it takes at most.
    public int keyLimit() {
        return keyLimit;
    }

    /// Bytes of the Java heap: the order of the entries, as far as somebody asked for it.
    public long heapBytes() {
        return order.heapBytes();
    }

    /// Bytes of the arena in use.
    public long bytes() {
        return end() - BufferMemory.FIRST_ENTRY;
    }

    // ---- shared ----------------------------------------------------------------------------------------------------

    /// Reads an entry's first two cache lines. Behind the last entry stands the index.
    long touchStart(long entry) {
        return Bytes.i64(memory, entry) + Bytes.i64(memory, entry + CacheLines.BYTES);
    }

    /// Reads an entry's last cache line, if it has more than two.
    long touchEnd(long entry) {
        long shape = shape(entry);
        long bytes = BufferEntry.size(BufferEntry.keyLength(shape), BufferEntry.valueLength(shape));
        return bytes > 2 * CacheLines.BYTES ? Bytes.i64(memory, entry + bytes - Long.BYTES) : 0;
    }

    /// Where complete entries end.
    long end() {
        return (long) END.getAcquire(this);
    }

    long arenaEnd() {
        return arenaEnd;
    }

    /// How many bytes the heads of all keys have in common.
    int commonHeadBytes() {
        long difference = (long) LEAST_HEAD.getOpaque(this) ^ (long) GREATEST_HEAD.getOpaque(this);
        return Long.numberOfLeadingZeros(difference) / Byte.SIZE;
    }

    private boolean holdsKey(long entry, byte[] key, int keyLength) {
        if (entry == 0 || keyLength(entry) != keyLength) {
            return false;
        }
        long at = entry + BufferEntry.KEY;
        if (keyLength > LONG_KEY) {
            return KeyOrder.equal(key, 0, keyLength, memory, at, keyLength);
        }
        int i = 0;
        for (; i + Long.BYTES <= keyLength; i += Long.BYTES) {
            if ((long) Bytes.ARRAY_LE_LONG.get(key, i) != Bytes.i64(memory, at + i)) {
                return false;
            }
        }
        for (; i < keyLength; i++) {
            if ((key[i] & 0xff) != Bytes.u8(memory, at + i)) {
                return false;
            }
        }
        return true;
    }

    private long entryOf(long slot) {
        return bounded((slot & 0xffff_ffffL) << BufferEntry.REFERENCE_SHIFT);
    }

    /// The offset itself if an entry can stand there, else 0.
    private long bounded(long entry) {
        return entry >= BufferMemory.FIRST_ENTRY && entry <= arenaEnd - BufferEntry.KEY ? entry : 0;
    }

    private long home(int upperHash) {
        return arenaEnd + (((upperHash & 0xffff_ffffL) * slots) >>> 32) * BufferMemory.SLOT_BYTES;
    }

    private long following(long slot) {
        long next = slot + BufferMemory.SLOT_BYTES;
        return next == arenaEnd + slots * BufferMemory.SLOT_BYTES ? arenaEnd : next;
    }
}
