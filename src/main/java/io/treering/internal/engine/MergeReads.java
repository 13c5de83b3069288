package io.treering.internal.engine;

import io.treering.IoFailureException;
import io.treering.device.BlockDevice;
import io.treering.device.IoOperation;
import io.treering.internal.format.PageReference;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// The reads that a merge has asked for ahead of their use.
///
/// A merge wants the children of one branch after the other, in the order of their keys. Most were written in that
/// order, too, by one merge or another, so they lie near each other in the file, with what has been freed or is not
/// wanted now between them. What is near is read as one *piece*, the gaps included: a drive that takes so many
/// operations a second does not ask how long they are.
///
/// What was read stays in one of a few *areas* of memory until it is fetched. Used by the flusher only.
final class MergeReads {
    /// For the children of two branches at a time, with some to spare where these are asked for in parts.
    private static final int AREAS = 4;

    private static final int AREA_BYTES = 1 << 20;
    private static final int LEAST_AREA_PAGES = 32;

    /// What is read for nothing between two pages, at most.
    private static final int LARGEST_GAP_BYTES = 16 << 10;

    private static final int LARGEST_PIECE_BYTES = 256 << 10;

    private final BlockDevice device;
    private final MemorySegment memory;
    private final int pageSize;
    private final int largestGap;
    private final int largestPiece;
    private final Area[] areas = new Area[AREAS];

    /// @param from where in `memory` the areas are, [#bytes] long
    MergeReads(BlockDevice device, MemorySegment memory, long from, int pageSize) {
        this.device = device;
        this.memory = memory;
        this.pageSize = pageSize;
        this.largestGap = LARGEST_GAP_BYTES / pageSize;
        this.largestPiece = LARGEST_PIECE_BYTES / pageSize;
        int areaPages = areaPages(pageSize);
        for (int i = 0; i < AREAS; i++) {
            areas[i] = new Area(from + (long) i * areaPages * pageSize, areaPages);
        }
    }

    private static int areaPages(int pageSize) {
        return Math.max(LEAST_AREA_PAGES, AREA_BYTES / pageSize);
    }

    /// How much memory it takes.
    static long bytes(int pageSize) {
        return (long) AREAS * areaPages(pageSize) * pageSize;
    }

    /// Pages in a row, wanted ones at both ends, and the read that brings them.
    private static final class Piece {
        final int firstPage;
        final int pages;
        final long offset;

        @Nullable
        IoOperation read;

        Piece(int firstPage, int pages, long offset) {
            this.firstPage = firstPage;
            this.pages = pages;
            this.offset = offset;
        }

        boolean holds(int page) {
            return page >= firstPage && page < firstPage + pages;
        }
    }

    /// What was asked for at a time.
    private final class Area {
        final long base;

        /// The wanted pages, ascending.
        final int[] wanted;

        final boolean[] fetched;
        final List<Piece> pieces = new ArrayList<>();
        int count;
        int left;

        Area(long base, int pages) {
            this.base = base;
            this.wanted = new int[pages];
            this.fetched = new boolean[pages];
        }

        int indexOf(int page) {
            int index = Arrays.binarySearch(wanted, 0, count, page);
            return index >= 0 && !fetched[index] ? index : -1;
        }

        /// Reads the first so many of the wanted pages.
        void read(int pages) {
            Arrays.sort(wanted, 0, pages);
            Arrays.fill(fetched, 0, pages, false);
            int spare = wanted.length - pages;
            long offset = base;
            for (int first = 0; first < pages; ) {
                int last = first;
                int length = 1;
                while (last + 1 < pages) {
                    int gap = wanted[last + 1] - wanted[last] - 1;
                    if (gap > Math.min(largestGap, spare) || length + gap + 1 > largestPiece) {
                        break;
                    }
                    spare -= gap;
                    length += gap + 1;
                    last++;
                }
                // It counts before the device has it: memory that the device may fill must not serve again unawaited.
                Piece piece = new Piece(wanted[first], length, offset);
                pieces.add(piece);
                count = last + 1;
                left = count;
                piece.read = device.submitRead(
                        (long) piece.firstPage * pageSize, memory.asSlice(offset, (long) length * pageSize));
                offset += (long) length * pageSize;
                first = last + 1;
            }
        }

        Piece pieceOf(int page) {
            for (Piece piece : pieces) {
                if (piece.holds(page)) {
                    return piece;
                }
            }
            throw new IllegalStateException("Page " + page + " is in no piece");
        }

        void clear() {
            pieces.clear();
            count = 0;
            left = 0;
        }
    }

    /// Asks for some pages, which will most likely be fetched in that order.
    ///
    /// @param isToBeRead whether a page has to come from the device
    /// @return how many of them, from the first on, have been taken note of
    int ask(long[] references, int from, int to, IntPredicate isToBeRead) {
        Area area = idle();
        if (area == null) {
            return 0;
        }
        int pages = 0;
        int next = from;
        for (; next < to && pages < area.wanted.length; next++) {
            int page = PageReference.page(references[next]);
            if (isToBeRead.test(page) && !isUnderWay(page) && !contains(area.wanted, pages, page)) {
                area.wanted[pages++] = page;
            }
        }
        if (pages > 0) {
            area.read(pages);
        }
        return next - from;
    }

    private @Nullable Area idle() {
        for (Area area : areas) {
            if (area.left == 0) {
                area.clear();
                return area;
            }
        }
        return null;
    }

    private boolean isUnderWay(int page) {
        for (Area area : areas) {
            if (area.left > 0 && area.indexOf(page) >= 0) {
                return true;
            }
        }
        return false;
    }

    /// A damaged branch may name a page twice.
    private static boolean contains(int[] pages, int count, int page) {
        for (int i = 0; i < count; i++) {
            if (pages[i] == page) {
                return true;
            }
        }
        return false;
    }

    /// Fetches a page that was asked for, once.
    ///
    /// @param into where in the memory to copy it to
    /// @return false if it was not asked for
    boolean fetch(int page, long into) {
        for (Area area : areas) {
            int index = area.left == 0 ? -1 : area.indexOf(page);
            if (index >= 0) {
                area.fetched[index] = true;
                fetch(page, area.pieceOf(page), into);
                area.left--;
                return true;
            }
        }
        return false;
    }

    private void fetch(int page, Piece piece, long into) {
        try {
            await(piece);
        } catch (IoFailureException e) {
            if (piece.pages == 1) {
                throw e;
            }
            // It may be a page that nobody wants that cannot be read.
            device.read((long) page * pageSize, memory.asSlice(into, pageSize));
            return;
        }
        long offset = piece.offset + (long) (page - piece.firstPage) * pageSize;
        MemorySegment.copy(memory, offset, memory, into, pageSize);
    }

    private static void await(Piece piece) {
        IoOperation read = piece.read;
        if (read != null) {
            read.await();
        }
    }

    /// Forgets what was asked for, and returns when no read is under way. Never throws for what the reads met.
    void drop() {
        for (Area area : areas) {
            for (Piece piece : area.pieces) {
                awaitQuietly(piece);
            }
            area.clear();
        }
    }

    private static void awaitQuietly(Piece piece) {
        try {
            await(piece);
        } catch (RuntimeException | Error _) {
            // Whoever needed it would have met this; nobody does.
            return;
        }
    }
}
