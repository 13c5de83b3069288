package io.treering.simulation;

import io.treering.CheckReport;
import io.treering.CommitMode;
import io.treering.Partition;
import io.treering.WalMode;
import io.treering.internal.engine.EngineOpening;
import io.treering.simulation.Faults.Trouble;
import io.treering.simulation.Plan.Damage;
import io.treering.simulation.Plan.Life;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Plays a [Plan]: one store, several processes after each other, each of which opens it, checks what is there, works
/// on it and comes to an end.
///
/// Everything of the engine is that of production, and runs on the calling thread.
final class Simulation {
    private static final int BLOCK = 4096;
    private static final long META_BYTES = 16 << 10;

    /// Microseconds.
    private static final long FALLING_ASLEEP = 50;

    /// What a run came to.
    ///
    /// @param trace of all that happened: the same for the same plan
    /// @param crashes how many processes crashed
    /// @param recoveries how many openings found a store and brought it back to life
    /// @param tallies what each process has done
    /// @param failure null if all was as it should be
    record Outcome(
            long trace,
            int crashes,
            int recoveries,
            List<Tally> tallies,
            @Nullable Failure failure) {}

    /// @param life in which process
    /// @param actions what its clients were doing or had done last
    record Failure(int life, String actions, Throwable cause) {}

    private final Plan plan;
    private final SimulatedDisk disk;
    private final SimulatedMemory memory;
    private final Keys keys;
    private final Oracle oracle;

    private final List<Tally> tallies = new ArrayList<>();

    /// What the last check found.
    private String account = "";

    private long time = 1_000_000;
    private long trace;
    private int crashes;
    private int recoveries;
    private @Nullable Failure failure;

    /// Whether bytes have been damaged: then a [io.treering.CorruptionException] may come at any time.
    private boolean tainted;

    private long stalePosition = -1;
    private byte[] stale = new byte[0];

    private Simulation(Plan plan, SimulatedDisk disk, SimulatedMemory memory) {
        this.plan = plan;
        this.disk = disk;
        this.memory = memory;
        this.keys = new Keys(plan.swarm(), plan.seed());
        this.oracle = new Oracle(keys, plan.swarm().clients(), plan.swarm().commitMode());
    }

    /// Plays the plan on an empty disk. Behind it the store is opened twice by processes that only look.
    static Outcome run(Plan plan, SimulatedDisk disk) {
        return run(plan, disk, true);
    }

    /// Plays the plan on an empty disk.
    ///
    /// @param twice whether the store is looked at twice in the end, and what one opening finds is held against what
    ///     another one does
    static Outcome run(Plan plan, SimulatedDisk disk, boolean twice) {
        disk.clear();
        try (SimulatedMemory memory = SimulatedMemory.of(plan)) {
            Simulation simulation = new Simulation(plan, disk, memory);
            simulation.play(twice);
            return new Outcome(
                    simulation.trace,
                    simulation.crashes,
                    simulation.recoveries,
                    simulation.tallies,
                    simulation.failure);
        }
    }

    private void play(boolean twice) {
        for (int i = 0; i < plan.lives().size() && failure == null; i++) {
            play(i, plan.lives().get(i));
        }
        Life last = plan.lives().getLast();
        if (failure == null && !last.onlyLooks()) {
            play(plan.lives().size(), last.thatOnlyLooks());
        }
        if (failure == null && twice) {
            openAgain(last.thatOnlyLooks());
        }
    }

    /// What is there after a recovery is there after another one. Leaves may be fewer: where much of the file is free,
    /// pages are moved meanwhile, and small neighbours come together.
    private void openAgain(Life look) {
        String before = account;
        play(plan.lives().size(), look);
        if (failure == null && !tainted && !before.equals(account)) {
            failure = new Failure(
                    plan.lives().size(),
                    "\n  opening the store again",
                    new AssertionError("what was there before: " + before + ", and is now: " + account));
        }
    }

    private void play(int index, Life life) {
        SplittableRandom random = new SplittableRandom(life.seed());
        account = "";
        damage(life.damage(), random);
        keepSomethingStale(random);
        new Process(index, life, random).run();
    }

