package io.treering;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.device.EventLoop;
import io.treering.device.EventLoopConfig;
import io.treering.testing.SystemCallFilter;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A process of [LimitedProcessTest]'s, from which something has been taken: says on its standard output how it does.
final class LimitedChild {
    private static final PrintStream OUT = System.out;
    private static final long MIB = 1 << 20;
    private static final int RLIMIT_AS = 9;

    /// What the C library keeps of stacks whose threads have ended.
    private static final long STACKS = 48 * MIB;

    private LimitedChild() {}

    /// @param arguments the action, a directory of its own, and what the action says
    public static void main(String[] arguments) throws Throwable {
        Path directory = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "backends" -> backends(directory, List.of(arguments).subList(2, arguments.length));
            case "files" -> fileSizes(directory, List.of(arguments).subList(2, arguments.length));
            case "descriptors" -> descriptors(directory);
            case "memory" -> memory(directory);
            case "lateMemory" -> lateMemory(directory);
            case "newDirectory" -> newDirectory(directory);
            case "failingSync" -> failingSync(directory);
            case "lateRing" -> lateRing(directory);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    static byte[] key(int i) {
        return PartitionContract.bytes("key-%06d".formatted(i * 7_919L % 1_000_003));
    }

    static byte[] value(int i) {
        byte[] value = new byte[i % 50 == 0 ? 9_000 : 150 + i % 100];
        new Random(i).nextBytes(value);
        return value;
    }

    // ---- what is forbidden ------------------------------------------------------------------------------------------

    /// Opens a store with each backend, after calls were forbidden: pairs of a name and an error number.
    private static void backends(Path directory, List<String> forbidden) throws InterruptedException {
        for (int i = 0; i < forbidden.size(); i += 2) {
            SystemCallFilter.forbid(forbidden.get(i), Integer.parseInt(forbidden.get(i + 1)));
        }
        for (IoBackend backend : IoBackend.values()) {
            Path own = directory.resolve("db-" + backend);
            PartitionConfig config = PartitionConfig.builder()
                    .cacheSize(MIB)
                    .writeBufferSize(MIB / 4)
                    .walSize(MIB)
                    .ioBackend(backend)
                    .build();
            try {
                OUT.println(backend + " " + use(own, config));
            } catch (UnsupportedOperationException e) {
                OUT.println(backend + " refused: " + e.getMessage()
                        + (Files.exists(own.resolve("data.treering")) ? ", and left a file" : ""));
            }
        }
    }

    private static String use(Path directory, PartitionConfig config) throws InterruptedException {
        String chosen;
        try (Partition db = Partition.open(directory, config)) {
            for (int i = 0; i < 3_000; i++) {
                db.put(key(i), value(i));
            }
            db.flush();
            // Buffers are registered in the background.
            for (int i = 0; i < 100 && db.stats().backend() == IoBackend.URING_FIXED; i++) {
                Thread.sleep(10);
            }
            chosen = db.stats().backend() + ": " + db.stats().backendReason();
        }
        try (Partition db = Partition.open(directory, config)) {
            assertHolds(db, 3_000, 1);
        }
        return chosen;
    }

    private static void assertHolds(Partition db, int count, int step) {
        for (int i = 0; i < count; i += step) {
            int each = i;
            assertArrayEquals(value(i), db.get(key(i)), () -> "key " + each);
        }
        CheckReport report = db.check();
        assertTrue(report.isClean(), report::toString);
    }

    /// A directory that cannot be synced may lose the new store's name: such an opening fails, and so does the next
    /// one, which finds the file that the first has left.
    private static void newDirectory(Path directory) {
        SystemCallFilter.forbid("fsync", 5);
        PartitionConfig config =
                PartitionConfig.builder().ioBackend(IoBackend.PREAD).build();
        for (int i = 0; i < 2; i++) {
            try {
                Partition.open(directory.resolve("new"), config).close();
                OUT.println("opened");
            } catch (IoFailureException e) {
                OUT.println(e.errnoName() + " in " + e.operation());
            }
        }
    }

    private static void failingSync(Path directory) {
        PartitionConfig config = PartitionConfig.builder()
                .ioBackend(IoBackend.PREAD)
                .walMode(WalMode.SYNC)
                .walSize(MIB)
                .build();
        try (Partition db = Partition.open(directory, config)) {
            db.put(key(1), value(1));
            SystemCallFilter.forbid("fdatasync", 5);
            PoisonedException first = assertThrows(PoisonedException.class, () -> db.put(key(2), value(2)));
            assertEquals("EIO", ((IoFailureException) first.getCause()).errnoName());
            assertThrows(PoisonedException.class, () -> db.put(key(3), value(3)));
            assertArrayEquals(value(1), db.get(key(1)));
        }
        OUT.println("closed");
    }

    /// The sandbox closes while the ring is in use.
    private static void lateRing(Path directory) {
        PartitionConfig config = PartitionConfig.builder()
                .cacheSize(MIB)
                .writeBufferSize(MIB / 4)
                .walMode(WalMode.NONE)
                .build();
        Partition db = Partition.open(directory, config);
        if (db.stats().backend() == IoBackend.PREAD) {
            OUT.println("no ring: " + db.stats().backendReason());
            return;
        }
        for (int i = 0; i < 3_000; i++) {
            db.put(key(i), value(i));
        }
        db.flush();
        SystemCallFilter.forbid("io_uring_enter", 1);
        PoisonedException refused = assertThrows(PoisonedException.class, () -> {
            for (int i = 3_000; i < 6_000; i++) {
                db.put(key(i), value(i));
            }
            db.flush();
        });
        OUT.println(refused.getCause());
        for (int i = 0; i < 3_000; i++) {
            try {
                assertArrayEquals(value(i), db.get(key(i)));
            } catch (IoFailureException e) {
                // Some were in the cache, the others cannot be read any more.
                assertTrue(String.valueOf(e.getMessage()).contains("event loop"), e::getMessage);
            }
        }
        try {
            db.close();
            OUT.println("closed");
        } catch (IoFailureException e) {
            OUT.println("closed: " + e.getMessage());
        }
    }

    // ---- file sizes -------------------------------------------------------------------------------------------------

    /// @param stores names, of a backend and a mode each
    private static void fileSizes(Path directory, List<String> stores) {
        for (String store : stores) {
            OUT.println(store + " " + fillAndDelete(directory.resolve(store), sizedConfig(store)));
        }
    }

    static PartitionConfig sizedConfig(String store) {
        String[] words = store.split("-");
        return PartitionConfig.builder()
                .cacheSize(MIB)
                .writeBufferSize(MIB / 4)
                .walSize(MIB / 2)
                .ioBackend(IoBackend.valueOf(words[0]))
                .walMode(WalMode.valueOf(words[1]))
                .build();
    }

    /// @return how many were written; of these, every third was deleted
    private static int fillAndDelete(Path directory, PartitionConfig config) {
        int written = 0;
        try (Partition db = Partition.open(directory, config)) {
            try {
                for (; written < 200_000; written++) {
                    db.put(key(written), value(written));
                }
                throw new AssertionError("the file never became full");
            } catch (NoSpaceException e) {
                assertTrue(written > 2_000, "full after " + written);
            }
            assertHolds(db, written, 1);
            db.flush();
            assertThrows(NoSpaceException.class, () -> db.put(key(0), new byte[8 << 20]));
            assertHolds(db, written, 1);
        }
        try (Partition db = Partition.open(directory, config)) {
            assertHolds(db, written, 1);
            for (int i = 0; i < written; i += 3) {
                db.delete(key(i));
            }
            db.flush();
            assertEquals(written - (written + 2) / 3, db.stats().entries());
            assertTrue(db.check().isClean(), () -> db.check().toString());
        }
        return written;
    }

    // ---- descriptors ------------------------------------------------------------------------------------------------

    /// Opens the store with 0, 1, 2, … descriptors to be had, until that works.
    private static void descriptors(Path directory) throws IOException, ClassNotFoundException {
        loadAllClasses();
        PartitionConfig.Builder config = PartitionConfig.builder()
                .cacheSize(MIB)
                .writeBufferSize(MIB / 4)
                .walSize(MIB);
        for (IoBackend backend : IoBackend.values()) {
            Path own = directory.resolve("db-" + backend);
            config.ioBackend(backend);
            if (!tryWithDescriptors(1_000, own, config).equals("opened")) {
                OUT.println(backend + " is not to be had");
                continue;
            }
            String _ = tryWithDescriptors(0, own, config);
            long before = count("/proc/self/fd");
            int spare = 0;
            List<String> answers = new ArrayList<>();
            String answer;
            do {
                answer = tryWithDescriptors(spare++, own, config);
                answers.add(answer);
                assertEquals(before, count("/proc/self/fd"), "descriptors after: " + answer);
            } while (!answer.equals("opened") && spare < 50);
            OUT.println(backend + " " + String.join(" | ", answers));
        }
    }

    /// Later, that would take descriptors, too.
    private static void loadAllClasses() throws IOException, ClassNotFoundException {
        // The archive of this one is opened by it.
        assertEquals(0, 0);
        for (String each : System.getProperty("java.class.path").split(File.pathSeparator)) {
            Path root = Path.of(each);
            if (Files.isDirectory(root.resolve("io"))) {
                try (Stream<Path> files = Files.walk(root.resolve("io"))) {
                    for (Path file : files.filter(path -> path.toString().endsWith(".class"))
                            .toList()) {
                        String name = root.relativize(file).toString().replace('/', '.');
                        load(name.substring(0, name.length() - ".class".length()));
                    }
                }
            }
        }
    }

    private static void load(String name) throws ClassNotFoundException {
        try {
            Class.forName(name, false, LimitedChild.class.getClassLoader());
        } catch (NoClassDefFoundError _) {
            // A test's, which needs what only tests have.
            return;
        }
    }

    private static String tryWithDescriptors(int spare, Path directory, PartitionConfig.Builder config) {
        List<FileInputStream> hogs = new ArrayList<>();
        String answer;
        try (EventLoop loop = EventLoop.open(EventLoopConfig.defaults())) {
            try {
                while (true) {
                    hogs.add(new FileInputStream("/dev/null"));
                }
            } catch (IOException full) {
                close(hogs, spare);
            }
            try (Partition db = Partition.open(directory, config.eventLoop(loop).build())) {
                db.put(key(1), value(1));
                db.flush();
                answer = "opened";
            } catch (TreeringException | UnsupportedOperationException e) {
                answer = e.getClass().getSimpleName() + ": " + e.getMessage();
            }
        }
        close(hogs, hogs.size());
        return answer;
    }

    private static void close(List<FileInputStream> hogs, int count) {
        for (int i = 0; i < count && !hogs.isEmpty(); i++) {
            try {
                hogs.removeLast().close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }

    private static long count(String directory) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(directory))) {
            return files.count();
        }
    }

