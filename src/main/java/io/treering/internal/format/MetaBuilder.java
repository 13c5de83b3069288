package io.treering.internal.format;

import io.treering.internal.bytes.HeadRange;
import java.util.List;
import java.util.UUID;

/// Puts a [Meta] together, most often from the one before it.
public final class MetaBuilder {
    private final UUID storeId;
    private final int pageSize;
    private boolean clean;
    private long commit;
    private long generation;
    private long nextGeneration = 1;
    private long sequence;
    private int rootPage;
    private int rootLevel;
    private int rootCrc;
    private HeadRange heads = HeadRange.EMPTY;
    private long entries;
    private long livePages;
    private int filePages;
    private long walEpoch;
    private long walHead;
    private int walFirstPage;
    private int walPages;
    private List<SlotReference> summaries = List.of();

    MetaBuilder(UUID storeId, int pageSize) {
        this.storeId = storeId;
        this.pageSize = pageSize;
    }

    public MetaBuilder clean(boolean value) {
        clean = value;
        return this;
    }

    public MetaBuilder commit(long value) {
        commit = value;
        return this;
    }

    /// @param root the root's generation
    /// @param next every generation handed out so far is below it
    public MetaBuilder generations(long root, long next) {
        generation = root;
        nextGeneration = next;
        return this;
    }

    public MetaBuilder sequence(long value) {
        sequence = value;
        return this;
    }

    /// The root; three zeros are the empty tree.
    public MetaBuilder root(int page, int level, int crc) {
        rootPage = page;
        rootLevel = level;
        rootCrc = crc;
        return this;
    }

    public MetaBuilder heads(HeadRange value) {
        heads = value;
        return this;
    }

    public MetaBuilder entries(long value) {
        entries = value;
        return this;
    }

    public MetaBuilder livePages(long value) {
        livePages = value;
        return this;
    }

    public MetaBuilder filePages(int value) {
        filePages = value;
        return this;
    }

    public MetaBuilder wal(long epoch, long head) {
        walEpoch = epoch;
        walHead = head;
        return this;
    }

    public MetaBuilder walRegion(int firstPage, int pages) {
        walFirstPage = firstPage;
        walPages = pages;
        return this;
    }

    public MetaBuilder summaries(List<SlotReference> value) {
        summaries = value;
        return this;
    }

    public Meta build() {
        return new Meta(
                storeId,
                pageSize,
                clean,
                commit,
                generation,
                nextGeneration,
                sequence,
                rootPage,
                rootLevel,
                rootCrc,
                heads,
                entries,
                livePages,
                filePages,
                walEpoch,
                walHead,
                walFirstPage,
                walPages,
                summaries);
    }
}
