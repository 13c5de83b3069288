package io.treering.fuzz;

import io.treering.fuzz.StoreImage.Kind;
import io.treering.fuzz.StoreImage.Part;
import io.treering.fuzz.StoreImage.Reference;
import io.treering.internal.format.FreeRegionPage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.zip.CRC32C;

/// Changes a store's bytes as an input says, and then makes the checksums right again from the bottom up, so that what
/// was changed gets past them.
final class Mutation {
    private static final int BLOCK = StoreImage.BLOCK;
    private static final int MOST_CHANGES = 16;

    /// Offsets that one byte can name: headers, and the beginnings of tables.
    private static final int NEAR = 256;

    private static final long[] HURTFUL = {
        0,
        1,
        2,
        -1,
        -2,
        7,
        8,
        9,
        16,
        31,
        32,
        33,
        255,
        256,
        4_063,
        4_064,
        4_065,
        4_095,
        4_096,
        4_097,
        0x7fff,
        0x8000,
        0xffff,
        0x1_0000,
        0x7fff_ffffL,
        0x8000_0000L,
        0xffff_ffffL,
        1L << 32,
        1L << 40,
        1L << 62,
        Long.MAX_VALUE,
        Long.MAX_VALUE - 1,
        Long.MAX_VALUE / 2,
        Long.MAX_VALUE / 2 + 1,
        Long.MIN_VALUE,
        (1L << 30) - 1,
        1L << 30,
        (1L << 30) + 1
    };

    private final StoreImage image;
    private final byte[] bytes;
    private final ByteBuffer data;
    private final Input input;

    /// Who names each part, after some have been told to name another.
    private final Map<Part, List<Reference>> references = new HashMap<>();

    private Mutation(StoreImage image, Input input) {
        this.image = image;
        this.bytes = image.bytes().clone();
        this.data = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        this.input = input;
        for (Part part : image.parts()) {
            references.put(part, new ArrayList<>(List.of(part.reference())));
        }
    }

    /// The bytes of `image`, changed.
    static byte[] of(StoreImage image, Input input) {
        return new Mutation(image, input).run();
    }

    /// The bytes of `image`, changed by hand; the checksums are right again.
    static byte[] of(StoreImage image, Consumer<ByteBuffer> change) {
        Mutation mutation = new Mutation(image, new Input(new byte[0]));
        change.accept(mutation.data);
        mutation.seal(false, true);
        return mutation.bytes;
    }

    /// The bytes of `image`, but who names `part` names another one.
    static byte[] redirected(StoreImage image, Part part, Part other) {
        Mutation mutation = new Mutation(image, new Input(new byte[0]));
        mutation.redirect(part, other);
        mutation.seal(false, true);
        return mutation.bytes;
    }

    private byte[] run() {
        int flags = input.u8();
        for (int left = input.below(MOST_CHANGES) + 1; left > 0 && !input.isEmpty(); left--) {
            change();
        }
        if ((flags & 7) != 7) {
            boolean recounts = (flags & 8) != 0;
            boolean copies = (flags & 0x70) != 0x70;
            seal(recounts, copies);
        }
        boolean cuts = (flags & 0x80) != 0;
        int length = cuts ? Math.max(0, bytes.length - input.u8() * BLOCK) : bytes.length;
        return java.util.Arrays.copyOf(bytes, length);
    }

    private void change() {
        int selector = input.u8();
        Part part = part(Kind.values()[selector % Kind.values().length]);
        boolean far = selector >= 0x80;
        int at = part.start() + (far ? input.u16() % part.length() : input.u8() % Math.min(NEAR, part.length()));
        int end = part.start() + part.length();
        switch (input.below(10)) {
            case 0 -> bytes[at] = (byte) input.u8();
            case 1 -> put(at, end, Short.BYTES, input.u16());
            case 2 -> put(at, end, Integer.BYTES, input.i32());
            case 3 -> put(at, end, Long.BYTES, hurtful());
            case 4 -> put(at, end, Integer.BYTES, hurtful());
            case 5 -> put(at, end, Short.BYTES, hurtful());
            case 6 -> add(at, end, (byte) input.u8());
            case 7 -> bytes[at] ^= (byte) (1 << input.u8() % 8);
            case 8 -> copy(at, end);
            default -> redirect(part);
        }
    }

