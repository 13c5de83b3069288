package io.treering.internal.format;

/// What was read from a page cannot belong to the reader's view of the tree.
///
/// Either the page was used again while an optimistic reader was still on its way, or the bytes are damaged; the bytes
/// alone cannot tell. The engine tells: it retries under a registered view, whose pages are not used again, and only an
/// anomaly met there is reported as corruption. Since retrying is the common answer, no stack trace is taken.
public final class PageAnomaly extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int page;
    private final String expected;
    private final String found;

    /// @param page the id of the page that was asked for
    /// @param expected what should be there
    /// @param found what is there
    public PageAnomaly(int page, String expected, String found) {
        super("page " + page + ": expected " + expected + ", found " + found, null, false, false);
        this.page = page;
        this.expected = expected;
        this.found = found;
    }

    public int page() {
        return page;
    }

    public String expected() {
        return expected;
    }

    public String found() {
        return found;
    }
}
