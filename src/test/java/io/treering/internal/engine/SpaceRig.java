package io.treering.internal.engine;

import io.treering.device.BlockDevice;
import io.treering.internal.bytes.Waiter;
import io.treering.internal.cache.PageCache;
import io.treering.internal.freelist.SpaceMap;
import java.lang.foreign.Arena;

/// A [Space] without an engine around it.
final class SpaceRig {
    private static final int FRAMES = 8;

    private SpaceRig() {}

    /// @param reserved pages that are live but no part of the tree
    static Space over(BlockDevice device, SpaceMap map, int pageSize, int reserved) {
        Arena arena = Arena.ofAuto();
        PageCache cache = new PageCache(
                device,
                arena.allocate((long) FRAMES * pageSize, pageSize),
                pageSize,
                bytes -> arena.allocate(bytes, pageSize),
                (memory, base, page, crc) -> {},
                Waiter.PARKING);
        return new Space(device, cache, map, pageSize, reserved);
    }
}
