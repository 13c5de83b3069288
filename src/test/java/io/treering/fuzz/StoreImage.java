package io.treering.fuzz;

import io.treering.internal.format.SpaceLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The bytes of a sound store, taken apart by the words of the layout: what a checksum covers, where it stands, and who
/// else names it.
final class StoreImage {
    static final int BLOCK = 4096;

    enum Kind {
        META,
        SUMMARY,
        REGION,
        BRANCH,
        LEAF,
        RUN,
        RECORD
    }

    /// Where somebody names a part: its page id, if that stands there, and its checksum.
    record Reference(int idAt, int crcAt) {}

    /// A stretch of bytes behind a checksum, which stands in its first four.
    record Part(Kind kind, int page, int start, int length, Reference reference) {}

    private static final int META_SLOT_BYTES = 4;
    private static final int NOWHERE = -1;

    private final byte[] bytes;
    private final ByteBuffer data;
    private final int pageSize;

    /// In the order in which they can be sealed: each before the ones that name it.
    private final List<Part> parts = new ArrayList<>();

    private final Map<Kind, List<Part>> byKind = new EnumMap<>(Kind.class);

    StoreImage(byte[] bytes) {
        this.bytes = bytes;
        this.data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int meta = data.getLong(48) >= data.getLong(BLOCK + 48) || data.getLong(8) == 0 ? 0 : BLOCK;
        if (data.getLong(BLOCK + 8) == 0) {
            meta = 0;
        }
        pageSize = data.getInt(meta + 32);
        if (data.getInt(meta + 80) != 0) {
            page(data.getInt(meta + 80), new Reference(meta + 80, meta + 84));
        }
        space(meta);
        log(meta);
        for (int slot = 0; slot < 2; slot++) {
            if (data.getLong(slot * BLOCK + 8) != 0) {
                add(new Part(Kind.META, 0, slot * BLOCK, BLOCK, new Reference(NOWHERE, NOWHERE)));
            }
        }
    }

    byte[] bytes() {
        return bytes;
    }

    int pageSize() {
        return pageSize;
    }

    List<Part> parts() {
        return parts;
    }

    /// Parts of one kind; of another if there are none.
    List<Part> parts(Kind kind) {
        List<Part> found = byKind.get(kind);
        return found == null ? parts : found;
    }

    private void add(Part part) {
        parts.add(part);
        byKind.computeIfAbsent(part.kind, _ -> new ArrayList<>()).add(part);
    }

    private void page(int id, Reference reference) {
        int start = id * pageSize;
        int count = data.getShort(start + 6) & 0xffff;
        boolean isLeaf = data.get(start + 4) == 1;
        if (isLeaf) {
            runs(start, count);
        } else {
            for (int i = 0; i < count; i++) {
                Reference child = new Reference(start + 48 + 8 * count + 4 * i, start + 48 + 12 * count + 4 * i);
                page(data.getInt(child.idAt), child);
            }
        }
        add(new Part(isLeaf ? Kind.LEAF : Kind.BRANCH, id, start, pageSize, reference));
    }

    private void runs(int leaf, int count) {
        int slots = leaf + 32 + (count + 7) / 8 * 8;
        int prefix = data.getShort(leaf + 24);
        for (int i = 0; i < count; i++) {
            int entry = leaf + (data.getShort(slots + 2 * i) & 0xffff);
            int suffix = data.getShort(entry) & 0xfff;
            if ((data.getShort(entry) & 0x1000) != 0) {
                run(entry + 4 + suffix, prefix + suffix);
            }
        }
    }

    private void run(int reference, int keyLength) {
        int id = data.getInt(reference);
        int length = (42 + keyLength + (int) data.getLong(reference + 8) + pageSize - 1) / pageSize * pageSize;
        add(new Part(Kind.RUN, id, id * pageSize, length, new Reference(reference, reference + 4)));
    }

    private void space(int meta) {
        SpaceLayout layout = new SpaceLayout(pageSize);
        int regions = layout.regions((int) data.getLong(meta + 96));
        for (int summary = 0; summary < data.getInt(meta + 256); summary++) {
            int at = meta + 260 + 8 * summary;
            int id = layout.summarySlotPage(summary, data.getInt(at));
            int first = summary * layout.summaryRegions();
            for (int region = first; region < Math.min(regions, first + layout.summaryRegions()); region++) {
                int entry = id * pageSize + 32 + 16 * (region - first);
                int page = layout.regionSlotPage(region, data.getInt(entry));
                add(new Part(Kind.REGION, page, page * pageSize, pageSize, new Reference(NOWHERE, entry + 4)));
            }
            Reference reference = new Reference(NOWHERE, at + META_SLOT_BYTES);
            add(new Part(Kind.SUMMARY, id, id * pageSize, pageSize, reference));
        }
    }

    private void log(int meta) {
        int start = data.getInt(meta + 128) * pageSize;
        long size = (long) data.getInt(meta + 132) * pageSize;
        long head = data.getLong(meta + 120);
        for (long lsn = head; size > 0 && lsn < head + size; ) {
            int at = start + (int) (lsn % size);
            if (data.getInt(at + 4) != 0x4c41_5754
                    || data.getLong(at + 8) != lsn
                    || data.getLong(at + 16) != data.getLong(meta + 112)) {
                return;
            }
            int length = 96 + data.getInt(at + 44);
            boolean isPad = data.get(at + 52) == 2;
            lsn += (length + BLOCK - 1) / BLOCK * BLOCK;
            int next = start + (int) (lsn % size);
            boolean isLast = data.getInt(next + 4) != 0x4c41_5754 || data.getLong(next + 8) != lsn;
            Reference reference = new Reference(NOWHERE, isLast ? NOWHERE : next + 40);
            add(new Part(Kind.RECORD, at / pageSize, at, isPad ? 96 : length, reference));
        }
    }
}
