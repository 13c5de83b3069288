package io.treering;

/// Bytes that were read are not what was written: a checksum, a page id, a structure or an order is wrong.
///
/// The causes lie outside: a failing device, a write that was lost or went astray, somebody else's hand in the file.
/// The store gives no answer from damaged bytes, and a scan that meets them fails instead of ending early. What lies
/// elsewhere can still be read, and [Partition#check()] lists what it finds damaged. Nothing is repaired unasked, but
/// for the meta block, of which there are two copies: an opening that may write writes one of them again, the unsound
/// one if there is one.
public final class CorruptionException extends TreeringException {
    private static final long serialVersionUID = 1L;

    private final String device;
    private final long page;
    private final String expected;
    private final String found;

    /// Damage at a page of a device.
    ///
    /// @param device the device's name, a path in most cases
    /// @param page the page's number, or -1 where the place is not a page
    /// @param expected what should be there
    /// @param found what is there
    public CorruptionException(String device, long page, String expected, String found) {
        super(device + (page < 0 ? "" : ", page " + page) + ": expected " + expected + ", found " + found);
        this.device = device;
        this.page = page;
        this.expected = expected;
        this.found = found;
    }

    /// The name of the device, a path in most cases.
    ///
    /// @return the name
    public String device() {
        return device;
    }

    /// The number of the damaged page.
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
}
