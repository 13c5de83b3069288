package io.treering.internal.cache;

import java.lang.foreign.MemorySegment;

/// Judges a page that has just been read from the device, before any reader can see it: nobody else can write to its
/// bytes meanwhile. What it lets through is trusted to be well-formed by every reader that checks its word afterwards.
@FunctionalInterface
public interface PageValidator {
    /// @param memory where the page was read to
    /// @param base the page's offset in it
    /// @param page the id under which it was read
    /// @param crc its CRC32C as its parent has it
    /// @throws PageAnomaly if it is not that page, or not a well-formed one
    void validate(MemorySegment memory, long base, int page, int crc);
}