    // ---- the disk between two processes -----------------------------------------------------------------------------

    private void damage(Damage damage, SplittableRandom random) {
        long blocks = disk.size() / BLOCK;
        if (damage == Damage.NONE || blocks == 0 || !disk.isSynced()) {
            return;
        }
        tainted = true;
        long place = usedBlock(blocks, random);
        switch (damage) {
            case BIT_FLIPS -> {
                disk.flipBit(place + random.nextInt(BLOCK), random.nextInt(8));
                disk.flipBit(META_BYTES + random.nextLong(disk.size() - META_BYTES), random.nextInt(8));
            }
            case SECTOR_IS_ZEROED ->
                disk.wipe(place + (long) random.nextInt(BLOCK / SimulatedDisk.SECTOR) * SimulatedDisk.SECTOR, 512);
            case BLOCK_IS_STALE -> {
                if (stalePosition >= 0 && stalePosition + BLOCK <= disk.size()) {
                    disk.overwrite(stalePosition, stale);
                }
            }
            case BLOCK_IS_MISDIRECTED -> {
                long to = Math.max(META_BYTES, usedBlock(blocks, random));
                disk.overwrite(to, disk.copy(place, BLOCK));
            }
            default -> throw new IllegalStateException();
        }
    }

    /// A block that holds something, if a few attempts find one: most of a file is free.
    private long usedBlock(long blocks, SplittableRandom random) {
        long place = 0;
        for (int attempt = 0; attempt < 30; attempt++) {
            place = random.nextLong(random.nextInt(3) == 0 ? Math.min(12, blocks) : blocks) * BLOCK;
            for (byte each : disk.copy(place, BLOCK)) {
                if (each != 0) {
                    return place;
                }
            }
        }
        return place;
    }

    private void keepSomethingStale(SplittableRandom random) {
        if (disk.size() > 0 && random.nextInt(3) == 0) {
            stalePosition = usedBlock(disk.size() / BLOCK, random);
            stale = disk.copy(stalePosition, BLOCK);
        }
    }

    // ---- a process --------------------------------------------------------------------------------------------------

    /// One life of a process, with its clients.
    private final class Process {
        private final int index;
        private final Life life;
        private final Scheduler scheduler;
        private final SimulatedDevice device;
        private final Client[] clients = new Client[plan.swarm().clients()];
        private @Nullable Partition partition;

        Process(int index, Life life, SplittableRandom random) {
            this.index = index;
            this.life = life;
            Swarm swarm = plan.swarm();
            scheduler = new Scheduler(random, swarm.schedule(), time);
            device = new SimulatedDevice(disk, scheduler, life.faults(), swarm);
            scheduler.connect(device);
            scheduler.onRest(this::rest);
        }

        void run() {
            boolean found = disk.size() > 0;
            scheduler.spawn("process", this::live);
            try {
                scheduler.run();
            } catch (RuntimeException e) {
                fail(e);
            }
            if (device.broken() != null) {
                fail(new AssertionError(device.broken()));
            }
            crashes += device.isDead() ? 1 : 0;
            tainted |= device.hasMet(Trouble::isDamage);
            if (found && partition != null) {
                recoveries++;
            }
            time = scheduler.now();
            trace = trace * 31 + scheduler.trace();
            tallies.add(device.tally());
        }

        private void fail(Throwable cause) {
            if (failure == null) {
                StringBuilder doing = new StringBuilder();
                for (Client client : clients) {
                    if (client != null) {
                        doing.append("\n  ").append(client);
                    }
                }
                failure = new Failure(index, doing.isEmpty() ? "\n  opening the store" : doing.toString(), cause);
            }
            device.crash();
        }

        private void live() {
            Verdict verdict = new Verdict(device, tainted);
            try {
                Partition opened = open(verdict);
                if (opened == null) {
                    crash();
                    return;
                }
                partition = opened;
                if (verify(opened, verdict)) {
                    work(opened, verdict);
                }
                end(opened, verdict);
            } catch (RuntimeException | Error e) {
                fail(e);
                closeQuietly();
            }
        }

