package io.treering.jmh;

import io.treering.jmh.Results.Query;
import io.treering.jmh.Results.Result;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Turns a run's JSON into the tables of `docs/performance.md`, and into one of all peers if the run has more than
/// these show: all columns of each line are from that run.
public final class Summary {
    /// A line of times, Treering's beside its peers'.
    ///
    /// @param rocksDbGoal how many times as fast as RocksDB, or empty
    /// @param lmdbGoal how many times as fast as LMDB, or empty
    private record Line(String work, Query query, String rocksDbGoal, String lmdbGoal) {}

    /// A line that compares a time of Treering's with another one.
    ///
    /// @param gain whether the quotient says how much faster, and not how much slower, the work is than the reference
    private record Comparison(String work, Query ours, Query reference, boolean gain, String goal) {}

    /// A line of a figure that is no time per operation.
    private record FigureLine(String work, Query query, String goal) {}

    private static final List<Line> LINES = List.of(
            new Line("cached random get, into the caller's buffer", new Query("CachedReads.get"), "7", "3"),
            new Line(
                    "the same, three tenths of the entries being in the write buffer",
                    new Query("UnflushedGet.get"),
                    "",
                    ""),
            new Line("cached multiGet of 64, a key", new Query("CachedReads.multiGet"), "15", "7"),
            new Line("get of a missing key inside the range", new Query("CachedReads.getMissing"), "2.5", ""),
            new Line(
                    "get of a missing key outside the range (goal: < 50 ns)",
                    new Query("CachedReads.getOutside"),
                    "",
                    ""),
            new Line("seek + 10 entries", new Query("CachedReads.seekTen"), "5", "2"),
            new Line(
                    "full scan, looking at key and value, an entry",
                    new Query("CachedReads.scan").per("entries"),
                    "10",
                    "2.5"),
            new Line(
                    "full scan, copying key and value out, an entry",
                    new Query("CachedReads.scanCopying").per("entries"),
                    "",
                    ""),
            new Line("full scan backwards, an entry", new Query("CachedReads.scanReversed").per("entries"), "", ""),
            new Line("random put, no log, flush included", new Query("Fill.random").per("entries"), "5", ""),
            new Line("random get, cache of a tenth of the data", partly("UNIFORM"), "", ""),
            new Line("the same, Zipf's choice of keys", partly("ZIPF"), "", ""),
            new Line("uncached random get", new Query("UncachedGet.get"), "", ""),
            new Line("uncached random get, 64 platform threads", new Query("UncachedGet.getBy64").per("64"), "", ""),
            new Line("uncached random get, 64 virtual threads", new Query("UncachedGet.getBy64Virtual"), "", ""),
            new Line("uncached multiGet of 64, a key", new Query("UncachedGet.multiGet"), "", ""),
            new Line("sorted load, no log", new Query("Fill.sorted").per("entries"), "", ""),
            new Line("put, no log, beside flushes", puts("put", "NONE"), "", ""),
            new Line("put, no log, 64 threads, each", puts("putBy64", "NONE"), "", ""),
            new Line("put in batches of 1,000, no log, an entry", puts("putBatch", "NONE"), "", ""),
            new Line("put, log synced every 10 ms", puts("put", "BATCHED"), "", ""),
            new Line("put, log synced every 10 ms, 64 threads, each", puts("putBy64", "BATCHED"), "", ""),
            new Line("put in batches of 1,000, log synced every 10 ms, an entry", puts("putBatch", "BATCHED"), "", ""),
            new Line("durable put, one thread", puts("put", "SYNC"), "", ""),
            new Line("durable put, 64 threads, each", puts("putBy64", "SYNC"), "", ""),
            new Line("durable batches of 1,000, an entry", puts("putBatch", "SYNC"), "", ""),
            new Line(
                    "ten rounds of overwriting, a put",
                    new Query("Overwriting.rounds").per("entries").per("rounds"),
                    "",
                    ""),
            new Line(
                    "overwriting at random, data ten times the cache",
                    new Query("Overwriting.beyondCache").per("entries"),
                    "1",
                    ""),
            sized("get", "16"),
            sized("get", "100"),
            sized("get", "1024"),
            sized("get", "16384"),
            sized("get", "1048576"),
            sized("put", "16"),
            sized("put", "100"),
            sized("put", "1024"),
            sized("put", "16384"),
            sized("put", "1048576"),
            new Line("opening with 1 GiB of log", new Query("Reopen.open").with("end=KILLED"), "", ""),
            new Line("opening after a close (goal: < 20 ms)", new Query("Reopen.open").with("end=CLOSED"), "", ""));

