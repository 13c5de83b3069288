package io.treering;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/// What [Partition#check()] has looked at, and what it found wrong. [#toString()] shows all of it for people.
///
/// Immutable; any thread may use it.
public final class CheckReport {
    /// So many problems are described; further ones are only counted.
    private static final int MAXIMUM_DESCRIBED = 1000;

    private final String device;
    private final List<Problem> problems;
    private final long problemCount;
    private final long entries;
    private final long branchPages;
    private final long leafPages;
    private final long overflowPages;
    private final long freePages;
    private final long heldPages;

    private CheckReport(Builder builder) {
        this.device = builder.device;
        this.problems = List.copyOf(builder.problems);
        this.problemCount = builder.problemCount;
        this.entries = builder.entries;
        this.branchPages = builder.branchPages;
        this.leafPages = builder.leafPages;
        this.overflowPages = builder.overflowPages;
        this.freePages = builder.freePages;
        this.heldPages = builder.heldPages;
    }

    /// Begins a report without problems and with every count at 0. The engine fills it in; so may tests of code that
    /// shows reports.
    ///
    /// @param device see [#device()]
    /// @return a new builder
    public static Builder builder(String device) {
        return new Builder(device);
    }

    /// Whether nothing is wrong.
    ///
    /// @return whether there are no problems
    public boolean isClean() {
        return problemCount == 0;
    }

    /// What is wrong, in the order in which it was found: the first thousand problems.
    ///
    /// @return an unmodifiable list, empty if all is well
    public List<Problem> problems() {
        return problems;
    }

    /// How many problems were found, those beyond the first thousand included.
    ///
    /// @return the number of problems
    public long problemCount() {
        return problemCount;
    }

    /// The name of the device that was checked.
    ///
    /// @return a path in most cases, or a word such as "memory"
    public String device() {
        return device;
    }

    /// Entries that were found in the tree; what lies in write buffers is not counted.
    ///
    /// @return the number of entries
    public long entries() {
        return entries;
    }

    /// Pages of the tree that lead to other pages.
    ///
    /// @return the number of pages
    public long branchPages() {
        return branchPages;
    }

    /// Pages of the tree that hold entries.
    ///
    /// @return the number of pages
    public long leafPages() {
        return leafPages;
    }

    /// Pages that hold values outside the leaves; those of values that are not merged yet are in no count.
    ///
    /// @return the number of pages
    public long overflowPages() {
        return overflowPages;
    }

    /// Pages that can be written to.
    ///
    /// @return the number of pages
    public long freePages() {
        return freePages;
    }

    /// Pages that are kept for open views, or for a crash, and are free after that.
    ///
    /// @return the number of pages
    public long heldPages() {
        return heldPages;
    }

    /// Counts and problems, one a line.
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(256);
        text.append(String.format(
                Locale.ROOT,
                "%s: %s; %,d entries in %,d leaf, %,d branch and %,d overflow pages; %,d pages free, %,d held%n",
                device,
                isClean() ? "clean" : String.format(Locale.ROOT, "problems: %,d", problemCount),
                entries,
                leafPages,
                branchPages,
                overflowPages,
                freePages,
                heldPages));
        for (Problem problem : problems) {
            text.append("  ").append(problem).append(System.lineSeparator());
        }
        if (problems.size() < problemCount) {
            text.append(String.format(Locale.ROOT, "  and %,d more%n", problemCount - problems.size()));
        }
        return text.toString();
    }

    /// One thing that is wrong. Immutable.
    public static final class Problem {
        private final long page;
        private final String expected;
        private final String found;

        private Problem(long page, String expected, String found) {
            this.page = page;
            this.expected = Objects.requireNonNull(expected, "expected");
            this.found = Objects.requireNonNull(found, "found");
        }

        /// The number of the page.
        ///
        /// @return the number, or -1 where the place is not a page
        public long page() {
            return page;
        }

        /// What should have been there.
        ///
        /// @return a description
        public String expected() {
            return expected;
        }

        /// What was there instead.
        ///
        /// @return a description
        public String found() {
            return found;
        }

        /// The page, what was expected and what was found.
        @Override
        public String toString() {
            return (page < 0 ? "" : "page " + page + ": ") + "expected " + expected + ", found " + found;
        }
    }

    /// Collects counts and problems. What each count is, is said at the method of the same name in [CheckReport].
    public static final class Builder {
        private final String device;
        private final List<Problem> problems = new ArrayList<>();
        private long problemCount;
        private long entries;
        private long branchPages;
        private long leafPages;
        private long overflowPages;
        private long freePages;
        private long heldPages;

        private Builder(String device) {
            this.device = Objects.requireNonNull(device, "device");
        }

        /// Adds a problem.
        ///
        /// @param page the page's number, or -1 where the place is not a page
        /// @param expected what should be there
        /// @param found what is there
        /// @return this builder
        public Builder problem(long page, String expected, String found) {
            Problem problem = new Problem(page, expected, found);
            if (problemCount++ < MAXIMUM_DESCRIBED) {
                problems.add(problem);
            }
            return this;
        }

        /// Sets [CheckReport#entries()].
        ///
        /// @param count the number of entries
        /// @return this builder
        public Builder entries(long count) {
            this.entries = count;
            return this;
        }

        /// Sets [CheckReport#branchPages()].
        ///
        /// @param count the number of pages
        /// @return this builder
        public Builder branchPages(long count) {
            this.branchPages = count;
            return this;
        }

        /// Sets [CheckReport#leafPages()].
        ///
        /// @param count the number of pages
        /// @return this builder
        public Builder leafPages(long count) {
            this.leafPages = count;
            return this;
        }

        /// Sets [CheckReport#overflowPages()].
        ///
        /// @param count the number of pages
        /// @return this builder
        public Builder overflowPages(long count) {
            this.overflowPages = count;
            return this;
        }

        /// Sets [CheckReport#freePages()].
        ///
        /// @param count the number of pages
        /// @return this builder
        public Builder freePages(long count) {
            this.freePages = count;
            return this;
        }

        /// Sets [CheckReport#heldPages()].
        ///
        /// @param count the number of pages
        /// @return this builder
        public Builder heldPages(long count) {
            this.heldPages = count;
            return this;
        }

        /// Puts the report together.
        ///
        /// @return the report
        public CheckReport build() {
            return new CheckReport(this);
        }
    }
}
