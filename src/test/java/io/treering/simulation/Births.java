package io.treering.simulation;

import io.treering.internal.format.PageHeader;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/// Watches that no generation is handed out twice in the life of a store: no page of a tree is written with a birth
/// that another process has given to a page before, whether that was ever committed or not.
///
/// Nothing else shows when this rule is broken, for whoever refers to a page knows its checksum, too.
final class Births {
    private long before;
    private long youngest;

    void clear() {
        before = 0;
        youngest = 0;
    }

    /// Another process opens the store.
    void beginProcess() {
        before = youngest;
    }

    /// Looks at what is about to be written.
    ///
    /// @return what is wrong with it
    @Nullable
    String written(long position, MemorySegment bytes, int pageSize) {
        if (position % pageSize != 0) {
            return null;
        }
        for (long at = 0; at + pageSize <= bytes.byteSize(); at += pageSize) {
            if (isPageOfTree(bytes, at, (int) ((position + at) / pageSize), pageSize)) {
                long birth = PageHeader.birth(bytes, at);
                if (birth <= before) {
                    return "page " + (position + at) / pageSize + " is born in generation " + birth
                            + ", and generations up to " + before + " have been used by processes before";
                }
                youngest = Math.max(youngest, birth);
            }
        }
        return null;
    }

    /// Bytes of the log or of a value may look like a page, but for the checksum.
    private static boolean isPageOfTree(MemorySegment bytes, long page, int id, int pageSize) {
        int type = PageHeader.type(bytes, page);
        return (type == PageHeader.LEAF || type == PageHeader.BRANCH)
                && PageHeader.pageId(bytes, page) == id
                && PageHeader.crc(bytes, page) == PageHeader.computeCrc(bytes, page, pageSize);
    }
}
