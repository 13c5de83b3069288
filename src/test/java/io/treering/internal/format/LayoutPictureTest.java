package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The pictures in the Javadoc say what the constants say.
class LayoutPictureTest {
    @Test
    void theLeafIsLaidOutAsDrawn() {
        List<Map<String, Integer>> pictures = LayoutPicture.of(LeafPage.class);
        assertEquals(
                Map.of(
                        "header",
                        0,
                        "fingerprints",
                        LeafPage.FINGERPRINTS,
                        "slots",
                        LeafPage.slotsOffset(3),
                        "pad",
                        LeafPage.slotsOffset(3) + 3 * LeafPage.SLOT_BYTES,
                        "heads",
                        LeafPage.headsOffset(3),
                        "prefix",
                        LeafPage.prefixOffset(3),
                        "entries",
                        LeafPage.entriesOffset(3, 4),
                        "trailer",
                        4096 - PageHeader.TRAILER_BYTES,
                        "end",
                        4096),
                pictures.get(0));
        assertEquals(
                Map.of(
                        "suffix length, flags", LeafPage.ENTRY_SUFFIX_LENGTH,
                        "value length", LeafPage.ENTRY_VALUE_LENGTH,
                        "suffix", LeafPage.ENTRY_HEADER_BYTES),
                pictures.get(1));
    }

    @Test
    void theBranchIsLaidOutAsDrawn() {
        List<Map<String, Integer>> pictures = LayoutPicture.of(BranchPage.class);
        assertEquals(
                Map.of(
                        "header",
                        0,
                        "model",
                        BranchPage.MODEL,
                        "heads",
                        BranchPage.HEADS,
                        "child ids",
                        BranchPage.childIdsOffset(3),
                        "child crcs",
                        BranchPage.childCrcsOffset(3),
                        "slots",
                        BranchPage.slotsOffset(3),
                        "prefix",
                        BranchPage.prefixOffset(3),
                        "tails",
                        BranchPage.tailsOffset(3, 4),
                        "trailer",
                        4096 - PageHeader.TRAILER_BYTES,
                        "end",
                        4096),
                pictures.get(0));
        assertEquals(
                Map.of(
                        "tail length", BranchPage.TAIL_LENGTH,
                        "suffix behind its 8th byte", BranchPage.TAIL_HEADER_BYTES),
                pictures.get(1));
        assertEquals(
                Map.of(
                        "slope", BranchPage.MODEL_SLOPE,
                        "largest error", BranchPage.MODEL_LARGEST_ERROR,
                        "search kind", BranchPage.MODEL_SEARCH_KIND,
                        "reserved", BranchPage.MODEL_RESERVED,
                        "end", BranchPage.MODEL_BYTES),
                pictures.get(2));
    }

    @Test
    void theOverflowRunAndItsReferenceAreLaidOutAsDrawn() {
        assertEquals(
                Map.of(
                        "header", 0,
                        "value length", OverflowRun.VALUE_LENGTH,
                        "key length", OverflowRun.KEY_LENGTH,
                        "owner's key", OverflowRun.KEY),
                LayoutPicture.of(OverflowRun.class).getFirst());
        assertEquals(
                Map.of(
                        "page id", OverflowReference.PAGE_ID,
                        "crc32c", OverflowReference.CRC,
                        "value length", OverflowReference.VALUE_LENGTH,
                        "end", OverflowReference.BYTES),
                LayoutPicture.of(OverflowReference.class).getFirst());
    }

    @Test
    void thePageReferenceIsPackedAsDrawn() {
        assertEquals(
                Map.of("crc32c", Long.SIZE - 1, "page id", PageReference.PAGE_ID_BITS, "end", 0),
                LayoutPicture.of(PageReference.class).getFirst());
        long reference = PageReference.of(7, -2);
        assertEquals(0xffff_fffe_0000_0007L, reference);
        assertEquals(7, PageReference.page(reference));
        assertEquals(-2, PageReference.crc(reference));
    }
}
