package io.treering.internal.format;

/// How one page names another: id and CRC32C of the target, packed into a `long`.
///
/// ```
///  63              32               0
///  +----------------+---------------+
///  |     crc32c     |    page id    |
///  +----------------+---------------+
/// ```
///
/// The checksum is part of the reference because a lost or misdirected write leaves an old page whose own checksum and
/// id are right; only who refers to it can know. Page 0 holds a meta block, so the reference 0 says "none".
public final class PageReference {
    public static final int PAGE_ID_BITS = 32;
    public static final long NONE = 0;

    private PageReference() {}

    public static long of(int page, int crc) {
        return ((long) crc << PAGE_ID_BITS) | (page & 0xffff_ffffL);
    }

    public static int page(long reference) {
        return (int) reference;
    }

    public static int crc(long reference) {
        return (int) (reference >>> PAGE_ID_BITS);
    }
}