    // ---- address space ----------------------------------------------------------------------------------------------

    /// Opens a large store with ever more address space, until that works.
    private static void memory(Path directory) throws Throwable {
        PartitionConfig.Builder config = PartitionConfig.builder()
                .cacheSize(48 * MIB)
                .writeBufferSize(16 * MIB)
                .walMode(WalMode.SYNC)
                .walSize(16 * MIB);
        for (IoBackend backend : new IoBackend[] {IoBackend.AUTO, IoBackend.PREAD, IoBackend.CHANNEL}) {
            Path own = directory.resolve("db-" + backend);
            config.ioBackend(backend);
            assertEquals(null, tryWithAddressSpace(Long.MAX_VALUE, own, config));
            long descriptors = count("/proc/self/fd");
            long size = virtualBytes();
            int failures = 0;
            OutOfMemoryError failure;
            for (long spare = 32 * MIB; (failure = tryWithAddressSpace(spare, own, config)) != null; spare += 2 * MIB) {
                String said = String.valueOf(failure.getMessage());
                assertTrue(said.matches("mmap of .* ENOMEM|unable to create native thread.*"), said);
                assertEquals(descriptors, count("/proc/self/fd"), said);
                long now = virtualBytes();
                assertTrue(now < size + STACKS, () -> size + " bytes mapped before, " + now + " after: " + said);
                failures++;
            }
            OUT.println(backend + " " + failures);
        }
    }

