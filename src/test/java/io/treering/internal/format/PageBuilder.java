package io.treering.internal.format;

import io.treering.internal.bytes.KeyHash;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/// Builds pages slowly and plainly, from the words of the layout alone: none of the constants under test is used.
public final class PageBuilder {
    private PageBuilder() {}

    public record Entry(byte[] key, byte[] value, boolean overflow) {
        public static Entry of(byte[] key, byte[] value) {
            return new Entry(key, value, false);
        }

        public static Entry overflow(byte[] key, int page, int crc, long length) {
            ByteBuffer reference = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
            reference.putInt(page).putInt(crc).putLong(length);
            return new Entry(key, reference.array(), true);
        }
    }

    public record Child(byte[] separator, int page, int crc) {}

    /// The bytes of a leaf, checksum included; null if the entries do not fit.
    public static byte[] leaf(int pageSize, int page, long birth, List<Entry> entries) {
        int count = entries.size();
        int prefix = commonPrefix(entries.stream().map(Entry::key).toList());
        int slots = 32 + roundUp8(count);
        int heads = slots + roundUp8(2 * count);
        int end = heads + 8 * count + prefix;
        for (Entry entry : entries) {
            end += 4 + entry.key.length - prefix + entry.value.length;
        }
        if (end > pageSize - 32) {
            return null;
        }
        ByteBuffer bytes = header(pageSize, 1, 0, count, page, birth, prefix, end);
        int at = heads + 8 * count;
        bytes.put(at, entries.getFirst().key, 0, prefix);
        at += prefix;
        for (int i = 0; i < count; i++) {
            Entry entry = entries.get(i);
            byte[] suffix = Arrays.copyOfRange(entry.key, prefix, entry.key.length);
            bytes.put(32 + i, (byte) (KeyHash.hash(entry.key, entry.key.length) >>> 56));
            bytes.putShort(slots + 2 * i, (short) at);
            bytes.put(heads + 8 * i, Arrays.copyOf(suffix, 8));
            bytes.putShort(at, (short) (suffix.length | (entry.overflow ? 0x1000 : 0)));
            bytes.putShort(at + 2, (short) entry.value.length);
            bytes.put(at + 4, suffix);
            bytes.put(at + 4 + suffix.length, entry.value);
            at += 4 + suffix.length + entry.value.length;
        }
        return sealed(bytes);
    }

    /// The bytes of a branch, checksum included; null if the children do not fit.
    public static byte[] branch(int pageSize, int page, long birth, int level, List<Child> children) {
        int count = children.size();
        int prefix = commonPrefix(children.stream().map(Child::separator).toList());
        int ids = 48 + 8 * count;
        int crcs = ids + 4 * count;
        int slots = crcs + 4 * count;
        int end = slots + 2 * count + prefix;
        for (Child child : children) {
            int suffix = child.separator.length - prefix;
            end += suffix > 8 ? 2 + suffix - 8 : 0;
        }
        if (end > pageSize - 32) {
            return null;
        }
        ByteBuffer bytes = header(pageSize, 2, level, count, page, birth, prefix, end);
        int tail = slots + 2 * count;
        bytes.put(tail, children.getFirst().separator, 0, prefix);
        tail += prefix;
        for (int i = 0; i < count; i++) {
            Child child = children.get(i);
            byte[] suffix = Arrays.copyOfRange(child.separator, prefix, child.separator.length);
            bytes.put(48 + 8 * i, Arrays.copyOf(suffix, 8));
            bytes.putInt(ids + 4 * i, child.page);
            bytes.putInt(crcs + 4 * i, child.crc);
            bytes.putShort(slots + 2 * i, (short) (suffix.length <= 8 ? suffix.length : tail));
            if (suffix.length > 8) {
                bytes.putShort(tail, (short) (suffix.length - 8));
                bytes.put(tail + 2, suffix, 8, suffix.length - 8);
                tail += 2 + suffix.length - 8;
            }
        }
        model(bytes, count);
        return sealed(bytes);
    }

    /// A line through the heads at 1 and at the end, and how far it misses.
    private static void model(ByteBuffer bytes, int count) {
        if (count < 3) {
            return;
        }
        long first = bigEndian(bytes, 48 + 8);
        long range = (bigEndian(bytes, 48 + 8 * (count - 1)) - first) >>> 1;
        double slope = range == 0 ? 0 : (count - 2) / (double) range;
        int error = 0;
        for (int i = 1; i < count; i++) {
            long distance = (bigEndian(bytes, 48 + 8 * i) - first) >>> 1;
            error = Math.max(error, Math.abs(1 + (int) (slope * distance) - i));
        }
        bytes.putDouble(32, slope);
        bytes.putShort(40, (short) error);
        bytes.putShort(42, (short) 1);
    }

    /// Gives a page whose bytes were changed the checksum that fits, and returns it.
    public static int fixCrc(byte[] page) {
        CRC32C crc = new CRC32C();
        crc.update(page, 4, page.length - 4);
        ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).putInt(0, (int) crc.getValue());
        return (int) crc.getValue();
    }

    public static int crc(byte[] page) {
        return ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
    }

    public static void copyTo(byte[] page, MemorySegment memory, long offset) {
        MemorySegment.copy(MemorySegment.ofArray(page), 0, memory, offset, page.length);
    }

    private static ByteBuffer header(
            int pageSize, int type, int level, int count, int page, long birth, int prefix, int end) {
        ByteBuffer bytes = ByteBuffer.allocate(pageSize).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(4, (byte) type).put(5, (byte) level).putShort(6, (short) count);
        bytes.putInt(8, page).putLong(16, birth).putShort(24, (short) prefix).putShort(26, (short) end);
        return bytes;
    }

    private static byte[] sealed(ByteBuffer bytes) {
        fixCrc(bytes.array());
        return bytes.array();
    }

    private static long bigEndian(ByteBuffer bytes, int offset) {
        return Long.reverseBytes(bytes.getLong(offset));
    }

    private static int commonPrefix(List<byte[]> keys) {
        byte[] first = keys.getFirst();
        int common = first.length;
        for (byte[] key : keys) {
            int mismatch = Arrays.mismatch(first, key);
            common = Math.min(common, mismatch < 0 ? first.length : mismatch);
        }
        return common;
    }

    private static int roundUp8(int value) {
        return (value + 7) / 8 * 8;
    }
}
