package io.treering.internal.format;

import java.lang.foreign.MemorySegment;

/// A page of the tree, leaf or branch, whichever it says it is.
public final class TreePage {
    private TreePage() {}

    /// Checks all of a page that comes from the device.
    ///
    /// @param id the id under which the page was read
    /// @param crc the checksum that the referring page holds
    /// @throws PageAnomaly if anything is not as [LeafPage] or [BranchPage] says
    public static void validate(MemorySegment memory, long page, int pageSize, int id, int crc) {
        PageCheck.header(memory, page, pageSize, id, crc);
        switch (PageHeader.type(memory, page)) {
            case PageHeader.LEAF -> LeafCheck.structure(memory, page, pageSize, id);
            case PageHeader.BRANCH -> BranchCheck.structure(memory, page, pageSize, id);
            default -> throw PageCheck.anomaly(id, "a leaf or a branch", "type " + PageHeader.type(memory, page));
        }
    }
}
