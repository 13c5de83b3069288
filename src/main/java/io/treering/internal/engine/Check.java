package io.treering.internal.engine;

import io.treering.CheckReport;
import io.treering.internal.format.Meta;
import io.treering.internal.format.PageReference;
import io.treering.internal.tree.TreeVisitor;
import io.treering.internal.tree.TreeWalk;
import java.util.BitSet;

/// Walks the newest merged tree, as it is on the device, and compares what it reaches with the space map: every page is
/// reached exactly once, or reserved, or free, or waits behind the gate, or is on its way into the tree, see
/// [HandedOut].
///
/// Tree and map agree between two merges. So both are taken there, the map as a copy and the tree as a registered view,
/// and the walk, which may take long, goes on beside merges and commits.
final class Check implements TreeVisitor {
    private final Parts parts;
    private final CheckReport.Builder report;
    private final BitSet reached = new BitSet();

    // ---- as of the moment that is looked at

    private BitSet live = new BitSet();
    private int firstPage;
    private int filePages;
    private int logStart;
    private int logEnd;

    Check(Parts parts) {
        this.parts = parts;
        this.report = CheckReport.builder(parts.name());
    }

    CheckReport run() {
        parts.flusher().whilePaused(this::begin).run();
        return report.build();
    }

    /// Between two merges.
    ///
    /// @return the rest, for later
    private Runnable begin(Flusher.Merged merged) {
        Meta meta = parts.committer().durable();
        logStart = meta.walFirstPage();
        logEnd = logStart + meta.walPages();
        firstPage = parts.space().firstPage();
        Space.Account account = new HandedOut(parts, report).compare(merged.upTo());
        live = account.live();
        filePages = account.filePages();
        report.freePages(account.free()).heldPages(account.gated());
        Registration held = parts.views().register(false);
        if (held.view().root.equals(merged.root())) {
            return () -> walk(held, merged);
        }
        // A merge that found no room has stopped on its way. No view shows its newest root, so nothing holds its pages.
        walk(held, merged);
        return () -> {};
    }

    private void walk(Registration held, Flusher.Merged merged) {
        Root root = merged.root();
        try (held;
                DevicePages pages =
                        new DevicePages(parts.device(), parts.cache().pageSize(), parts.memory())) {
            TreeWalk walk = new TreeWalk(pages, this);
            walk.run(root.reference(), root.level(), root.generation(), root.heads());
            compareWithSpace();
            if (walk.entries() != merged.entries()) {
                report.problem(-1, merged.entries() + " entries", walk.entries() + " entries");
            }
            report.entries(walk.entries())
                    .branchPages(walk.branches())
                    .leafPages(walk.leaves())
                    .overflowPages(walk.overflowPages());
        }
    }

    private void compareWithSpace() {
        for (int page = firstPage; page < filePages; page++) {
            boolean inLog = page >= logStart && page < logEnd;
            boolean used = reached.get(page) || inLog || parts.space().isReserved(page);
            if (used != live.get(page)) {
                report.problem(
                        page,
                        used ? "a page in use" : "a page that nothing reaches",
                        used ? "marked free" : "marked in use");
            }
        }
    }

    /// @throws io.treering.ClosedException if somebody waits for the check to end, so as to close the partition
    @Override
    public boolean reached(int page, int pages) {
        parts.lifecycle().ensureOpen();
        if (page < firstPage || pages <= 0 || pages > filePages - page) {
            return false;
        }
        int end = page + pages;
        if (page < logEnd && end > logStart) {
            return false;
        }
        int taken = reached.nextSetBit(page);
        if (taken >= 0 && taken < end) {
            return false;
        }
        for (int each = page; each < end; each++) {
            if (parts.space().isReserved(each)) {
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
