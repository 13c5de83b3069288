package io.treering.internal.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Reads valid pages slowly and plainly, from the words of the layout alone.
public final class PageDecoder {
    private PageDecoder() {}

    public static List<PageBuilder.Entry> leaf(byte[] page) {
        ByteBuffer bytes = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        int count = bytes.getShort(6);
        int slots = 32 + (count + 7) / 8 * 8;
        int heads = slots + (2 * count + 7) / 8 * 8;
        byte[] prefix = Arrays.copyOfRange(page, heads + 8 * count, heads + 8 * count + bytes.getShort(24));
        List<PageBuilder.Entry> entries = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int at = bytes.getShort(slots + 2 * i);
            int suffix = bytes.getShort(at) & 0xfff;
            byte[] key = join(prefix, Arrays.copyOfRange(page, at + 4, at + 4 + suffix));
            byte[] value = Arrays.copyOfRange(page, at + 4 + suffix, at + 4 + suffix + bytes.getShort(at + 2));
            entries.add(new PageBuilder.Entry(key, value, (bytes.getShort(at) & 0x1000) != 0));
        }
        return entries;
    }

    public static List<PageBuilder.Child> branch(byte[] page) {
        ByteBuffer bytes = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        int count = bytes.getShort(6);
        byte[] prefix = Arrays.copyOfRange(page, 48 + 18 * count, 48 + 18 * count + bytes.getShort(24));
        List<PageBuilder.Child> children = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int slot = bytes.getShort(48 + 16 * count + 2 * i);
            byte[] head = Arrays.copyOfRange(page, 48 + 8 * i, 48 + 8 * i + Math.min(slot, 8));
            byte[] tail = slot <= 8 ? new byte[0] : Arrays.copyOfRange(page, slot + 2, slot + 2 + bytes.getShort(slot));
            children.add(new PageBuilder.Child(
                    join(prefix, join(head, tail)),
                    bytes.getInt(48 + 8 * count + 4 * i),
                    bytes.getInt(48 + 12 * count + 4 * i)));
        }
        return children;
    }

    private static byte[] join(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }
}
