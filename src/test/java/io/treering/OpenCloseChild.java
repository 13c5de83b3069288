package io.treering;

import static io.treering.PartitionContract.bytes;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.HotSpotDiagnosticMXBean;
import io.treering.device.FileBlockDevice;
import io.treering.device.FileDeviceConfig;
import io.treering.testing.FaultyDevice;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/// A process that opens and closes stores, many of which fail to open or break while they are used, and says in the end
/// what it has more of than it had.
final class OpenCloseChild {
    private static final PrintStream OUT = System.out;
    private static final PrintStream ERR = System.err;
    private static final Logger LOGGER = Logger.getLogger("io.treering");
    private static final int WARM_UP = 80;
    private static final int LARGE = 100_000;
    private static final long MIB = 1 << 20;

    private static final List<Supplier<? extends Throwable>> FAULTS = List.of(
            () -> new IoFailureException("the operation that was to fail", 5, "EIO"),
            () -> new OutOfMemoryError("the memory that was to be refused"),
            () -> new NoSpaceException("the room that was to be missing"));

    private final Path store;
    private final IoBackend backend;

    /// What a process leaves that is killed in the middle of its work, and what one leaves that is not.
    private final byte[] crashed;

    private final byte[] closed;

    private long failedOpenings;
    private long failedUses;

    private OpenCloseChild(Path directory, IoBackend backend) throws IOException {
        this.store = directory.resolve("store-" + backend);
        this.backend = backend;
        try (Partition db = Partition.open(store, config())) {
            for (int i = 0; i < 300; i++) {
                db.put(bytes("key-" + i), bytes("value-" + i));
            }
            db.put(bytes("large"), new byte[LARGE]);
            crashed = Files.readAllBytes(file());
        }
        closed = Files.readAllBytes(file());
    }

    private PartitionConfig config() {
        return PartitionConfig.builder()
                .ioBackend(backend)
                .cacheSize(MIB)
                .writeBufferSize(64 << 10)
                .walMode(WalMode.SYNC)
                .walSize(256 << 10)
                .build();
    }

    private Path file() {
        return store.resolve("data.treering");
    }

    /// @param arguments a directory of its own, how many cycles with each backend
    public static void main(String[] arguments) throws Exception {
        int cycles = Integer.parseInt(arguments[1]);
        // Every store that breaks is told of.
        LOGGER.setLevel(Level.OFF);
        for (IoBackend backend :
                new IoBackend[] {IoBackend.URING_FIXED, IoBackend.URING, IoBackend.PREAD, IoBackend.CHANNEL}) {
            OpenCloseChild child;
            try {
                child = new OpenCloseChild(Path.of(arguments[0]), backend);
            } catch (UnsupportedOperationException e) {
                OUT.println("skipped " + e.getMessage());
                continue;
            }
            child.cycle(WARM_UP);
            Having before = Having.now(null);
            child.failedOpenings = 0;
            child.failedUses = 0;
            child.cycle(cycles);
            Having after = Having.now(before);
            OUT.println(backend + " " + child.failedOpenings + " openings failed, " + child.failedUses
                    + " uses failed; " + before.growth(after));
        }
    }

    private void cycle(int count) throws IOException {
        long calls = open(crashed, 0, FAULTS.getFirst());
        assertTrue(calls > 20, "an opening makes " + calls + " calls of the device");
        for (int i = 0; i < count; i++) {
            int n = i / 4;
            Supplier<? extends Throwable> fault = FAULTS.get(n % FAULTS.size());
            switch (i % 4) {
                case 0 -> open(crashed, 1 + n % calls, fault);
                // The first operations behind the opening, each in its turn.
                case 1 -> open(crashed, calls + 1 + n % 40, fault);
                case 2 -> open(closed, 1 + n % calls, fault);
                default -> refuse(n % 4);
            }
        }
    }

    /// Opens a store of which one call fails, and uses it until that shows.
    ///
    /// @return how many calls the opening makes
    private long open(byte[] image, long failing, Supplier<? extends Throwable> fault) throws IOException {
        Files.write(file(), image);
        FaultyDevice device = new FaultyDevice(
                FileBlockDevice.open(
                        file(), FileDeviceConfig.builder().backend(backend).build()),
                failing,
                fault);
        Partition db;
        try {
            db = Partition.open(device, config());
        } catch (TreeringException | OutOfMemoryError e) {
            failedOpenings++;
            return device.calls();
        }
        long calls = device.calls();
        boolean failed = false;
        try {
            use(db);
        } catch (TreeringException | OutOfMemoryError e) {
            failed = true;
        }
        try {
            db.close();
        } catch (TreeringException | OutOfMemoryError e) {
            failed = true;
        }
        failedUses += failed ? 1 : 0;
        return calls;
    }