    private static final List<Comparison> COMPARISONS = List.of(
            new Comparison(
                    "cached random get beside a random line of as much memory",
                    new Query("CachedReads.get"),
                    new Query("MemoryFloor.chase"),
                    false,
                    ""),
            new Comparison(
                    "get of a missing key beside the same",
                    new Query("CachedReads.getMissing"),
                    new Query("MemoryFloor.chase"),
                    false,
                    ""),
            new Comparison(
                    "full scan beside all lines of as much memory, 4 KiB here and there at a time, an entry",
                    new Query("CachedReads.scan").per("entries"),
                    new Query("MemoryFloor.readPages").per("entries"),
                    false,
                    ""),
            new Comparison(
                    "uncached random get beside a plain read",
                    new Query("UncachedGet.get"),
                    new Query("DriveFloor.read"),
                    false,
                    "≤ 1.1"),
            new Comparison(
                    "durable put beside a plain write and sync",
                    puts("put", "SYNC"),
                    new Query("DriveFloor.durableWrite"),
                    false,
                    "≤ 1.1"),
            new Comparison(
                    "uncached random get beside fio, one at a time",
                    new Query("UncachedGet.get"),
                    limit("randomRead"),
                    false,
                    ""),
            new Comparison(
                    "uncached random get, 64 virtual threads, beside fio's rate, 32 at a time",
                    new Query("UncachedGet.getBy64Virtual"),
                    limit("randomReadBy32"),
                    true,
                    "≥ 0.85"),
            new Comparison(
                    "uncached multiGet of 64 beside fio's rate, 32 at a time",
                    new Query("UncachedGet.multiGet"),
                    limit("randomReadBy32"),
                    true,
                    "≥ 0.85"),
            new Comparison(
                    "durable puts by one thread beside fio's rate of writes and syncs",
                    puts("put", "SYNC"),
                    limit("durableWrite"),
                    true,
                    "≥ 0.9"),
            new Comparison(
                    "written a second in ten rounds of overwriting beside fio's large writes",
                    new Query("Overwriting.rounds").figure(Overwriting.WRITE_RATE),
                    new Query("DriveLimit.sequentialWrite").figure(DriveLimit.BANDWIDTH),
                    false,
                    ""),
            new Comparison(
                    "written a second, data ten times the cache, beside the same",
                    new Query("Overwriting.beyondCache").figure(Overwriting.WRITE_RATE),
                    new Query("DriveLimit.sequentialWrite").figure(DriveLimit.BANDWIDTH),
                    false,
                    ""),
            new Comparison(
                    "replay of the log beside fio's large reads",
                    new Query("Reopen.open").figure(Reopen.REPLAY),
                    new Query("DriveLimit.sequentialRead").figure(DriveLimit.BANDWIDTH),
                    false,
                    ""),
            new Comparison(
                    "cached gets by two threads beside one",
                    new Query("CachedReads.getByTwo").per("2"),
                    new Query("CachedReads.get"),
                    true,
                    "≥ 1.9"),
            new Comparison(
                    "durable puts by 64 threads beside one",
                    puts("putBy64", "SYNC").per("64"),
                    puts("put", "SYNC"),
                    true,
                    "≥ 10"));

    private static final List<FigureLine> FIGURES = figures();

    private static final List<StoreKind> PEERS =
            List.of(StoreKind.treering, StoreKind.rocksdb, StoreKind.lmdb, StoreKind.mvstore, StoreKind.xodus);

    private final Results results;
    private final PrintStream out;

    private Summary(Results results, PrintStream out) {
        this.results = results;
        this.out = out;
    }

    private static Query puts(String method, String durability) {
        return new Query("Puts." + method).with("durability=" + durability);
    }

    private static Query limit(String method) {
        return new Query("DriveLimit." + method).figure(DriveLimit.IOPS);
    }

    private static Query partly(String keys) {
        return new Query("PartlyCachedGet.get").with("keys=" + keys);
    }

    private static Line sized(String method, String bytes) {
        String work = method + ", values of " + bytes + " bytes" + (method.equals("put") ? ", no log" : ", cached");
        return new Line(work, new Query("ValueSizes." + method).with("valueBytes=" + bytes), "", "");
    }

