package io.treering.simulation;

import io.treering.CommitMode;
import io.treering.WalMode;
import io.treering.simulation.Action.Kind;
import io.treering.simulation.Plan.Damage;
import io.treering.simulation.Plan.Life;
import java.util.ArrayList;
import java.util.List;

/// A short story of a store, as a script, for which every possible fault is played.
///
/// A script is a list of steps, with `;` between them. `|` ends a process: `close |` in order, else by a crash.
///
/// ```
/// put 3 100         key 3 gets 100 bytes; put 3..9 100 does so for keys 3 to 9
/// del 3             as well with a range
/// batch 1=50 2=-    key 1 gets 50 bytes and key 2 is deleted, in a batch
/// get 3  scan 3 5  back 3 5  multi 3 5      reads of five keys, upwards and downwards, from key 3 on
/// snapshot  look 3 5  drop                  a snapshot is taken, read, closed
/// flush  sync  check  pause 500             microseconds
/// log 512           at the beginning of a process: KiB that its log shall have
/// mode SYNC         at the beginning of a process: its WAL mode
/// ```
///
/// Client `key % clients` writes a key; what is no write is done by client 0, or 1 if the step begins with `@`.
final class Scenario {
    private static final int KIB = 1 << 10;

    private final String name;
    private final String script;
    private WalMode walMode = WalMode.SYNC;
    private CommitMode commitMode = CommitMode.AUTOMATIC;
    private int pageSize = 4096;
    private int blockSize = 4096;
    private int cachePages = 20;
    private int bufferKib = 64;
    private int clients = 1;
    private int keys = 24;
    private int keyBytes = 16;
    private long capacity = SimulatedDisk.CAPACITY;
    private Swarm.Hint hint = Swarm.Hint.NOTHING;

    private Scenario(String name, String script) {
        this.name = name;
        this.script = script;
    }

    static Scenario of(String name, String script) {
        return new Scenario(name, script);
    }

    Scenario mode(WalMode mode) {
        walMode = mode;
        return this;
    }

    /// No log, and commits only where a flush asks for one.
    Scenario explicit() {
        walMode = WalMode.NONE;
        commitMode = CommitMode.EXPLICIT;
        return this;
    }

    Scenario pages(int bytes, int cached) {
        pageSize = bytes;
        cachePages = cached;
        return this;
    }

    Scenario blocks(int bytes) {
        blockSize = bytes;
        return this;
    }

    Scenario buffer(int kib) {
        bufferKib = kib;
        return this;
    }

    Scenario clients(int count) {
        clients = count;
        return this;
    }

    Scenario keys(int count, int longest) {
        keys = count;
        keyBytes = longest;
        return this;
    }

    /// How large the device can become.
    Scenario capacity(int kib, Swarm.Hint said) {
        capacity = (long) kib * KIB;
        hint = said;
        return this;
    }

    String name() {
        return name;
    }

    /// The same story in another mode.
    Scenario in(WalMode mode) {
        Scenario other = new Scenario(name + "-" + mode, script);
        other.walMode = mode;
        other.commitMode = commitMode;
        other.pageSize = pageSize;
        other.blockSize = blockSize;
        other.cachePages = cachePages;
        other.bufferKib = bufferKib;
        other.clients = clients;
        other.keys = keys;
        other.keyBytes = keyBytes;
        other.capacity = capacity;
        other.hint = hint;
        return other;
    }

    // ---- the plan ---------------------------------------------------------------------------------------------------

    /// The story without a fault. Its last process only opens the store, and closes it: so the recovery behind each of
    /// the others has its faults, too.
    ///
    /// @param seed of schedules and of what becomes of the disk
    Plan plan(long seed) {
        List<Life> lives = new ArrayList<>();
        for (String process : script.split("\\|")) {
            lives.add(life(process.strip(), seed * 100 + lives.size()));
        }
        Life last = lives.getLast();
        if (!last.actions().isEmpty()) {
            lives.add(last.thatOnlyLooks().with(last.faults()));
        }
        return new Plan(seed, swarm(), lives);
    }

    private Swarm swarm() {
        return new Swarm(
                pageSize,
                blockSize,
                cachePages,
                bufferKib * KIB,
                256 * KIB,
                walMode,
                commitMode,
                1000,
                16 * KIB,
                0,
                clients,
                keys,
                keyBytes,
                new int[Kind.values().length],
                Swarm.Values.SMALL,
                new Scheduler.Weights(4, 4, 1, 10),
                40,
                List.of(),
                false,
                false,
                hint);
    }

    private Life life(String process, long seed) {
        List<Action> actions = new ArrayList<>();
        WalMode mode = walMode;
        int walKib = 256;
        boolean closes = false;
        for (String step : process.split(";")) {
            String[] words = step.strip().split("\\s+");
            switch (words[0]) {
                case "" -> {
                    // A process that only opens the store.
                }
                case "close" -> closes = true;
                case "mode" -> mode = WalMode.valueOf(words[1]);
                case "log" -> walKib = Integer.parseInt(words[1]);
                default -> add(words, actions);
            }
        }
        Faults faults = Faults.none().withCapacity(capacity);
        return new Life(seed, mode, walKib * KIB, closes, faults, Damage.NONE, actions);
    }

    private void add(String[] words, List<Action> actions) {
        boolean second = words[0].startsWith("@");
        String verb = second ? words[0].substring(1) : words[0];
        int client = second ? 1 : 0;
        switch (verb) {
            case "put", "del" -> {
                String[] range = words[1].split("\\.\\.");
                int last = Integer.parseInt(range[range.length - 1]);
                for (int key = Integer.parseInt(range[0]); key <= last; key++) {
                    actions.add(
                            verb.equals("put")
                                    ? Action.put(key % clients, key, Integer.parseInt(words[2]))
                                    : Action.of(key % clients, Kind.DELETE, key, 0));
                }
            }
            case "batch" -> {
                int[] batch = new int[2 * (words.length - 1)];
                for (int i = 1; i < words.length; i++) {
                    String[] entry = words[i].split("=");
                    batch[2 * i - 2] = Integer.parseInt(entry[0]);
                    batch[2 * i - 1] = entry[1].equals("-") ? Action.DELETED : Integer.parseInt(entry[1]);
                }
                actions.add(new Action(batch[0] % clients, Kind.BATCH, 0, 0, batch));
            }
            case "pause" -> actions.add(Action.of(client, Kind.PAUSE, 0, number(words, 1)));
            default -> actions.add(Action.of(client, kind(verb), number(words, 1), number(words, 2)));
        }
    }

    private static int number(String[] words, int index) {
        return index < words.length ? Integer.parseInt(words[index]) : 1;
    }

    private static Kind kind(String verb) {
        return switch (verb) {
            case "get" -> Kind.GET;
            case "multi" -> Kind.MULTI_GET;
            case "scan" -> Kind.SCAN;
            case "back" -> Kind.REVERSED_SCAN;
            case "snapshot" -> Kind.SNAPSHOT;
            case "look" -> Kind.LOOK_AT_SNAPSHOT;
            case "drop" -> Kind.DROP_SNAPSHOT;
            case "flush" -> Kind.FLUSH;
            case "sync" -> Kind.SYNC;
            case "check" -> Kind.CHECK;
            default -> throw new IllegalArgumentException(verb);
        };
    }

    @Override
    public String toString() {
        return name;
    }
}