    private Part part(Kind kind) {
        List<Part> parts = image.parts(kind);
        return parts.get(input.below(parts.size()));
    }

    /// One of the numbers on which bounds are, or of this store's own.
    private long hurtful() {
        int choice = input.u8();
        long own = data.getLong(96) - choice % 3;
        return choice < HURTFUL.length ? HURTFUL[choice] : own;
    }

    private void put(int at, int end, int width, long value) {
        for (int i = 0; i < width && at + i < end; i++) {
            bytes[at + i] = (byte) (value >>> 8 * i);
        }
    }

    private void add(int at, int end, int difference) {
        if (at + Integer.BYTES <= end) {
            data.putInt(at, data.getInt(at) + difference);
        }
    }

    private void copy(int at, int end) {
        Part from = part(Kind.values()[input.below(Kind.values().length)]);
        int source = from.start() + input.u16() % from.length();
        int length = Math.min(Math.min(input.u8() + 1, end - at), bytes.length - source);
        System.arraycopy(bytes, source, bytes, at, length);
    }

    private void redirect(Part part) {
        redirect(part, part(Kind.values()[Kind.BRANCH.ordinal() + input.below(3)]));
    }

    /// Whoever names `part` names another page of the tree, and has its checksum.
    private void redirect(Part part, Part other) {
        List<Reference> own = references.get(part);
        if (own == null || own.isEmpty() || own.getFirst().idAt() < 0) {
            return;
        }
        Reference moved = own.removeFirst();
        data.putInt(moved.idAt(), other.page());
        references.getOrDefault(other, new ArrayList<>()).add(moved);
    }

    // ---- sealing ----------------------------------------------------------------------------------------------------

    private void seal(boolean recounts, boolean copies) {
        for (Part part : image.parts()) {
            if (part.kind() == Kind.REGION && recounts) {
                recount(part);
            }
            int crc = crc(part.start(), length(part));
            data.putInt(part.start(), crc);
            for (Reference reference : references.getOrDefault(part, List.of())) {
                if (reference.crcAt() >= 0) {
                    data.putInt(reference.crcAt(), crc);
                }
            }
            if (part.kind() == Kind.META && copies) {
                System.arraycopy(bytes, part.start(), bytes, part.start() + 2 * BLOCK, BLOCK);
            }
        }
    }

    /// A record's checksum covers what its header says.
    private int length(Part part) {
        if (part.kind() != Kind.RECORD || bytes[part.start() + 52] == 2) {
            return part.length();
        }
        long length = 96L + data.getInt(part.start() + 44);
        return Math.clamp(length, 96, Math.min(bytes.length - part.start(), 64 << 10));
    }

    private int crc(int start, int length) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, start + 4, length - 4);
        return (int) crc.getValue();
    }

    /// Lets the summary say how much is free in a region whose bits were changed.
    private void recount(Part region) {
        int entry = region.reference().crcAt() - 4;
        BitSet used = BitSet.valueOf(
                java.util.Arrays.copyOfRange(bytes, region.start() + 32, region.start() + region.length() - 32));
        int pages = Math.min(bytes.length / image.pageSize(), FreeRegionPage.pages(image.pageSize()));
        int longest = 0;
        for (int at = used.nextClearBit(0); at < pages; ) {
            int next = used.nextSetBit(at);
            int end = next < 0 || next > pages ? pages : next;
            longest = Math.max(longest, end - at);
            at = used.nextClearBit(end);
        }
        data.putInt(entry + 8, pages - used.get(0, pages).cardinality());
        data.putInt(entry + 12, longest);
    }
}
