package io.treering.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.CorruptionException;
import io.treering.UnsupportedFormatException;
import io.treering.fuzz.StoreImage.Kind;
import io.treering.fuzz.StoreImage.Part;
import io.treering.internal.bytes.KeyHash;
import io.treering.internal.format.BranchPage;
import io.treering.internal.format.LeafPage;
import io.treering.internal.format.MetaPage;
import io.treering.internal.format.OverflowRun;
import io.treering.internal.format.PageAnomaly;
import io.treering.internal.format.PageBuilder;
import io.treering.internal.format.PageDecoder;
import io.treering.internal.format.PageHeader;
import io.treering.internal.format.SpaceLayout;
import io.treering.internal.format.TreePage;
import io.treering.internal.freelist.SpaceMap;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/// Each kind of page by itself: it is refused, or means what it says.
///
/// Each lies in a segment of its own size, so that a read outside of it fails.
public final class PageTarget {
    private final Input input;
    private final StoreImage image;
    private final int pageSize;

    private PageTarget(Input input) {
        this.input = input;
        this.image = StoreImages.all().get(input.below(StoreImages.all().size()));
        this.pageSize = image.pageSize();
    }

    /// For Jazzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        new PageTarget(new Input(bytes)).run();
    }

    private void run() {
        Kind kind = Kind.values()[input.below(Kind.values().length)];
        int number = input.u8();
        byte[] bytes = Mutation.of(image, input);
        try (Arena arena = Arena.ofConfined()) {
            switch (kind) {
                case META -> meta(arena, bytes);
                case SUMMARY, REGION -> space(arena, bytes);
                case RUN -> run(arena, bytes, number);
                default -> tree(arena, bytes, number);
            }
        }
    }

    /// A copy of a part, and nothing around it.
    private static MemorySegment copy(Arena arena, byte[] bytes, int start, int length) {
        MemorySegment memory = arena.allocate(length, Long.BYTES);
        int there = Math.clamp((long) bytes.length - start, 0, length);
        MemorySegment.copy(bytes, Math.min(start, bytes.length), memory, JAVA_BYTE, 0, there);
        return memory;
    }

    private void meta(Arena arena, byte[] bytes) {
        MemorySegment blocks = copy(arena, bytes, 0, MetaPage.ALL_BYTES);
        MetaPage.Choice choice;
        try {
            choice = MetaPage.choose("hostile", blocks, 0);
        } catch (CorruptionException | UnsupportedFormatException e) {
            return;
        }
        if (choice == null) {
            return;
        }
        MemorySegment again = arena.allocate(MetaPage.ALL_BYTES, Long.BYTES);
        MetaPage.encode(choice.meta(), choice.slot(), again, MetaPage.position(choice.slot(), 0));
        MetaPage.Choice same = MetaPage.choose("again", again, 0);
        if (same == null || !same.meta().equals(choice.meta())) {
            throw new AssertionError("what was read is not what is written: " + choice.meta());
        }
    }

    private void space(Arena arena, byte[] bytes) {
        MemorySegment blocks = copy(arena, bytes, 0, MetaPage.ALL_BYTES);
        SpaceMap space;
        try {
            MetaPage.Choice choice = MetaPage.choose("hostile", blocks, 0);
            if (choice == null || choice.meta().pageSize() != pageSize) {
                return;
            }
            space = SpaceMap.open(
                    "hostile",
                    pageSize,
                    choice.meta().filePages(),
                    choice.meta().nextGeneration(),
                    choice.meta().summaries(),
                    id -> copy(arena, bytes, (int) Math.min((long) id * pageSize, bytes.length), pageSize));
        } catch (CorruptionException | UnsupportedFormatException e) {
            return;
        }
        if (space.livePages() + space.freePages() != space.filePages()) {
            throw new AssertionError(space.livePages() + " + " + space.freePages() + " of " + space.filePages());
        }
        SpaceLayout layout = space.layout();
        for (int i = 0; i < 8; i++) {
            long extent = space.allocateExtent(4);
            for (int page = 0; extent >= 0 && page < SpaceMap.extentPages(extent); page++) {
                int id = SpaceMap.extentStart(extent) + page;
                if (id >= space.filePages() || layout.isReserved(id) || space.isLive(id)) {
                    throw new AssertionError("page " + id + " was handed out");
                }
            }
        }
    }

    private void run(Arena arena, byte[] bytes, int number) {
        List<Part> runs = image.parts(Kind.RUN);
        Part part = runs.get(number % runs.size());
        MemorySegment memory = copy(arena, bytes, part.start(), part.length());
        int keyLength = OverflowRun.keyLength(memory, 0);
        long length = part.length() - 300L + input.u16() % 400;
        try {
            OverflowRun.validateStart(memory, 0, part.page(), keyLength, length);
        } catch (PageAnomaly refused) {
            return;
        }
        if (OverflowRun.pages(keyLength, length, pageSize) <= part.length() / pageSize) {
            memory.asSlice(OverflowRun.valueOffset(keyLength), length);
        }
    }

    private void tree(Arena arena, byte[] bytes, int number) {
        List<Part> pages = image.parts(number % 3 == 0 ? Kind.BRANCH : Kind.LEAF);
        Part part = pages.get(number / 3 % pages.size());
        MemorySegment memory = copy(arena, bytes, part.start(), pageSize);
        search(memory, 0, StoreImages.key(number));
        try {
            TreePage.validate(memory, 0, pageSize, part.page(), PageHeader.crc(memory, 0));
        } catch (PageAnomaly refused) {
            return;
        }
        byte[] page = memory.toArray(JAVA_BYTE);
        if (PageHeader.type(memory, 0) == PageHeader.LEAF) {
            leaf(memory, page);
        } else {
            branch(memory, page);
        }
    }

    /// As an optimistic reader does, who does not know yet whether the page is whole.
    private void search(MemorySegment memory, long at, byte[] key) {
        byte fingerprint = (byte) (KeyHash.hash(key, key.length) >>> 56);
        ignoringAnomalies(() -> LeafPage.find(memory, at, pageSize, key, key.length, fingerprint));
        ignoringAnomalies(() -> LeafPage.lowerBound(memory, at, pageSize, key, key.length));
        ignoringAnomalies(() -> {
            int count = PageHeader.count(memory, at);
            int index = BranchPage.search(memory, at, pageSize, count, key, key.length);
            BranchPage.child(memory, at, count, index);
        });
    }

    private static void ignoringAnomalies(Runnable search) {
        try {
            search.run();
        } catch (PageAnomaly anomaly) {
            // The bytes are impossible, and it said so.
            assert anomaly.expected() != null;
        }
    }

    private void leaf(MemorySegment memory, byte[] page) {
        List<PageBuilder.Entry> entries = PageDecoder.leaf(page);
        byte[] last = null;
        for (int i = 0; i < entries.size(); i++) {
            byte[] key = entries.get(i).key();
            ensure(last == null || Arrays.compareUnsigned(last, key) < 0, "keys out of order");
            byte fingerprint = (byte) (KeyHash.hash(key, key.length) >>> 56);
            long found = LeafPage.find(memory, 0, pageSize, key, key.length, fingerprint);
            ensure(found != LeafPage.ABSENT, "an entry is not found");
            byte[] value = entries.get(i).value();
            byte[] shown = memory.asSlice(LeafPage.valueOffset(found), LeafPage.valueLength(found))
                    .toArray(JAVA_BYTE);
            ensure(Arrays.equals(value, shown), "another value is found");
            ensure(LeafPage.isOverflow(found) == entries.get(i).overflow(), "another kind of value is found");
            ensure(LeafPage.lowerBound(memory, 0, pageSize, key, key.length) == i, "a bound is elsewhere");
            last = key;
        }
    }

    private void branch(MemorySegment memory, byte[] page) {
        List<PageBuilder.Child> children = PageDecoder.branch(page);
        for (int i = 0; i < children.size(); i++) {
            byte[] key = children.get(i).separator();
            int found = BranchPage.search(memory, 0, pageSize, children.size(), key, key.length);
            ensure(found == i, "a separator leads elsewhere");
        }
    }

    private static void ensure(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
