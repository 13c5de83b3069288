package io.treering.jmh;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Turns a run's JSON into the table of `docs/performance.md`: both sides of each line are from that run.
public final class Summary {
    /// A line of the table.
    ///
    /// @param benchmark class and method
    /// @param perEntry whether the result is the time for all entries, and the table shows it for one
    /// @param goal how many times as fast as RocksDB
    private record Line(String work, String benchmark, boolean perEntry, String goal) {}

    /// A line that compares with the drive instead of RocksDB.
    private record DriveLine(String work, String benchmark, String floor, String goal) {}

    /// One result: time and its error in nanoseconds, bytes allocated.
    private record Result(double time, double error, double allocated) {
        Result dividedBy(double entries) {
            return new Result(time / entries, error / entries, allocated / entries);
        }
    }

    private static final List<Line> LINES = List.of(
            new Line("cached random get, into the caller's buffer", "CachedReads.get", false, "7"),
            new Line("get of a missing key inside the range", "CachedReads.getMissing", false, "2.5"),
            new Line("seek + 10 entries", "CachedReads.seekTen", false, "5"),
            new Line("full scan, looking at key and value, an entry", "CachedReads.scan", true, "10"),
            new Line("full scan, copying key and value out, an entry", "CachedReads.scanCopying", true, "-"),
            new Line("random put, no log, flush included", "RandomPut.fill", true, "5"),
            new Line("uncached random get", "UncachedGet.get", false, "-"),
            new Line("durable put, one thread", "DurablePut.put", false, "-"));

    private static final List<DriveLine> DRIVE_LINES = List.of(
            new DriveLine("uncached random get beside a plain read", "UncachedGet.get", "DriveFloor.read", "≤ 1.1"),
            new DriveLine(
                    "durable put beside a plain write and sync", "DurablePut.put", "DriveFloor.durableWrite", "≤ 1.1"));

    private final List<?> results;
    private final PrintStream out;

    private Summary(List<?> results, PrintStream out) {
        this.results = results;
        this.out = out;
    }

    /// @param arguments the JSON file's name
    public static void main(String[] arguments) throws IOException {
        Object json = Json.parse(Files.readString(Path.of(arguments[0])));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new Summary((List<?>) json, out).print();
    }

    private void print() {
        out.println("| work | Treering | RocksDB JNI | ratio | goal | allocated by Treering, RocksDB |");
        out.println("|---|---|---|---|---|---|");
        for (Line line : LINES) {
            Optional<Result> ours = find(line.benchmark, StoreKind.treering, line.perEntry);
            Optional<Result> theirs = find(line.benchmark, StoreKind.rocksdb, line.perEntry);
            if (ours.isPresent() && theirs.isPresent()) {
                printLine(line, ours.get(), theirs.get());
            }
        }
        out.println();
        out.println("| work | Treering | the drive | Treering's share | goal |");
        out.println("|---|---|---|---|---|");
        for (DriveLine line : DRIVE_LINES) {
            Optional<Result> ours = find(line.benchmark, StoreKind.treering, false);
            Optional<Result> floor = find(line.floor, null, false);
            if (ours.isPresent() && floor.isPresent()) {
                printDriveLine(line, ours.get(), floor.get());
            }
        }
    }

    private void printLine(Line line, Result ours, Result theirs) {
        String goal = line.goal.equals("-") ? "" : "≥ " + line.goal + "x";
        out.println(row(
                line.work,
                time(ours),
                time(theirs),
                "**" + number(theirs.time / ours.time) + "x**",
                goal,
                number(ours.allocated) + " B, " + number(theirs.allocated) + " B"));
    }

    private void printDriveLine(DriveLine line, Result ours, Result floor) {
        out.println(row(line.work, time(ours), time(floor), number(ours.time / floor.time), line.goal));
    }

    private static String row(String... cells) {
        return "| " + String.join(" | ", cells) + " |";
    }

    private Optional<Result> find(String benchmark, @Nullable StoreKind kind, boolean perEntry) {
        for (Object element : results) {
            Map<?, ?> result = map(element);
            Map<?, ?> parameters = result.get("params") instanceof Map<?, ?> given ? given : Map.of();
            boolean sameKind = kind == null || kind.name().equals(parameters.get("kind"));
            if (sameKind && String.valueOf(result.get("benchmark")).endsWith("." + benchmark)) {
                Result found = result(result);
                return Optional.of(
                        perEntry ? found.dividedBy(Double.parseDouble((String) parameters.get("entries"))) : found);
            }
        }
        return Optional.empty();
    }

    private static Result result(Map<?, ?> result) {
        Map<?, ?> time = map(result.get("primaryMetric"));
        double unit = nanoseconds((String) time.get("scoreUnit"));
        double allocated = Double.NaN;
        for (Map.Entry<?, ?> metric : map(result.get("secondaryMetrics")).entrySet()) {
            if (((String) metric.getKey()).endsWith("gc.alloc.rate.norm")) {
                allocated = (Double) map(metric.getValue()).get("score");
            }
        }
        // Too few iterations for an error: JMH writes a string.
        double error = time.get("scoreError") instanceof Double known ? known : Double.NaN;
        return new Result((Double) time.get("score") * unit, error * unit, allocated);
    }

    private static double nanoseconds(String unit) {
        return switch (unit) {
            case "ns/op" -> 1;
            case "us/op" -> 1e3;
            case "ms/op" -> 1e6;
            case "s/op" -> 1e9;
            default -> throw new IllegalArgumentException("a unit of time is expected, not " + unit);
        };
    }

    private static Map<?, ?> map(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException("not a result of JMH: " + value);
    }

    private static String time(Result result) {
        boolean micros = result.time >= 1000;
        double unit = micros ? 1000 : 1;
        String error = Double.isNaN(result.error) ? "" : " ± " + number(result.error / unit);
        return number(result.time / unit) + error + (micros ? " µs" : " ns");
    }

    /// Three digits that count, or all before the point.
    private static String number(double value) {
        if (Double.isNaN(value)) {
            return "?";
        }
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.005 ? "%.2f" : "%.0f";
        return String.format(Locale.ROOT, format, value);
    }
}
