package io.treering.internal.engine;

import io.treering.CheckReport;
import java.util.BitSet;

/// Compares the pages that were handed out, and that the merged tree does not reach yet, with what has them: the runs
/// of values that wait in a buffer for their merge, and those of writes that are under way. Between two merges there is
/// nothing else. A page that nothing has is lost until the store is opened again.
///
/// Writers go on meanwhile, and nothing is reported because of that. What holds a page at the moment of the account
/// is in hand at that moment, or in a buffer that is read behind it. What is read before it is handed out in it: runs
/// leave the buffers by merges only.
final class HandedOut {
    private final Parts parts;
    private final CheckReport.Builder report;

    HandedOut(Parts parts, CheckReport.Builder report) {
        this.parts = parts;
        this.report = report;
    }

    /// To be called between two merges.
    ///
    /// @param mergedUpTo writes up to this sequence are in the tree
    /// @return the account that was looked at
    Space.Account compare(long mergedUpTo) {
        BufferedRuns buffered = new BufferedRuns(parts.overflow(), mergedUpTo);
        buffered.read(parts.views().current());
        BitSet needed = (BitSet) buffered.pages().clone();
        Space.Account account = parts.space().account();
        buffered.read(parts.views().current());
        // A partition that has failed gives nothing back, and one that only reads has taken nothing.
        if (!parts.poison().isSet() && !parts.readOnly()) {
            needed.andNot(account.detached());
            needed.stream()
                    .forEach(page ->
                            report.problem(page, "a page of a buffered value", "one that is free or in the tree"));
            BitSet lost = (BitSet) account.detached().clone();
            lost.andNot(account.inHand());
            lost.andNot(buffered.pages());
            lost.stream().forEach(page -> report.problem(page, "a page that nothing holds", "one that is not free"));
            if (buffered.namedTwice() >= 0) {
                report.problem(buffered.namedTwice(), "a page of one buffered value", "a page of two");
            }
        }
        return account;
    }
}
