package io.treering.internal.tree;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Deletes that leave next to nothing of leaf after leaf: what is left is thin pages, and the next merge beside them
/// takes one after the other back from the left. It does so for as long as it has copies; the store here has no more
/// than [TreeMerge#MOST_COPIES].
final class TakenBackLeavesTest {
    private static final int GROUPS = 840;
    private static final int LARGE = 15_000;

    /// Leaves that the second merge holds: nearly as many as it may.
    private static final int REST = LeafBuilder.HELD_PAGES - 2;

    private final MergeRig rig = new MergeRig(32_768, 16_320);

    private static byte[] key(int group, String which) {
        return "%05d-%s".formatted(group, which).getBytes(StandardCharsets.US_ASCII);
    }

    private static List<Operation> deletesOfLargeOnes(int from, int to) {
        List<Operation> deletes = new ArrayList<>();
        for (int group = from; group < to; group++) {
            deletes.add(Operation.delete(key(group, "b")));
            deletes.add(Operation.delete(key(group, "c")));
        }
        return deletes;
    }

    @Test
    void thinPagesAreTakenBackOnlyAsLongAsThereAreCopies() {
        List<Operation> puts = new ArrayList<>();
        for (int group = 0; group < GROUPS; group++) {
            puts.add(Operation.put(key(group, "a"), new byte[0]));
            puts.add(Operation.put(key(group, "b"), new byte[LARGE]));
            puts.add(Operation.put(key(group, "c"), new byte[LARGE]));
        }
        rig.apply(puts);
        rig.apply(deletesOfLargeOnes(0, GROUPS - REST));
        rig.apply(deletesOfLargeOnes(GROUPS - REST, GROUPS));
    }
}