    private static void use(Partition db) {
        db.put(bytes("another"), new byte[LARGE]);
        assertArrayEquals(bytes("value-7"), db.get(bytes("key-7")));
        // Left open: closing the partition closes them.
        Snapshot snapshot = db.snapshot();
        Scan scan = snapshot.scan();
        Cursor cursor = db.cursor();
        assertTrue(scan.advance());
        assertTrue(cursor.last());
        db.put(bytes("more"), bytes("of it"));
        db.flush();
        assertEquals(LARGE, db.<Integer, RuntimeException>read(bytes("large"), Slice::length));
    }

    private void refuse(int kind) throws IOException {
        switch (kind) {
            case 0 -> {
                Files.write(file(), closed);
                try (Partition db = Partition.open(store, config())) {
                    assertThrows(LockedException.class, () -> Partition.open(store, config()));
                    db.put(bytes("a"), bytes("1"));
                }
            }
            case 1 -> {
                Files.write(file(), Arrays.copyOf(closed, closed.length / 2));
                assertThrows(CorruptionException.class, () -> Partition.open(store, config()));
                failedOpenings++;
            }
            case 2 -> {
                Files.write(file(), bytes("Dear diary, ".repeat(5_000)));
                assertThrows(CorruptionException.class, () -> Partition.open(store, config()));
                failedOpenings++;
            }
            default -> {
                Files.deleteIfExists(file());
                PartitionConfig missing = PartitionConfig.builder()
                        .ioBackend(backend)
                        .createIfMissing(false)
                        .build();
                assertThrows(IoFailureException.class, () -> Partition.open(store, missing));
                failedOpenings++;
            }
        }
    }

    /// What this process has of all that could leak.
    ///
    /// @param descriptors open files, directories, rings
    /// @param names of the system's threads
    /// @param ours threads of ours, virtual ones included
    /// @param mappings pieces of memory
    /// @param virtual bytes of address space
    /// @param resident bytes of memory that is no file's
    /// @param heap bytes of objects that are in use
    private record Having(
            long descriptors, List<String> names, long ours, long mappings, long virtual, long resident, long heap) {

        /// Waits until threads that are ending have gone, if there are more than before: those of a closed device, and
        /// carriers of virtual threads, which the Java machine keeps for half a minute.
        static Having now(Having before) throws IOException, InterruptedException {
            Having having = count();
            for (int i = 0; i < 600 && (before == null ? i < 10 : having.hasMoreThreads(before)); i++) {
                Thread.sleep(100);
                having = count();
            }
            if (before != null && having.hasMoreThreads(before)) {
                ERR.println("threads there were " + before.names + " and are " + having.names);
            }
            return having;
        }

        private static Having count() throws IOException {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            Path dump = Files.createTempFile("threads", ".txt");
            Files.delete(dump);
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                    .dumpThreads(dump.toString(), HotSpotDiagnosticMXBean.ThreadDumpFormat.TEXT_PLAIN);
            long ours;
            try (Stream<String> lines = Files.lines(dump)) {
                ours = lines.filter(line -> line.contains("\"treering-")).count();
            }
            Files.delete(dump);
            return new Having(
                    files("/proc/self/fd"),
                    threadNames(),
                    ours,
                    Files.readAllLines(Path.of("/proc/self/maps")).size(),
                    status("VmSize:"),
                    status("RssAnon:"),
                    runtime.totalMemory() - runtime.freeMemory());
        }

        private boolean hasMoreThreads(Having before) {
            return names.size() > before.names.size() || ours > before.ours;
        }

        String growth(Having after) {
            return "descriptors " + (after.descriptors - descriptors) + " threads "
                    + (after.names.size() - names.size())
                    + " ours " + (after.ours - ours) + " mappings " + (after.mappings - mappings) + " virtual "
                    + (after.virtual - virtual) + " resident " + (after.resident - resident) + " heap "
                    + (after.heap - heap);
        }

        private static long files(String directory) throws IOException {
            try (Stream<Path> files = Files.list(Path.of(directory))) {
                return files.count();
            }
        }

        private static List<String> threadNames() throws IOException {
            List<String> names = new ArrayList<>();
            try (Stream<Path> threads = Files.list(Path.of("/proc/self/task"))) {
                for (Path thread : threads.toList()) {
                    try {
                        names.add(Files.readString(thread.resolve("comm")).strip());
                    } catch (NoSuchFileException e) {
                        // It has ended meanwhile.
                        continue;
                    }
                }
            }
            Collections.sort(names);
            return names;
        }

        private static long status(String figure) throws IOException {
            for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
                if (line.startsWith(figure)) {
                    return Long.parseLong(line.replaceAll("\\D", "")) << 10;
                }
            }
            throw new IOException("/proc/self/status has no " + figure);
        }
    }
}
