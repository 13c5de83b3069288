package io.treering.internal.uring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.ClosedException;
import io.treering.IoFailureException;
import io.treering.device.EventLoop;
import io.treering.device.EventLoopConfig;
import io.treering.internal.linux.LinuxConstants;
import io.treering.internal.linux.NativeMemory;
import io.treering.internal.linux.SystemCalls;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.jctools.queues.varhandle.MpscUnboundedVarHandleArrayQueue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RingLoopTest {
    private final Arena arena = Arena.ofShared();
    private final OperationGate gate = new OperationGate("the test's file");
    private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1L);
    private int zeros;
    private int counter;

    /// Reads from it succeed at once.
    private RingFile zeroFile;

    /// Reads from it wait until the counter is raised.
    private RingFile counterFile;

    @BeforeEach
    void openFiles() {
        RingFixture.requireRing();
        zeros = SystemCalls.open(arena.allocateFrom("/dev/zero").address(), LinuxConstants.O_RDONLY, 0);
        counter = SystemCalls.eventfd(LinuxConstants.EFD_CLOEXEC);
        zeroFile = new RingFile("zeros", zeros, gate);
        counterFile = new RingFile("counter", counter, gate);
    }

    @AfterEach
    void closeFiles() {
        SystemCalls.close(zeros);
        SystemCalls.close(counter);
        arena.close();
    }

    private MemorySegment memory(int bytes) {
        return arena.allocate(bytes, 8).fill((byte) 0x55);
    }

    private void raiseCounter() {
        SystemCalls.signal(counter, one.address(), Long.BYTES);
    }

    @Test
    void moreOperationsThanTheRingHasEntriesAreAllCarriedOut() throws RingRefusedException {
        for (int entries : new int[] {1, 2, 8}) {
            RingLoop loop = RingFixture.loop(entries, 10);
            RingFile file = new RingFile("zeros", zeros, gate);
            List<PendingOperation> operations = new ArrayList<>();
            MemorySegment memory = memory(5000 * 8);
            for (int i = 0; i < 5000; i++) {
                operations.add(loop.read(file, 0, memory.asSlice(i * 8L, 8)));
            }
            operations.forEach(PendingOperation::await);
            assertEquals(-1, memory.mismatch(arena.allocate(memory.byteSize())));
            loop.close();
        }
    }

    /// Without spinning, every operation has to wake the loop, and a lost wake-up would hang.
    @Test
    void aSleepingLoopIsWokenByWhoeverComes() throws Exception {
        RingLoop loop = RingFixture.loop(4, 0);
        Queue<Throwable> thrown = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 6; t++) {
            MemorySegment memory = memory(8);
            Thread.Builder builder = t % 2 == 0 ? Thread.ofPlatform() : Thread.ofVirtual();
            Thread thread = builder.unstarted(() -> {
                for (int i = 0; i < 2000; i++) {
                    memory.set(ValueLayout.JAVA_LONG, 0, 7);
                    loop.read(zeroFile, 0, memory).await();
                    assertEquals(0, memory.get(ValueLayout.JAVA_LONG, 0));
                }
            });
            thread.setUncaughtExceptionHandler((ignored, e) -> thrown.add(e));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertTrue(thrown.isEmpty(), () -> String.valueOf(thrown.peek()));
        loop.close();
    }

    /// Whatever comes between the last look at the queue and the sleep finds nobody asleep whom it would wake.
    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aTaskThatComesWhileTheLoopFallsAsleepIsSeen() throws Exception {
        for (boolean busy : new boolean[] {false, true}) {
            RingLoop loop = RingFixture.loop(4, 0);
            RingFile file = new RingFile("zeros", zeros, gate);
            List<PendingOperation> waiting = busy ? List.of(loop.read(counterFile, 0, memory(8))) : List.of();
            CompletableFuture<PendingOperation> late = new CompletableFuture<>();
            MemorySegment memory = memory(8);
            loop.command(() -> {
                replaceQueue(loop, new LateQueue(() -> late.complete(loop.read(file, 0, memory))));
                return 0;
            });
            late.get().await();
            assertEquals(0, memory.get(ValueLayout.JAVA_LONG, 0));
            raiseCounter();
            waiting.forEach(PendingOperation::await);
            loop.close();
        }
    }

    private static void replaceQueue(RingLoop loop, LateQueue queue) {
        try {
            Field field = RingLoop.class.getDeclaredField("queue");
            field.setAccessible(true);
            field.set(loop, queue);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    /// Has something done just after it was found to be empty, once.
    private static final class LateQueue extends MpscUnboundedVarHandleArrayQueue<RingTask> {
        private final Runnable late;
        private boolean isOver;

        LateQueue(Runnable late) {
            super(8);
            this.late = late;
        }

        @Override
        public @Nullable RingTask poll() {
            RingTask task = super.poll();
            if (task == null && !isOver) {
                isOver = true;
                late.run();
            }
            return task;
        }
    }

    /// Four writes take all the vectors that there are, and the loop meets six at once.
    @Test
    void whatTheRingHasNoRoomForIsCarriedOutLater(@TempDir Path directory) throws Exception {
        Path path = directory.resolve("written");
        long name = arena.allocateFrom(path.toString()).address();
        int descriptor = SystemCalls.open(name, LinuxConstants.O_RDWR | LinuxConstants.O_CREAT, 0600);
        RingFile file = new RingFile("written", descriptor, gate);
        RingLoop loop = RingFixture.loop(16, 0);
        int length = LinuxConstants.IOV_MAX;
        MemorySegment[] pieces = memory(length).elements(ValueLayout.JAVA_BYTE).toArray(MemorySegment[]::new);
        List<PendingOperation> writes = new ArrayList<>();
        loop.command(() -> {
            for (int i = 0; i < 6; i++) {
                writes.add(loop.write(file, (long) i * length, pieces));
            }
            return 0;
        });
        loop.close();
        SystemCalls.close(descriptor);
        assertTrue(writes.stream().allMatch(PendingOperation::isDone), "a write was forgotten");
        writes.forEach(PendingOperation::await);
        byte[] expected = new byte[6 * length];
        Arrays.fill(expected, (byte) 0x55);
        assertArrayEquals(expected, Files.readAllBytes(path));
    }

    /// A JVM waits 300 ms for a thread that is in native code before it ends.
    @Test
    void aLoopWithNothingInFlightIsNotInTheKernel() throws Exception {
        RingLoop loop = RingFixture.loop(4, 0);
        loop.read(zeroFile, 0, memory(8)).await();
        Thread thread = Thread.getAllStackTraces().keySet().stream()
                .filter(each -> each.getName().equals("tested-loop"))
                .findFirst()
                .orElseThrow();
        awaitState(thread, Thread.State.WAITING);
        PendingOperation waiting = loop.read(counterFile, 0, memory(8));
        awaitState(thread, Thread.State.RUNNABLE);
        // Wakes it out of the ring, now.
        loop.read(zeroFile, 0, memory(8)).await();
        raiseCounter();
        waiting.await();
        awaitState(thread, Thread.State.WAITING);
        thread.interrupt();
        loop.read(zeroFile, 0, memory(8)).await();
        awaitState(thread, Thread.State.WAITING);
        assertFalse(thread.isInterrupted());
        loop.close();
    }

    private static void awaitState(Thread thread, Thread.State state) throws InterruptedException {
        while (thread.getState() != state) {
            Thread.sleep(1);
        }
    }

    /// More waiting reads than may be in flight, and the one that would end them is not among the first.
    @Test
    void operationsThatWaitDoNotKeepTheRestFromBeingAccepted() throws Exception {
        RingLoop loop = RingFixture.loop(2, 0);
        List<PendingOperation> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            waiting.add(loop.read(counterFile, 0, memory(8)));
        }
        assertTrue(waiting.stream().noneMatch(PendingOperation::isDone));
        for (PendingOperation ignored : waiting) {
            raiseCounter();
            while (waiting.stream().filter(PendingOperation::isDone).count() <= waiting.indexOf(ignored)) {
                Thread.sleep(1);
            }
        }
        waiting.forEach(PendingOperation::await);
        loop.close();
    }

    @Test
    void closingWaitsForWhatIsInFlightAndRefusesTheRest() throws Exception {
        RingLoop loop = RingFixture.loop(4, 10);
        MemorySegment memory = memory(8);
        PendingOperation waiting = loop.read(counterFile, 0, memory);
        Thread closer = Thread.ofPlatform().start(loop::close);
        while (true) {
            try {
                loop.read(zeroFile, 0, memory(8)).await();
            } catch (ClosedException refused) {
                break;
            }
        }
        assertTrue(closer.isAlive());
        assertFalse(waiting.isDone());
        raiseCounter();
        closer.join();
        waiting.await();
        assertEquals(1, memory.get(ValueLayout.JAVA_LONG, 0));
        assertThrows(ClosedException.class, () -> loop.read(zeroFile, 0, memory));
        gate.close();
        gate.awaitEmpty();
    }

    @Test
    void aLoopThatWasNeverUsedClosesAndRefuses() throws Exception {
        Set<Path> before = descriptors();
        RingLoop loop = RingFixture.loop(4, 10);
        loop.close();
        loop.close();
        assertThrows(ClosedException.class, () -> loop.read(zeroFile, 0, memory(8)));
        assertEquals(before, descriptors());
        EventLoop handle = EventLoop.open(EventLoopConfig.defaults());
        handle.close();
        assertThrows(ClosedException.class, ((RingEventLoop) handle)::loop);
    }

    @Test
    void theSharedLoopIsNotClosed() throws RingRefusedException {
        EventLoop.shared().close();
        MemorySegment memory = memory(8);
        RingEventLoop.shared().loop().read(zeroFile, 0, memory).await();
        assertEquals(0, memory.get(ValueLayout.JAVA_LONG, 0));
        RingEventLoop.shared().loop().remove(zeroFile);
    }

    /// The ring is taken from under the loop, which nothing but a bug could do.
    @SuppressWarnings("restricted") // A segment that nobody ever touches.
    @Test
    void whenTheLoopDiesEveryWaiterGetsTheCauseAndItsMemoryIsGivenUp() throws Exception {
        Set<Path> before = descriptors();
        RingLoop loop = RingFixture.loop(4, 0);
        List<PendingOperation> inFlight = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            inFlight.add(loop.read(
                    counterFile, 0, MemorySegment.ofAddress(leakedWord()).reinterpret(8)));
        }
        loop.read(zeroFile, 0, memory(8)).await();
        Set<Path> rings = descriptors();
        rings.removeAll(before);
        for (Path each : rings) {
            SystemCalls.close(Integer.parseInt(each.getFileName().toString()));
        }
        assertEquals(1, rings.size());
        Throwable cause = null;
        try {
            loop.read(zeroFile, 0, memory(8)).await();
        } catch (IoFailureException e) {
            cause = e.getCause();
        }
        assertInstanceOf(IoFailureException.class, cause);
        assertTrue(cause.getMessage().contains("EBADF"), cause.getMessage());
        for (PendingOperation each : inFlight) {
            var e = assertThrows(IoFailureException.class, each::await);
            assertEquals(cause.getMessage(), e.getCause().getMessage());
        }
        assertTrue(counterFile.isAbandoned());
        assertFalse(zeroFile.isAbandoned());
        assertThrows(IoFailureException.class, () -> loop.read(zeroFile, 0, memory(8)));
        gate.close();
        gate.awaitEmpty();
        loop.close();
    }

    /// Memory that the kernel may write to after the test.
    private static long leakedWord() {
        return Arena.global().allocate(8, 8).address();
    }

    /// The rings that this process has open.
    private static Set<Path> descriptors() throws IOException {
        Set<Path> rings = new HashSet<>();
        try (var all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path each : all) {
                try {
                    if (Files.readSymbolicLink(each).toString().contains("io_uring")) {
                        rings.add(each);
                    }
                } catch (IOException closedMeanwhile) {
                    continue;
                }
            }
        }
        return rings;
    }

    @Test
    void buffersAreRegisteredChunkByChunkAndForgotten() throws Exception {
        RingLoop loop = RingFixture.loop(4, 10);
        assertEquals(null, loop.bufferRefusal());
        MemorySegment memory = NativeMemory.map(40L << 20, false, arena);
        List<String> refusals = new ArrayList<>();
        BufferRegistration registration = BufferRegistration.start(loop, memory, refusals::add);
        registration.await();
        assertEquals(List.of(), refusals);
        long chunk = 16 << 20;
        int first = index(loop, memory.address(), 4096);
        assertTrue(first >= 0);
        assertEquals(first, index(loop, memory.address() + chunk - 4096, 4096));
        assertEquals(-1, index(loop, memory.address() + chunk - 4096, 8192), "across two chunks");
        assertTrue(index(loop, memory.address() + chunk, 4096) > first);
        assertTrue(index(loop, memory.address() + (40 << 20) - 4096, 4096) > first);
        assertEquals(-1, index(loop, memory.address() + (40 << 20) - 4096, 8192), "past the end");
        assertEquals(-1, index(loop, memory.address() - 4096, 4096), "before the start");
        MemorySegment piece = memory.asSlice(chunk, 1 << 16).fill((byte) 1);
        loop.read(zeroFile, 0, piece).await();
        assertEquals(-1, piece.mismatch(arena.allocate(1 << 16)));
        registration.cancel();
        assertEquals(-1, index(loop, memory.address(), 4096));
        loop.read(zeroFile, 0, piece).await();
        // Its places are free again.
        BufferRegistration again = BufferRegistration.start(loop, memory, refusals::add);
        again.await();
        assertEquals(first, index(loop, memory.address(), 4096));
        loop.close();
        again.cancel();
    }

    private static int index(RingLoop loop, long address, int length) {
        return loop.command(() -> loop.buffers().index(address, length));
    }

    @Test
    void anAnswerThatNobodyAskedForIsNoticed() {
        InFlightTable table = new InFlightTable(2);
        RingOperation operation = RingOperation.sync(zeroFile);
        long userData = table.add(operation);
        assertEquals(operation, table.remove(userData));
        assertThrows(IllegalStateException.class, () -> table.remove(userData), "the same answer twice");
        long next = table.add(operation);
        assertTrue(next != userData && next >= 0);
        assertThrows(IllegalStateException.class, () -> table.remove(userData), "an answer to an older question");
        assertThrows(IllegalStateException.class, () -> table.remove(1L << 20));
        assertThrows(IllegalStateException.class, () -> table.remove(-2));
        assertEquals(1, table.count());
    }

    /// The kernel's thread that adds work may be held up before it raises the flag, while the loop does the work.
    @Test
    @Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aFlagThatTheKernelLeavesUpKeepsNobodyFromClosing() throws Exception {
        RingLoop loop = RingFixture.loop(4, 10);
        loop.read(zeroFile, 0, memory(8)).await();
        Ring ring = (Ring) read(read(loop, "traffic"), "ring");
        MemorySegment rings = (MemorySegment) read(ring, "rings");
        long flags = (Long) read(ring, "sqFlags");
        rings.set(ValueLayout.JAVA_INT, flags, UringLayout.SQ_TASKRUN);
        loop.close();
        assertThrows(ClosedException.class, () -> loop.command(() -> 0));
    }

    private static Object read(Object object, String name) throws ReflectiveOperationException {
        Field field = object.getClass().getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }
}
