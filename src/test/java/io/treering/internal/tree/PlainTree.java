package io.treering.internal.tree;

import io.treering.internal.format.PageBuilder;
import io.treering.internal.format.PageReference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;

/// Builds trees slowly and plainly, in [FakePages]: from the leaves up, with pages of random fill.
final class PlainTree {
    static final long GENERATION = 7;

    private final FakePages pages;
    private final Random random;
    private final int fanOut;
    private int nextPage = 10;

    long root = PageReference.NONE;
    int level;
    /// References by level, from left to right.
    final List<List<Long>> levels = new ArrayList<>();

    private record Node(byte[] low, byte[] lowest, byte[] highest, long reference) {}

    private PlainTree(FakePages pages, Random random, int fanOut) {
        this.pages = pages;
        this.random = random;
        this.fanOut = fanOut;
    }

    /// @param fanOut entries a leaf and children a branch, at most
    static PlainTree build(
            FakePages pages, Random random, int fanOut, NavigableMap<byte[], PageBuilder.Entry> entries) {
        PlainTree tree = new PlainTree(pages, random, fanOut);
        List<Node> nodes = tree.leaves(new ArrayList<>(entries.values()));
        while (!nodes.isEmpty()) {
            tree.levels.add(nodes.stream().map(Node::reference).toList());
            if (nodes.size() == 1) {
                tree.root = nodes.getFirst().reference;
                break;
            }
            tree.level++;
            nodes = tree.branches(nodes, tree.level);
        }
        return tree;
    }

    private List<Node> leaves(List<PageBuilder.Entry> entries) {
        List<Node> nodes = new ArrayList<>();
        byte[] previous = null;
        for (int at = 0; at < entries.size(); ) {
            int size = Math.min(entries.size() - at, 1 + random.nextInt(fanOut));
            byte[] page;
            List<PageBuilder.Entry> own;
            do {
                own = entries.subList(at, at + size);
                page = PageBuilder.leaf(pages.pageSize(), nextPage, birth(0), own);
                size--;
            } while (page == null);
            byte[] lowest = own.getFirst().key();
            byte[] low = previous == null ? new byte[0] : shortestBetween(previous, lowest);
            previous = own.getLast().key();
            nodes.add(new Node(low, lowest, previous, write(page)));
            at += own.size();
        }
        return nodes;
    }

    private List<Node> branches(List<Node> below, int level) {
        List<Node> nodes = new ArrayList<>();
        for (int at = 0; at < below.size(); ) {
            int size = Math.min(below.size() - at, 2 + random.nextInt(fanOut));
            byte[] page;
            List<Node> own;
            do {
                own = below.subList(at, at + size);
                List<PageBuilder.Child> children = own.stream()
                        .map(node -> new PageBuilder.Child(
                                node.low, PageReference.page(node.reference), PageReference.crc(node.reference)))
                        .toList();
                page = PageBuilder.branch(pages.pageSize(), nextPage, birth(level), level, children);
                size--;
            } while (page == null);
            nodes.add(new Node(own.getFirst().low, own.getFirst().lowest, own.getLast().highest, write(page)));
            at += own.size();
        }
        return nodes;
    }

    /// Parents are born no earlier than their children.
    private static long birth(int level) {
        return Math.min(GENERATION, 1 + level);
    }

    private long write(byte[] page) {
        pages.write(nextPage, page);
        return PageReference.of(nextPage++, PageBuilder.crc(page));
    }

    /// The shortest prefix of `right` that is greater than `left`.
    private static byte[] shortestBetween(byte[] left, byte[] right) {
        return Arrays.copyOf(right, Arrays.mismatch(left, right) + 1);
    }
}
