package io.treering.examples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treering.KeyRange;
import io.treering.Partition;
import io.treering.PartitionStats;
import io.treering.Scan;
import java.io.Console;
import java.io.IOException;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/// Stores every class file of the JDK that runs it, closes the store, opens it again, and compares every byte.
///
/// Takes a directory as its argument; without one it uses a new one among the temporary files, and deletes it. Ends
/// with
/// exit code 1 if anything is not what it was.
public final class Jdk {
    private static final Path MODULES =
            FileSystems.getFileSystem(URI.create("jrt:/")).getPath("/modules");

    private static final List<String> PACKAGES = List.of(
            "java.base/java/lang/", "java.base/java/util/concurrent/", "java.net.http/", "java.desktop/javax/swing/");

    private long mismatches;

    private Jdk() {}

    public static void main(String[] arguments) throws IOException {
        Jdk example = new Jdk();
        if (arguments.length > 0) {
            example.run(Path.of(arguments[0]));
        } else {
            Path directory = Files.createTempDirectory("treering-jdk-");
            try {
                example.run(directory);
            } finally {
                delete(directory);
            }
        }
        if (example.mismatches > 0) {
            System.out.println(example.mismatches + " mismatches");
            System.exit(1);
        }
    }

    private void run(Path directory) throws IOException {
        List<Path> classes = classFiles();
        System.out.printf("Java %s has %,d class files. Store: %s%n", Runtime.version(), classes.size(), directory);
        try (Partition db = Partition.open(directory)) {
            if (isEmpty(db)) {
                store(db, classes);
            } else {
                System.out.println("The store is not empty: give me another directory.");
                mismatches++;
                return;
            }
        }
        try (Partition db = Partition.open(directory)) {
            compare(db, classes);
            count(db, classes);
            PartitionStats stats = db.stats();
            System.out.printf(
                    Locale.ROOT,
                    "%-10s %,d bytes, of which %,d are in use, %,d of these by the write-ahead log%n",
                    "file",
                    stats.fileBytes(),
                    stats.liveBytes(),
                    stats.walCapacity());
            System.out.printf("%-10s %s: %s%n", "backend", stats.backend(), stats.backendReason());
        }
    }

    private static List<Path> classFiles() throws IOException {
        try (Stream<Path> files = Files.walk(MODULES)) {
            return files.filter(file -> file.toString().endsWith(".class")).toList();
        }
    }

    private static boolean isEmpty(Partition db) {
        try (Scan scan = db.scan()) {
            return !scan.advance();
        }
    }

    private static void store(Partition db, List<Path> classes) throws IOException {
        long start = System.nanoTime();
        long bytes = 0;
        try (Progress progress = new Progress("store", classes.size())) {
            for (Path file : classes) {
                byte[] content = Files.readAllBytes(file);
                db.put(key(file), content);
                bytes += content.length;
                progress.step();
            }
            db.flush();
        }
        report("stored", classes.size(), bytes, start);
    }

    private void compare(Partition db, List<Path> classes) throws IOException {
        long start = System.nanoTime();
        long bytes = 0;
        try (Progress progress = new Progress("compare", classes.size())) {
            for (Path file : classes) {
                byte[] content = Files.readAllBytes(file);
                Boolean same = db.read(key(file), value -> value.contentEquals(content));
                expect(same != null, file + " is missing");
                expect(same == null || same, file + " differs");
                bytes += content.length;
                progress.step();
            }
        }
        report("compared", classes.size(), bytes, start);
    }

    private void count(Partition db, List<Path> classes) {
        expect(entries(db, KeyRange.all()) == classes.size(), "the number of entries differs");
        for (String prefix : PACKAGES) {
            long found = entries(db, KeyRange.prefix(prefix.getBytes(UTF_8)));
            long expected = classes.stream()
                    .filter(file -> MODULES.relativize(file).toString().startsWith(prefix))
                    .count();
            System.out.printf(Locale.ROOT, "%-10s %,d below %s%n", "found", found, prefix);
            expect(found == expected, expected + " were expected below " + prefix);
        }
    }

    private static long entries(Partition db, KeyRange range) {
        long entries = 0;
        try (Scan scan = db.scan(range)) {
            while (scan.advance()) {
                entries++;
            }
        }
        return entries;
    }

    /// Such as `java.base/java/lang/String.class`.
    private static byte[] key(Path file) {
        return MODULES.relativize(file).toString().getBytes(UTF_8);
    }

    private void expect(boolean condition, String otherwise) {
        if (!condition) {
            mismatches++;
            System.out.println(otherwise);
        }
    }

    private static void report(String what, int entries, long bytes, long start) {
        double seconds = (System.nanoTime() - start) / 1e9;
        System.out.printf(
                Locale.ROOT,
                "%-10s %,d entries, %,d bytes, %.1f seconds, reading the JDK included%n",
                what,
                entries,
                bytes,
                seconds);
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /// A progress bar on a terminal; nothing elsewhere.
    private static final class Progress implements AutoCloseable {
        private final @Nullable ProgressBar bar;

        // There is none where standard input is not a terminal, whatever Error Prone says about JDK 22 and newer.
        @SuppressWarnings("SystemConsoleNull")
        Progress(String task, int steps) {
            Console console = System.console();
            bar = console != null && console.isTerminal()
                    ? new ProgressBarBuilder()
                            .setTaskName(task)
                            .setInitialMax(steps)
                            .setStyle(ProgressBarStyle.ASCII)
                            .build()
                    : null;
        }

        void step() {
            if (bar != null) {
                bar.step();
            }
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
            }
        }
    }
}
