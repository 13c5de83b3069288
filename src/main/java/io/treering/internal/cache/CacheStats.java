package io.treering.internal.cache;

/// The cache at a glance. Counted by looking at every frame, so that readers need not count anything: exact when
/// nothing moves, and then `freeFrames + residentPages + loadsUnderWay + orphanedFrames == frames`.
///
/// @param frames how many pages fit
/// @param freeFrames frames that hold nothing
/// @param residentPages pages that can be read without a load
/// @param loadsUnderWay loads that have not ended, those included that are still looking for a frame
/// @param pinnedFrames frames that may not be refilled
/// @param orphanedFrames pinned frames whose page was dropped or written anew: free with their last pin
/// @param misses loads that were started, ahead of their reader or not
/// @param evictions pages that made room for others
/// @param tableBytes memory taken by the translation table
public record CacheStats(
        int frames,
        int freeFrames,
        int residentPages,
        int loadsUnderWay,
        int pinnedFrames,
        int orphanedFrames,
        long misses,
        long evictions,
        long tableBytes) {}