        private @Nullable Partition open(Verdict verdict) {
            try {
                return EngineOpening.open(device, plan.config(life), new SimulatedRuntime(scheduler, memory));
            } catch (RuntimeException | OutOfMemoryError e) {
                verdict.onOpening(e);
                if (!device.isClosed()) {
                    throw new AssertionError("an opening that failed has left the device open", e);
                }
                return null;
            }
        }

        /// @return whether the process can go on
        private boolean verify(Partition opened, Verdict verdict) {
            byte[][] found;
            try {
                found = Reading.everything(opened, keys);
            } catch (RuntimeException | OutOfMemoryError e) {
                verdict.onReading(e);
                return false;
            }
            oracle.recovered(found, verdict.mayBeDamaged(), life.walMode() == WalMode.SYNC);
            return check(opened, verdict);
        }

        private boolean check(Partition opened, Verdict verdict) {
            try {
                CheckReport report = opened.check();
                account = report.entries() + " entries, " + report.overflowPages() + " pages of runs";
                if (!report.isClean() && !verdict.mayBeDamaged() && !verdict.readsMayFail()) {
                    throw new AssertionError(report.toString());
                }
                return true;
            } catch (RuntimeException | OutOfMemoryError e) {
                verdict.onReading(e);
                return false;
            }
        }

        /// No client is at work any more, so each page is the tree's, a buffered value's, free, or held back.
        private void checkHandedOut(Partition opened, Verdict verdict) {
            CheckReport report = EngineOpening.handedOut(opened);
            if (!report.isClean() && !verdict.mayBeDamaged() && !device.isDead()) {
                throw new AssertionError(report.toString());
            }
        }

        private void work(Partition opened, Verdict verdict) {
            for (int i = 0; i < clients.length; i++) {
                int number = i;
                Client client = new Client(
                        i,
                        life.actions().stream()
                                .filter(action -> action.client() == number)
                                .toList(),
                        opened,
                        keys,
                        oracle,
                        scheduler,
                        verdict,
                        life.walMode());
                clients[i] = client;
                scheduler.spawn("client-" + i, () -> {
                    try {
                        client.run();
                    } catch (RuntimeException | Error e) {
                        fail(e);
                    } finally {
                        client.end();
                    }
                });
            }
            scheduler.await(() -> {
                for (Client client : clients) {
                    if (!client.hasEnded()) {
                        return false;
                    }
                }
                return true;
            });
        }

        private void end(Partition opened, Verdict verdict) {
            checkHandedOut(opened, verdict);
            if (!life.closes()) {
                crash();
            }
            int[] acknowledged = oracle.acknowledged();
            try {
                opened.close();
                // A partition that was poisoned is closed without a flush, and without a word.
                if (plan.swarm().commitMode() == CommitMode.AUTOMATIC && !verdict.mayBePoisoned() && !device.isDead()) {
                    oracle.durable(acknowledged);
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                verdict.onClosing(e);
            }
            if (!device.isClosed()) {
                throw new AssertionError("a partition that was closed has left its device open");
            }
        }

        private void crash() {
            device.crash();
        }

        private void closeQuietly() {
            Partition opened = partition;
            if (opened != null) {
                try {
                    opened.close();
                } catch (RuntimeException | OutOfMemoryError e) {
                    // The failure that counts has been noted.
                    scheduler.note(2);
                }
            }
        }

        /// Nothing happens any more until time passes: the log's task has nothing to do that is due, but for what has
        /// become due between its look at the clock and its going to sleep.
        private void rest() {
            if (life.walMode() == WalMode.BATCHED
                    && partition != null
                    && !device.isDead()
                    && !device.hasMet(kind -> kind != Trouble.GROW_FAILS)) {
                oracle.durableUpTo(scheduler.now()
                        - TimeUnit.MICROSECONDS.toNanos(plan.swarm().intervalMicros() + FALLING_ASLEEP));
            }
        }
    }
}
