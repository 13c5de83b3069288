package io.treering.simulation;

import io.treering.CommitMode;
import io.treering.PartitionConfig;
import io.treering.WalMode;
import io.treering.simulation.Faults.Trouble;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// All that happens to a store, but for what chance decides on the way, which comes from the seeds of its lives.
record Plan(long seed, Swarm swarm, List<Life> lives) {
    private static final int MOST_LIVES = 14;

    /// One process that opens the store, and how it ends.
    ///
    /// @param seed of the schedule, and of what the device does
    /// @param walBytes how large the log shall be
    /// @param closes whether the partition is closed, if no crash comes first
    /// @param damage what happens to the disk before the store is opened
    record Life(
            long seed,
            WalMode walMode,
            int walBytes,
            boolean closes,
            Faults faults,
            Damage damage,
            List<Action> actions) {
        Life with(Faults other) {
            return new Life(seed, walMode, walBytes, closes, other, damage, actions);
        }

        Life with(List<Action> other) {
            return new Life(seed, walMode, walBytes, closes, faults, damage, other);
        }

        /// Whether it opens the store, looks at all of it, and closes it, and nothing goes wrong.
        boolean onlyLooks() {
            return closes && actions.isEmpty() && faults.areNone() && damage == Damage.NONE;
        }

        /// Opens the store, looks at all of it, and closes it.
        Life thatOnlyLooks() {
            return new Life(seed + 1, walMode, walBytes, true, Faults.none(), Damage.NONE, List.of());
        }
    }

    /// What happens to a disk while nobody uses it.
    enum Damage {
        NONE,
        BIT_FLIPS,
        SECTOR_IS_ZEROED,
        BLOCK_IS_STALE,
        BLOCK_IS_MISDIRECTED
    }

    static Plan of(long seed) {
        // The generator moves on by a constant, so neighbouring seeds must not be a multiple of it apart.
        SplittableRandom random = new SplittableRandom(new SplittableRandom(seed).nextLong());
        Swarm swarm = Swarm.of(random);
        List<Life> lives = new ArrayList<>();
        boolean damaging = random.nextInt(8) == 0;
        int count = 4 + random.nextInt(MOST_LIVES - 3);
        for (int i = 0; i < count; i++) {
            boolean last = i == count - 1;
            Damage damage = last && damaging ? Damage.values()[1 + random.nextInt(4)] : Damage.NONE;
            lives.add(life(swarm, damage, last, random));
        }
        return new Plan(seed, swarm, lives);
    }

    private static Life life(Swarm swarm, Damage damage, boolean last, SplittableRandom random) {
        WalMode mode = swarm.changesSettings() && swarm.commitMode() == CommitMode.AUTOMATIC
                ? WalMode.values()[random.nextInt(3)]
                : swarm.walMode();
        // A third of all crashes come early: while the store is being opened.
        int within = switch (random.nextInt(6)) {
            case 0 -> 8;
            case 1 -> 30;
            case 2 -> 150;
            case 3 -> 400;
            default -> 1500;
        };
        boolean crashes = random.nextInt(8) > 0;
        long crashAt = crashes ? 1 + random.nextInt(within) : 0;
        List<Action> actions = new ArrayList<>();
        int count = random.nextInt(8) == 0 ? 200 : 4 + random.nextInt(60);
        if (mode == WalMode.SYNC && random.nextInt(6) == 0) {
            // As many as it takes to fill the log with blocks of one write each.
            count = 100 + random.nextInt(200);
        }
        for (int i = 0; i < count; i++) {
            actions.add(action(swarm, random));
        }
        int walBytes = swarm.changesSettings() ? Swarm.walBytes(random) : swarm.walBytes();
        return new Life(
                random.nextLong(),
                mode,
                walBytes,
                random.nextInt(6) == 0,
                faults(swarm, crashAt, last, random),
                damage,
                actions);
    }

    /// What damages bytes does so in the last life only, for it may make the store useless.
    private static Faults faults(Swarm swarm, long crashAt, boolean last, SplittableRandom random) {
        long capacity = swarm.nearlyFull() && random.nextBoolean()
                ? (2 << 20) + random.nextInt(2 << 20) / 4096 * 4096L
                : SimulatedDisk.CAPACITY;
        Faults.End end = switch (random.nextInt(8)) {
            case 0, 1 -> Faults.End.KILL;
            case 2 -> Faults.End.TORN_POWER_CUT;
            default -> Faults.End.POWER_CUT;
        };
        Faults faults = new Faults(crashAt, end, List.of(), capacity);
        boolean troubled = random.nextInt(3) == 0;
        for (Trouble kind : swarm.troubles()) {
            if (kind.isDamage() ? last : troubled) {
                int at = 1 + random.nextInt(random.nextBoolean() ? 10 : 80);
                faults = faults.with(new Faults.Fault(kind, at, random.nextBoolean() && !kind.isDamage()));
            }
        }
        return faults;
    }

    private static Action action(Swarm swarm, SplittableRandom random) {
        int client = random.nextInt(swarm.clients());
        Action.Kind kind = kind(swarm.weights(), random);
        int key = random.nextInt(swarm.keys());
        return switch (kind) {
            case PUT -> Action.put(client, own(swarm, client, key), swarm.valueLength(random));
            case DELETE -> Action.of(client, kind, own(swarm, client, key), 0);
            case BATCH -> new Action(client, kind, 0, 0, batch(swarm, client, random));
            case PAUSE -> Action.of(client, kind, 0, 1 + random.nextInt(3 * swarm.intervalMicros()));
            default -> Action.of(client, kind, key, 1 + random.nextInt(swarm.keys()));
        };
    }

    /// A key that the client may write: each has its own.
    private static int own(Swarm swarm, int client, int key) {
        int first = key - key % swarm.clients();
        return first + client < swarm.keys() ? first + client : client % swarm.keys();
    }

    /// Many small values, or a few of any length: what is not too long for a page counts as a whole towards what
    /// a batch may take of a buffer.
    private static int[] batch(Swarm swarm, int client, SplittableRandom random) {
        boolean small = random.nextInt(4) > 0;
        int[] batch = new int[2 * (1 + random.nextInt(small && random.nextInt(4) == 0 ? 24 : small ? 5 : 3))];
        int most = small ? 1500 : Integer.MAX_VALUE;
        for (int i = 0; i < batch.length; i += 2) {
            batch[i] = own(swarm, client, random.nextInt(swarm.keys()));
            batch[i + 1] = random.nextInt(4) == 0 ? Action.DELETED : Math.min(most, swarm.valueLength(random));
        }
        return batch;
    }

    private static Action.Kind kind(int[] weights, SplittableRandom random) {
        int pick = random.nextInt(Arrays.stream(weights).sum());
        int kind = 0;
        while (pick >= weights[kind]) {
            pick -= weights[kind++];
        }
        return Action.Kind.values()[kind];
    }

    /// The settings with which a life opens the store.
    PartitionConfig config(Life life) {
        PartitionConfig.Builder builder = PartitionConfig.builder()
                .pageSize(swarm.pageSize())
                .cacheSize((long) swarm.cachePages() * swarm.pageSize())
                .writeBufferSize(swarm.bufferBytes())
                .walSize(life.walBytes())
                .walMode(life.walMode())
                .commitMode(swarm.commitMode())
                .batchedInterval(Duration.ofNanos(1_000L * swarm.intervalMicros()))
                .batchedBytes(swarm.batchedBytes());
        return (swarm.inlineLimit() == 0 ? builder : builder.inlineValueLimit(swarm.inlineLimit())).build();
    }
}
