package io.treering.internal.buffer;

import io.treering.internal.Window;
import io.treering.internal.bytes.KeyHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

/// A reader that takes no lock against the one writer, and against the recycling of the memory.
public final class WriteBufferStress {
    private static final byte[] FIRST = {'a'};
    private static final byte[] SECOND = {'b'};
    private static final long FIRST_HASH = KeyHash.hash(FIRST, 1);
    private static final long SECOND_HASH = KeyHash.hash(SECOND, 1);

    /// Native memory is not collected: states take their turns in so many pieces, more than are alive at once.
    private static final int PIECES = 1 << 17;

    private static final MemorySegment MEMORY = Arena.global().allocate(PIECES * BufferMemory.MINIMUM_BYTES, 8);
    private static final AtomicInteger NEXT = new AtomicInteger();

    private WriteBufferStress() {}

    abstract static class Buffer {
        final BufferMemory memory;
        final WriteBuffer buffer;

        Buffer() {
            long piece = (NEXT.getAndIncrement() & (PIECES - 1)) * BufferMemory.MINIMUM_BYTES;
            memory = new BufferMemory(
                    MEMORY.asSlice(piece, BufferMemory.MINIMUM_BYTES).fill((byte) 0));
            buffer = memory.begin(0);
        }

        static void append(WriteBuffer to, byte[] key, long hash, int value, long sequence) {
            to.append(key, 1, hash, new byte[] {(byte) value}, 0, 1, sequence, BufferEntry.PUT);
        }

        final int find(byte[] key, long hash, long upTo) {
            long entry = buffer.find(key, 1, hash, upTo);
            if (entry == 0) {
                return 0;
            }
            long shape = buffer.shape(entry);
            return shape == 0 ? 0 : buffer.memory().get(ValueLayout.JAVA_BYTE, buffer.valueOffset(entry, shape));
        }

        final void writeBoth() {
            append(buffer, FIRST, FIRST_HASH, 1, 1);
            append(buffer, SECOND, SECOND_HASH, 1, 2);
            buffer.publish(2);
        }
    }

    /// A batch appears whole.
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "Nothing, or all of it.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A half of the batch.")
    @State
    public static class Published extends Buffer {
        @Actor
        public void writer() {
            writeBoth();
        }

        @Actor
        public void reader(II_Result r) {
            long upTo = buffer.visible();
            r.r1 = find(FIRST, FIRST_HASH, upTo);
            r.r2 = find(SECOND, SECOND_HASH, upTo);
        }
    }

    /// Broken on purpose: the reader takes whatever the index has.
    @JCStressTest
    @Outcome(
            id = {"0, 0", "1, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "A half of the batch.")
    @State
    public static class UnpublishedCanary extends Buffer {
        @Actor
        public void writer() {
            writeBoth();
        }

        @Actor
        public void reader(II_Result r) {
            r.r1 = find(FIRST, FIRST_HASH, Long.MAX_VALUE);
            r.r2 = find(SECOND, SECOND_HASH, Long.MAX_VALUE);
        }
    }

    /// Who sees nothing of a buffer does not take it for one that holds something while its first entry comes.
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Nothing that is to be seen.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An entry from before it was there.")
    @State
    public static class FirstEntry extends Buffer {
        @Actor
        public void writer() {
            append(buffer, FIRST, FIRST_HASH, 1, 1);
        }

        @Actor
        public void reader(I_Result r) {
            r.r1 = buffer.holdsAnyUpTo(0) ? 1 : 0;
        }
    }

    /// Broken on purpose: two fields are looked at, and the writer comes between.
    @JCStressTest
    @Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "An entry from before it was there.")
    @State
    public static class TwoFieldsCanary extends Buffer {
        @Actor
        public void writer() {
            append(buffer, FIRST, FIRST_HASH, 1, 1);
        }

        @Actor
        public void reader(I_Result r) {
            boolean upToNone = buffer.firstSequence() <= 0;
            Window.await(() -> !buffer.isEmpty());
            r.r1 = !buffer.isEmpty() && upToNone ? 1 : 0;
        }
    }

    abstract static class Recycled extends Buffer {
        Recycled() {
            append(buffer, FIRST, FIRST_HASH, 1, 1);
            buffer.publish(1);
        }

        final void recycle() {
            memory.recycle();
            WriteBuffer next = memory.begin(1);
            append(next, FIRST, FIRST_HASH, 2, 1);
            next.publish(1);
        }
    }

    /// What was read of a life that has ended is thrown away.
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The value of the reader's own buffer.")
    @Outcome(id = "-1", expect = Expect.ACCEPTABLE, desc = "Recycled, and the reader has noticed.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Bytes of another life.")
    @State
    public static class Incarnation extends Recycled {
        @Actor
        public void flusher() {
            recycle();
        }

        @Actor
        public void reader(I_Result r) {
            int found = find(FIRST, FIRST_HASH, 1);
            r.r1 = buffer.isCurrent() ? found : -1;
        }
    }

    /// Broken on purpose: the reader does not ask whose memory it was.
    @JCStressTest
    @Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "As above.")
    @Outcome(expect = Expect.FORBIDDEN, desc = "Bytes of another life.")
    @State
    public static class UnaskedCanary extends Recycled {
        @Actor
        public void flusher() {
            recycle();
        }

        @Actor
        public void reader(I_Result r) {
            r.r1 = find(FIRST, FIRST_HASH, 1);
        }
    }
}
