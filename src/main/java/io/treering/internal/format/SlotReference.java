package io.treering.internal.format;

/// Which of a page's two fixed slots holds its newest committed image, and that image's CRC32C.
///
/// @param slot 0 or 1
/// @param crc the image's checksum
public record SlotReference(int slot, int crc) {}
