package io.treering.internal.engine;

import io.treering.CheckReport;
import io.treering.TreeringException;
import io.treering.internal.format.Meta;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.TreeVisitor;
import io.treering.internal.tree.TreeWalk;
import java.util.BitSet;

/// Walks the newest merged tree and compares what it reaches with the space map: every page is reached exactly once, or
/// reserved, or free, or waits behind the gate.
final class Check implements TreeVisitor {
    private final Parts parts;
    private final CheckReport.Builder report;
    private final BitSet reached = new BitSet();

    Check(Parts parts) {
        this.parts = parts;
        this.report = CheckReport.builder(parts.name());
    }

    CheckReport run() {
        try (Registration _ = parts.views().register(true)) {
            parts.flusher().whilePaused(root -> walk(root));
        } catch (TreeringException e) {
            report.problem(-1, "a store that can be read", String.valueOf(e.getMessage()));
        }
        return report.build();
    }

    private void walk(Root root) {
        TreeWalk walk = new TreeWalk(parts.cache(), this);
        walk.run(root.reference(), root.level(), root.generation(), root.heads());
        compareWithSpace();
        if (walk.entries() != parts.flusher().entries()) {
            report.problem(-1, parts.flusher().entries() + " entries", walk.entries() + " entries");
        }
        report.entries(walk.entries())
                .branchPages(walk.branches())
                .leafPages(walk.leaves())
                .overflowPages(walk.overflowPages())
                .freePages(parts.space().freePages())
                .heldPages(parts.space().gatedPages());
    }

    private void compareWithSpace() {
        Space space = parts.space();
        Meta meta = parts.committer().durable();
        int logEnd = meta.walFirstPage() + meta.walPages();
        for (int page = space.firstPage(); page < space.filePages(); page++) {
            boolean inLog = page >= meta.walFirstPage() && page < logEnd;
            boolean used = reached.get(page) || inLog || space.isReserved(page);
            if (used != space.isLive(page)) {
                report.problem(
                        page,
                        used ? "a page in use" : "a page that nothing reaches",
                        used ? "marked free" : "marked in use");
            }
        }
    }

    @Override
    public boolean reached(int page, int pages) {
        Space space = parts.space();
        if (page < space.firstPage() || pages <= 0 || pages > space.filePages() - page) {
            return false;
        }
        int end = page + pages;
        Meta meta = parts.committer().durable();
        if (page < meta.walFirstPage() + meta.walPages() && end > meta.walFirstPage()) {
            return false;
        }
        int taken = reached.nextSetBit(page);
        if (taken >= 0 && taken < end) {
            return false;
        }
        for (int each = page; each < end; each++) {
            if (space.isReserved(each)) {
                return false;
            }
        }
        reached.set(page, end);
        return true;
    }

    @Override
    public void overflow(int page, int crc, int pages, long valueLength, byte[] key, int keyLength) {
        parts.overflow().verify(PageReference.of(page, crc), keyLength, valueLength);
    }

    @Override
    public void damaged(int page, String expected, String found) {
        report.problem(page, expected, found);
    }
}
