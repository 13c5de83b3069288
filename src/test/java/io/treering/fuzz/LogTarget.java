package io.treering.fuzz;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.treering.CorruptionException;
import io.treering.internal.bytes.Bytes;
import io.treering.internal.format.WalOperation;
import io.treering.internal.format.WalRecord;
import io.treering.internal.wal.ReplayHandler;
import io.treering.internal.wal.WalRegion;
import io.treering.internal.wal.WalReplay;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// A log put together as the input says: records with any fields and any operations, whose checksums are right if the
/// input does not ask for wrong ones, in any places of the region.
public final class LogTarget {
    private static final int PAGE = 4096;
    private static final int FIRST_PAGE = 4;
    private static final int PAGES = 32;
    private static final WalRegion REGION = new WalRegion(FIRST_PAGE, PAGES, PAGE);
    private static final MemorySegment MEMORY = Arena.global().allocate(REGION.memoryBytes(), PAGE);
    private static final int MOST_RECORDS = 40;

    private final Input input;
    private final byte[] bytes = new byte[(FIRST_PAGE + PAGES) * PAGE];
    private final MemorySegment memory = MemorySegment.ofArray(new byte[2 * REGION.recordBytes()]);
    private final CRC32C crc = new CRC32C();

    private long lsn;
    private long epoch;
    private long sequence;
    private int previousCrc;

    private LogTarget(Input input) {
        this.input = input;
    }

    /// For Jazzer.
    public static void fuzzerTestOneInput(byte[] bytes) {
        new LogTarget(new Input(bytes)).run();
    }

    private void run() {
        long head = (long) PAGE * input.u8();
        epoch = input.below(3);
        long after = input.below(4);
        lsn = head;
        sequence = after + 1 - input.below(2);
        for (int left = MOST_RECORDS; left > 0 && !input.isEmpty(); left--) {
            step();
        }
        HeapDevice device = new HeapDevice(bytes);
        Applied first = replay(device, head, after);
        Applied second = replay(device, head, after);
        if (!first.equals(second)) {
            throw new AssertionError("the same log gives " + first + " and " + second);
        }
        if (!Arrays.equals(bytes, device.image())) {
            throw new AssertionError("a replay has written");
        }
    }

    // ---- the log ----------------------------------------------------------------------------------------------------

    private void step() {
        switch (input.below(8)) {
            case 0 -> lsn += (long) PAGE * input.below(4);
            case 1 -> lsn = Math.max(0, lsn - (long) PAGE * input.below(8));
            case 2 -> bytes[FIRST_PAGE * PAGE + input.u16() % (PAGES * PAGE)] = (byte) input.u8();
            case 3 -> pad();
            default -> record();
        }
    }

    private int remaining() {
        return (int) (REGION.bytes() - lsn % REGION.bytes());
    }

    private void pad() {
        WalRecord.write(memory, 0, WalRecord.PAD, PAGE, remaining() - WalRecord.BYTES, 0, sequence);
        place(remaining());
    }

    private void record() {
        int operations = 1 + input.below(6);
        int at = WalRecord.BYTES;
        int written = 0;
        for (; written < operations; written++) {
            int form = input.u8();
            int kind = 1 + form % 3;
            int keyLength = input.u8() % 64;
            int valueLength = kind == 3 ? 16 : kind == 2 ? 0 : input.u8() * (1 + form / 64 * 20);
            int end = at + WalOperation.BYTES + keyLength + valueLength;
            if (end > Math.min(remaining(), REGION.recordBytes())) {
                break;
            }
            WalOperation.write(memory, at, kind, form >> 3 & 1, keyLength, valueLength);
            memory.asSlice(at + WalOperation.BYTES, keyLength + valueLength).fill((byte) form);
            at = end;
        }
        if (written == 0) {
            pad();
            return;
        }
        WalRecord.write(memory, 0, WalRecord.FILLED, PAGE, at - WalRecord.BYTES, written, sequence);
        sequence += written;
        place(at);
    }

    /// Seals what is in memory, with some fields changed, and writes it.
    private void place(int length) {
        long durable = lsn - (long) PAGE * input.below(4);
        WalRecord.seal(memory, memory.asByteBuffer(), 0, lsn, epoch, durable, previousCrc, crc);
        for (int changes = input.below(8) - 4; changes > 0; changes--) {
            int field = input.u8() % Math.min(length, 160);
            Bytes.putU8(memory, field, input.u8());
        }
        if (input.below(16) != 0) {
            seal();
        }
        previousCrc = WalRecord.crc(memory, 0);
        int to = (int) (FIRST_PAGE * PAGE + lsn % REGION.bytes());
        int copied = (int) Math.min(Math.min(Bytes.roundUp(length, PAGE), memory.byteSize()), remaining());
        MemorySegment.copy(memory, JAVA_BYTE, 0, bytes, to, copied);
        lsn += Bytes.roundUp(length, PAGE);
        memory.fill((byte) 0);
    }

    /// Makes the checksum right for what the header says now, as far as that is possible.
    private void seal() {
        long length = WalRecord.type(memory, 0) == WalRecord.PAD ? WalRecord.BYTES : WalRecord.length(memory, 0);
        int covered = (int) Math.clamp(length, WalRecord.BYTES, memory.byteSize());
        crc.reset();
        crc.update(
                memory.asSlice(WalRecord.MAGIC_AT, covered - WalRecord.MAGIC_AT).asByteBuffer());
        Bytes.putI32(memory, WalRecord.CRC, (int) crc.getValue());
    }

    // ---- the replay -------------------------------------------------------------------------------------------------

    private Applied replay(HeapDevice device, long head, long after) {
        Operations operations = new Operations(after);
        try {
            WalReplay.Result result = WalReplay.run(device, REGION, MEMORY, head, epoch, after, operations);
            boolean possible = result.endLsn() >= head
                    && result.endLsn() <= head + REGION.bytes()
                    && result.endLsn() % PAGE == 0
                    && result.operations() == operations.count
                    && result.lastSequence() == operations.last;
            if (!possible) {
                throw new AssertionError(result + " of " + operations.count + " operations up to " + operations.last);
            }
            return new Applied(result, operations.hash);
        } catch (CorruptionException e) {
            return new Applied(new WalReplay.Result(-1, -1, operations.count), operations.hash);
        }
    }

    private record Applied(WalReplay.Result result, long hash) {}

    /// Looks at every byte that it is given.
    private static final class Operations implements ReplayHandler {
        private long last;
        private long count;
        private long hash;

        Operations(long after) {
            last = after;
        }

        @Override
        public void apply(
                int kind,
                int treeId,
                MemorySegment memory,
                long keyOffset,
                int keyLength,
                long valueOffset,
                int valueLength,
                long sequence,
                boolean more) {
            if (sequence != last + 1 || valueOffset != keyOffset + keyLength || kind < 1 || kind > 3) {
                throw new AssertionError("operation " + sequence + " of kind " + kind + " after " + last);
            }
            for (byte each :
                    memory.asSlice(keyOffset, (long) keyLength + valueLength).toArray(JAVA_BYTE)) {
                hash = hash * 31 + each;
            }
            last = sequence;
            count++;
        }

        @Override
        public boolean verifyOverflow(MemorySegment memory, long keyOffset, int keyLength, long referenceOffset) {
            memory.asSlice(keyOffset, keyLength);
            return memory.asSlice(referenceOffset, 16).get(JAVA_BYTE, 0) % 4 != 0;
        }
    }
}
