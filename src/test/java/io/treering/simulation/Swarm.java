package io.treering.simulation;

import io.treering.CommitMode;
import io.treering.WalMode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// What is the same for all lives of a store: each seed picks a corner of all that can be set, for what is turned on
/// everywhere is hard to reach.
///
/// @param cachePages frames of the page cache
/// @param clients threads that write, each its own keys, and read all
/// @param keys how many different keys there are
/// @param keyBytes bytes of the longest key
/// @param weights of the kinds of [Action]
/// @param values how large values are
/// @param troubles what goes wrong beside crashes, in some of the lives: nothing, or one or two kinds that meet
/// @param changesSettings whether a store is opened now with this and now with that WAL mode and size of the log
/// @param nearlyFull whether the device is too small for all that may be written, in some of the lives
/// @param hint what it says about that
record Swarm(
        int pageSize,
        int blockSize,
        int cachePages,
        int bufferBytes,
        int walBytes,
        WalMode walMode,
        CommitMode commitMode,
        int intervalMicros,
        int batchedBytes,
        int inlineLimit,
        int clients,
        int keys,
        int keyBytes,
        int[] weights,
        Values values,
        Scheduler.Weights schedule,
        int immediatePercent,
        List<Faults.Trouble> troubles,
        boolean changesSettings,
        boolean nearlyFull,
        Hint hint) {
    /// What a device says about the room that it can grow by.
    enum Hint {
        NOTHING,
        TRUTH,
        /// More than there is, for others take it.
        TOO_MUCH
    }

    enum Values {
        TINY,
        SMALL,
        MIXED,
        LARGE
    }

    private static final int KIB = 1 << 10;

    /// Memory runs out in [ExhaustiveFaultsTest] only, at every place.
    private static final List<Faults.Trouble> TROUBLES = Arrays.stream(Faults.Trouble.values())
            .filter(trouble -> trouble != Faults.Trouble.OUT_OF_MEMORY)
            .toList();

    static Swarm of(SplittableRandom random) {
        int pageSize = pick(random, 4096, 4096, 4096, 4096, 4096, 8192, 16_384, 32_768);
        int blockSize = pick(random, 512, 4096, 4096);
        WalMode walMode = WalMode.values()[random.nextInt(3)];
        boolean explicit = walMode == WalMode.NONE && random.nextInt(5) < 2;
        boolean small = random.nextInt(3) > 0;
        return new Swarm(
                pageSize,
                blockSize,
                pick(random, 8, 8, 12, 20, 64, 1024),
                pick(random, 64, 64, 64, 64, 96, 256) * KIB,
                walBytes(random),
                walMode,
                explicit ? CommitMode.EXPLICIT : CommitMode.AUTOMATIC,
                pick(random, 100, 1000, 10_000),
                pick(random, 4, 16, 1024) * KIB,
                random.nextInt(3) == 0 ? KIB : 0,
                pick(random, 1, 1, 1, 2, 3, 4),
                small ? 8 + random.nextInt(40) : 40 + random.nextInt(260),
                pick(random, 4, 16, 16, 60, 300, 1000),
                weights(random),
                Values.values()[random.nextInt(Values.values().length)],
                new Scheduler.Weights(
                        1 + random.nextInt(8), 1 + random.nextInt(8), 1 + random.nextInt(2), random.nextInt(60)),
                pick(random, 0, 20, 60, 90),
                troubles(random),
                random.nextInt(6) == 0,
                random.nextInt(8) == 0,
                Hint.values()[random.nextInt(Hint.values().length)]);
    }

    static int walBytes(SplittableRandom random) {
        return pick(random, 256, 256, 256, 512) * KIB;
    }

    private static int pick(SplittableRandom random, int... choices) {
        return choices[random.nextInt(choices.length)];
    }

    private static List<Faults.Trouble> troubles(SplittableRandom random) {
        if (random.nextInt(2) == 0) {
            return List.of();
        }
        int first = random.nextInt(TROUBLES.size());
        int second = (first + 1 + random.nextInt(TROUBLES.size() - 1)) % TROUBLES.size();
        return random.nextInt(3) == 0
                ? List.of(TROUBLES.get(first))
                : List.of(TROUBLES.get(first), TROUBLES.get(second));
    }

    /// Writes are always among what is done; of everything else, a half is left out.
    private static int[] weights(SplittableRandom random) {
        int[] weights = new int[Action.Kind.values().length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = random.nextBoolean() ? random.nextInt(10) : 0;
        }
        weights[Action.Kind.PUT.ordinal()] += 10;
        weights[Action.Kind.CHECK.ordinal()] /= 4;
        weights[Action.Kind.FLUSH.ordinal()] /= 2;
        weights[Action.Kind.SCAN.ordinal()] /= 2;
        weights[Action.Kind.REVERSED_SCAN.ordinal()] /= 2;
        weights[Action.Kind.RANGE_SCAN.ordinal()] /= 3;
        weights[Action.Kind.WALK.ordinal()] /= 3;
        return weights;
    }

    int valueLength(SplittableRandom random) {
        return switch (values) {
            case TINY -> random.nextInt(12);
            case SMALL -> random.nextInt(300);
            case MIXED ->
                switch (random.nextInt(10)) {
                    case 0 -> 2000 + random.nextInt(1800);
                    case 1 -> 4000 + random.nextInt(12_000);
                    case 2 -> 0;
                    default -> random.nextInt(900);
                };
            case LARGE -> random.nextInt(8) == 0 ? random.nextInt(80 * KIB) : random.nextInt(4_000);
        };
    }
}
