package io.treering.simulation;

import static io.treering.WalMode.BATCHED;
import static io.treering.WalMode.NONE;
import static io.treering.WalMode.SYNC;

import io.treering.WalMode;
import java.util.ArrayList;
import java.util.List;

/// The scenarios of [ExhaustiveFaultsTest].
final class Scenarios {
    private Scenarios() {}

    static List<Scenario> all() {
        List<Scenario> all = new ArrayList<>();
        simple(all);
        large(all);
        log(all);
        space(all);
        concurrent(all);
        return all;
    }

    private static void inAllModes(List<Scenario> all, Scenario scenario) {
        for (WalMode mode : WalMode.values()) {
            all.add(scenario.in(mode));
        }
    }

    private static void simple(List<Scenario> all) {
        inAllModes(all, Scenario.of("nothing", "close |"));
        inAllModes(all, Scenario.of("put", "put 0 100; sync; put 1 100; flush; put 2 100"));
        inAllModes(all, Scenario.of("overwrite", "put 3 50; put 3 60; flush; put 3 70; del 3; put 3 80; flush; del 3"));
        inAllModes(
                all,
                Scenario.of("batch", "batch 1=50 2=60 3=70; flush; batch 2=- 3=1400 4=0 2=20; sync; batch 1=- 4=9"));
        inAllModes(all, Scenario.of("close", "put 0..9 200; close | put 5..14 300; del 2; close | put 7 10"));
        inAllModes(all, Scenario.of("crash", "put 0..4 200; flush; put 5..9 200 | put 3 90; del 6 | put 1 1; flush"));
        all.add(Scenario.of(
                        "explicit", "put 0..5 200; put 6 20; flush; put 3 90; del 1; put 9 9 | put 4 4; flush; del 0")
                .explicit());
        all.add(Scenario.of("explicit-close", "put 0..5 200; flush; put 6 20; close | put 3 90; flush; close | del 3")
                .explicit());
        all.add(Scenario.of(
                        "explicit-buffers",
                        "put 0..20 3000; put 0..20 2900; flush; put 0..20 2800; put 0..3 7 | put 5 5; flush; put 0..20 3000")
                .explicit());
    }

    private static void large(List<Scenario> all) {
        inAllModes(
                all, Scenario.of("runs", "put 0 9000; put 1 70000; flush; put 1 80000; del 0; put 2 66000 | put 1 5"));
        all.add(Scenario.of(
                        "runs-explicit", "put 0 70000; put 0 71000; flush; put 0 72000; put 0 73000; put 0 7; flush")
                .explicit());
        all.add(Scenario.of(
                "run-in-batch", "batch 0=70000 1=10 2=5000; flush; batch 0=- 2=66000 1=90000; sync; put 0 1"));
        all.add(Scenario.of(
                "run-and-snapshot",
                "put 0 70000; snapshot; put 0 71000; flush; look 0 3; put 0 3; flush; drop; "
                        + "flush; put 1 72000; flush"));
        all.add(Scenario.of("pages-of-32K", "put 0..20 900; flush; put 3 20000; put 4 90000; flush; del 4; put 0..9 50")
                .pages(32 << 10, 8));
        all.add(Scenario.of(
                        "long-keys",
                        "put 0..39 40; flush; del 0..9; put 10..14 900; flush; put 0..39 3; flush; scan 0 40")
                .keys(40, 1000)
                .pages(4096, 8));
        all.add(Scenario.of("spills", "put 0..9 3500; flush; put 5..14 3600; sync; del 7; flush; multi 0 15"));
    }

