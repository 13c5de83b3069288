package io.treering.internal.engine;

import io.treering.IoBackend;
import io.treering.PartitionStats;
import io.treering.device.FileBlockDevice;
import io.treering.internal.buffer.WriteBuffer;
import io.treering.internal.cache.CacheStats;
import io.treering.internal.format.Meta;
import io.treering.internal.wal.WriteAheadLog;
import java.time.Duration;

/// Gathers what [PartitionStats] shows. Nothing is counted on the path of a cached read.
final class Statistics {
    private Statistics() {}

    static PartitionStats of(Parts parts) {
        CacheStats cache = parts.cache().stats();
        Meta durable = parts.committer().durable();
        long durableSequence = durableSequence(parts, durable);
        View view = parts.views().current();
        long pageSize = durable.pageSize();
        long buffered = 0;
        for (WriteBuffer buffer : view.buffers) {
            buffered += buffer.bytes();
        }
        long now = parts.runtime().nanoTime();
        Throwable failure = parts.poison().cause();
        PartitionStats.Builder builder = builder(parts)
                .oldestViewAge(Duration.ofNanos(now - parts.views().oldestOpenedAt(now)))
                .failure(
                        failure == null || failure instanceof RuntimeException
                                ? (RuntimeException) failure
                                : new IllegalStateException(failure))
                .entries(parts.flusher().entries())
                .lastSequence(view.active().visible())
                .durableSequence(Math.min(durableSequence, view.active().visible()))
                .commits(durable.commit())
                .treeLevels(view.rootReference == 0 ? 0 : view.rootLevel + 1)
                .pageSize((int) pageSize)
                .fileBytes(parts.device().size())
                .liveBytes(parts.space().livePages() * pageSize)
                .freeBytes(parts.space().freePages() * pageSize)
                .heldBytes(parts.space().gatedPages() * pageSize)
                .memoryBytes(memoryBytes(parts, view))
                .cacheBytes(cache.frames() * pageSize)
                .cachedBytes(cache.residentPages() * pageSize)
                .pinnedPages(cache.pinnedFrames())
                .cacheMisses(cache.misses())
                .cacheEvictions(cache.evictions())
                .writeBuffers(inUse(view))
                .bufferedBytes(buffered)
                .openViews(parts.views().openViews());
        WriteAheadLog log = parts.log().orNull();
        if (log != null) {
            builder.walBytes(log.usedBytes()).walCapacity(log.capacity());
        }
        return builder.build();
    }

    private static int inUse(View view) {
        int inUse = 0;
        for (WriteBuffer buffer : view.buffers) {
            inUse += buffer.isEmpty() ? 0 : 1;
        }
        return inUse;
    }

    /// Native memory, and what grows with the settings or the data on the Java heap.
    private static long memoryBytes(Parts parts, View view) {
        long heap = parts.space().heapBytes() + parts.cache().heapBytes();
        for (WriteBuffer buffer : view.buffers) {
            heap += buffer.heapBytes();
        }
        return parts.memory().bytes() + parts.device().memoryBytes() + heap;
    }

    /// What the newest commit holds, or the log beyond it. With a log that is synchronous, a write is durable a moment
    /// before it is acknowledged; the caller leaves such writes out.
    private static long durableSequence(Parts parts, Meta durable) {
        WriteAheadLog log = parts.log().orNull();
        return log == null ? durable.sequence() : Math.max(durable.sequence(), log.durableSequence());
    }

    private static PartitionStats.Builder builder(Parts parts) {
        if (parts.device() instanceof FileBlockDevice file) {
            return PartitionStats.builder(parts.name(), file.backend(), file.backendReason());
        }
        return PartitionStats.builder(
                parts.name(),
                IoBackend.AUTO,
                "a device of its own kind: " + parts.device().getClass().getSimpleName());
    }
}