    /// @return what went wrong, or null
    private static @Nullable OutOfMemoryError tryWithAddressSpace(
            long spare, Path directory, PartitionConfig.Builder config) throws Throwable {
        if (spare != Long.MAX_VALUE) {
            limit(virtualBytes() + spare);
        }
        try (Partition db = Partition.open(directory, config.build())) {
            limit(-1);
            db.put(key(1), value(1));
            return null;
        } catch (OutOfMemoryError e) {
            return e;
        } finally {
            limit(-1);
        }
    }

    /// A write that needs a buffer which is not to be had fails, and nothing else does.
    private static void lateMemory(Path directory) throws Throwable {
        for (WalMode mode : WalMode.values()) {
            PartitionConfig config = PartitionConfig.builder()
                    .ioBackend(IoBackend.PREAD)
                    .cacheSize(4 * MIB)
                    .writeBufferSize(64 * MIB)
                    .walSize(256 * MIB)
                    .walMode(mode)
                    .build();
            Path own = directory.resolve("db-" + mode);
            byte[] large = new byte[60_000];
            int refused = 0;
            try (Partition db = Partition.open(own, config)) {
                db.put(key(0), large);
                limit(virtualBytes() + 32 * MIB);
                int i = 0;
                while (i < 1_400) {
                    try {
                        db.put(key(i), large);
                        i++;
                    } catch (OutOfMemoryError e) {
                        assertTrue(String.valueOf(e.getMessage()).contains("mmap of "), e::getMessage);
                        limit(-1);
                        refused++;
                    }
                }
                limit(-1);
                for (i = 0; i < 1_400; i++) {
                    assertArrayEquals(large, db.get(key(i)));
                }
                db.flush();
                assertTrue(db.check().isClean(), () -> db.check().toString());
            }
            OUT.println(mode + " " + refused);
        }
    }

    private static long virtualBytes() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("VmSize:")) {
                return Long.parseLong(line.replaceAll("\\D", "")) << 10;
            }
        }
        throw new IOException("/proc/self/status has no VmSize");
    }

    /// @param bytes of address space, -1 for no limit
    @SuppressWarnings("restricted")
    private static void limit(long bytes) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle setrlimit = linker.downcallHandle(
                linker.defaultLookup().findOrThrow("setrlimit"), FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment limit = arena.allocate(JAVA_LONG, 2);
            limit.set(JAVA_LONG, 0, bytes);
            limit.set(JAVA_LONG, 8, -1);
            assertEquals(0, (int) setrlimit.invokeExact(RLIMIT_AS, limit));
        }
    }
}