    private static List<FigureLine> figures() {
        List<FigureLine> lines = new ArrayList<>();
        Query rounds = new Query("Overwriting.rounds");
        Query beyondCache = new Query("Overwriting.beyondCache");
        lines.add(new FigureLine("files after ten rounds of overwriting", rounds.figure(Overwriting.SIZE), "≤ 1.5"));
        lines.add(new FigureLine("files at their largest meanwhile", rounds.figure(Overwriting.LARGEST_SIZE), ""));
        lines.add(new FigureLine("bytes written for each", rounds.figure(Overwriting.WRITE_AMPLIFICATION), ""));
        lines.add(new FigureLine(
                "bytes written for each, data ten times the cache",
                beyondCache.figure(Overwriting.WRITE_AMPLIFICATION),
                ""));
        lines.add(new FigureLine("files then", beyondCache.figure(Overwriting.SIZE), ""));
        lines.add(new FigureLine("files at their largest then", beyondCache.figure(Overwriting.LARGEST_SIZE), ""));
        lines.add(new FigureLine("replay of the log", new Query("Reopen.open").figure(Reopen.REPLAY), "≥ 500 MB/s"));
        for (double percentile : Latency.PERCENTILES) {
            String goal = percentile >= 99.99 ? "≤ RocksDB" : "";
            String put = Latency.name("put", percentile);
            lines.add(new FigureLine(put + ", no log", new Query("Latency.put").figure(put), goal));
            lines.add(new FigureLine(put + " beside gets", new Query("Latency.putAndGet").figure(put), ""));
            String get = Latency.name("get", percentile);
            lines.add(new FigureLine(get + " beside puts", new Query("Latency.putAndGet").figure(get), ""));
        }
        return lines;
    }

    /// @param arguments the JSON file's name
    public static void main(String[] arguments) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new Summary(Results.read(arguments[0]), out).print();
    }

    private void print() {
        head("work", "Treering", "RocksDB JNI", "ratio", "goal", "LMDB", "ratio", "goal", "allocated: ours, theirs");
        for (Line line : LINES) {
            results.find(line.query, StoreKind.treering).ifPresent(ours -> print(line, ours));
        }
        out.println();
        head("work", "Treering", "beside", "quotient", "goal");
        for (Comparison line : COMPARISONS) {
            Optional<Result> ours = results.find(line.ours, StoreKind.treering);
            Optional<Result> reference =
                    results.find(line.reference, StoreKind.treering).or(() -> results.find(line.reference, null));
            if (ours.isPresent() && reference.isPresent()) {
                print(line, ours.get(), reference.get());
            }
        }
        out.println();
        head("work", "Treering", "RocksDB JNI", "LMDB", "goal");
        for (FigureLine line : FIGURES) {
            if (has(line.query, StoreKind.treering)) {
                row(
                        line.work,
                        show(line.query, StoreKind.treering),
                        show(line.query, StoreKind.rocksdb),
                        show(line.query, StoreKind.lmdb),
                        line.goal);
            }
        }
        printPeers();
    }

    /// The times of all peers, if the run has those that are not in the long run.
    private void printPeers() {
        List<Line> lines = LINES.stream()
                .filter(line -> has(line.query, StoreKind.mvstore) || has(line.query, StoreKind.xodus))
                .toList();
        if (lines.isEmpty()) {
            return;
        }
        out.println();
        head("work", "Treering", "RocksDB JNI", "LMDB", "H2 MVStore", "Xodus");
        for (Line line : lines) {
            List<String> cells = new ArrayList<>(List.of(line.work));
            PEERS.forEach(kind -> cells.add(show(line.query, kind)));
            row(cells.toArray(String[]::new));
        }
    }

    private boolean has(Query query, StoreKind kind) {
        return results.find(query, kind).isPresent();
    }

    private String show(Query query, StoreKind kind) {
        return results.find(query, kind).map(Result::show).orElse("");
    }

    private void print(Line line, Result ours) {
        Optional<Result> rocksDb = results.find(line.query, StoreKind.rocksdb);
        Optional<Result> lmdb = results.find(line.query, StoreKind.lmdb);
        row(
                line.work,
                ours.show(),
                rocksDb.map(Result::show).orElse(""),
                rocksDb.map(theirs -> ratio(ours, theirs)).orElse(""),
                goal(line.rocksDbGoal),
                lmdb.map(Result::show).orElse(""),
                lmdb.map(theirs -> ratio(ours, theirs)).orElse(""),
                goal(line.lmdbGoal),
                Results.number(ours.allocated()) + " B"
                        + rocksDb.map(Summary::allocated).orElse("")
                        + lmdb.map(Summary::allocated).orElse(""));
    }

    private static String ratio(Result ours, Result theirs) {
        return "**" + Results.number(theirs.score() / ours.score()) + "x**";
    }

    private static String goal(String times) {
        return times.isEmpty() ? "" : "≥ " + times + "x";
    }

    private static String allocated(Result result) {
        return ", " + Results.number(result.allocated()) + " B";
    }

    private void print(Comparison line, Result ours, Result reference) {
        double quotient = line.gain ? reference.score() / ours.score() : ours.score() / reference.score();
        row(line.work, ours.show(), reference.show(), Results.number(quotient), line.goal);
    }

    private void head(String... cells) {
        row(cells);
        out.println("|" + "---|".repeat(cells.length));
    }

    private void row(String... cells) {
        out.println("| " + String.join(" | ", cells) + " |");
    }
}