    private static void log(List<Scenario> all) {
        for (WalMode mode : List.of(SYNC, BATCHED)) {
            all.add(Scenario.of(
                            "lap-" + mode, "put 0..9 6500; put 0..9 6400; put 0..9 6300; put 0..9 6200; put 0..9 6100")
                    .mode(mode));
            all.add(Scenario.of(
                            "blocks-of-512-" + mode, "put 0..9 60; sync; put 3..6 700; flush; put 1 1; sync; put 2 2")
                    .mode(mode)
                    .blocks(512));
            all.add(Scenario.of(
                            "region-" + mode,
                            "log 256; put 0..5 200; flush; put 6 90 | log 512; put 7 70; put 1 1 | log 256; put 8 8")
                    .mode(mode));
        }
        all.add(Scenario.of("pauses", "put 0 50; pause 3000; put 1 60; pause 3000; del 0; pause 3000; put 2 9")
                .mode(BATCHED));
        all.add(Scenario.of(
                "modes",
                "put 0..3 99; close | mode NONE; put 1 10; flush | mode BATCHED; put 2 20; sync; put 3 3 | mode SYNC; put 4 4 |"
                        + " mode NONE; put 5 5; close"));
        all.add(Scenario.of("full-log", "put 0..23 9; put 0..23 8; put 0..23 7; put 0..23 6 | put 0..5 2"));
        all.add(Scenario.of("recoveries", "put 0..9 500; put 1 70000 | | put 2 3 | |"));
        all.add(Scenario.of(
                        "batches-across-groups",
                        "batch 0=1400 1=1400 2=1400 3=1400 4=1400 5=1400 6=1400 7=1400 8=1400; "
                                + "sync; batch 0=1300 1=1300 2=1300 3=1300 4=1300 5=1300 6=1300 7=- 8=-; put 9 9; sync")
                .mode(BATCHED));
    }

    private static void space(List<Scenario> all) {
        all.add(Scenario.of("growing", "put 0..23 60000; flush; put 0..5 61000 | put 0..3 62000; flush")
                .mode(NONE));
        all.add(Scenario.of(
                        "shrinking",
                        "put 0..23 130000; flush; del 1..23; flush; put 1 1; flush; put 2 2; flush; put 3 3; flush | put 4 4; flush")
                .mode(NONE));
        all.add(Scenario.of(
                        "relocating",
                        "put 0..11 130000; put 12..23 900; flush; put 0..11 131000; put 12..23 800; flush; del 0..10; flush; "
                                + "pause 9000; put 2 2; flush; pause 9000 | put 4 4; flush")
                .mode(NONE));
        all.add(Scenario.of(
                        "relocating-with-a-snapshot",
                        "put 0..11 130000; put 12..23 900; flush; put 0..11 131000; flush; snapshot; del 0..10; flush; pause 9000; "
                                + "look 5 9; put 2 2; flush; drop; flush; pause 9000; put 3 3; flush")
                .mode(SYNC));
        for (Swarm.Hint hint : Swarm.Hint.values()) {
            all.add(Scenario.of(
                            "full-" + hint,
                            "put 0..11 120000; put 0..11 3000; flush; del 0..5; flush; put 0..2 3000; put 3 120000 | del 6..11; "
                                    + "flush; put 1 3000; sync")
                    .capacity(2 << 10, hint));
        }
        all.add(Scenario.of(
                        "full-explicit",
                        "put 0..11 120000; put 0..11 3000; flush; del 0..5; flush; put 0..2 3000; put 3 120000 | del 6..11; flush")
                .capacity(2 << 10, Swarm.Hint.NOTHING)
                .explicit());
    }

    private static void concurrent(List<Scenario> all) {
        for (WalMode mode : WalMode.values()) {
            all.add(Scenario.of(
                            "two-clients-" + mode,
                            "put 0..9 300; @get 2; @scan 0 9; put 4..7 30; batch 0=10 2=- 4=9; @flush; batch 1=20 3=30; sync; @back 9 9")
                    .clients(2)
                    .mode(mode));
            all.add(Scenario.of(
                            "snapshots-" + mode,
                            "put 0..9 700; snapshot; put 3..12 600; @snapshot; flush; look 0 9; put 0..20 500; del 4; flush; "
                                    + "@look 5 9; drop; flush; @drop; check; flush")
                    .clients(2)
                    .pages(4096, 8)
                    .mode(mode));
        }
    }
}
