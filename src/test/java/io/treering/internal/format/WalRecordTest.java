package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.treering.internal.bytes.Bytes;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// A record and an operation are laid out as drawn, and a header that cannot be is seen.
class WalRecordTest {
    private static final long LSN = 5 * 4096L;
    private static final int EPOCH = 7;
    private static final int LIMIT = 16_384;

    private final MemorySegment memory = Arena.ofAuto().allocate(65_536, 4096);
    private final ByteBuffer bytes = memory.asByteBuffer();
    private final CRC32C crc = new CRC32C();

    @Test
    void theRecordIsLaidOutAsDrawn() {
        List<Map<String, Integer>> pictures = LayoutPicture.of(WalRecord.class);
        assertEquals(
                Map.of(
                        "crc32c", WalRecord.CRC,
                        "magic", WalRecord.MAGIC_AT,
                        "lsn", WalRecord.LSN,
                        "epoch", WalRecord.EPOCH,
                        "durable lsn", WalRecord.DURABLE_LSN,
                        "end", WalRecord.FIRST_SEQUENCE),
                pictures.get(0));
        assertEquals(
                Map.of(
                        "first sequence", WalRecord.FIRST_SEQUENCE,
                        "previous crc", WalRecord.PREVIOUS_CRC,
                        "payload length", WalRecord.PAYLOAD_LENGTH,
                        "operations", WalRecord.OPERATIONS,
                        "type", WalRecord.TYPE,
                        "block shift", WalRecord.BLOCK_SHIFT,
                        "reserved", WalRecord.RESERVED,
                        "nonce, tag", WalRecord.ENCRYPTION,
                        "end", WalRecord.BYTES),
                pictures.get(1));
    }

    @Test
    void theOperationIsLaidOutAsDrawn() {
        assertEquals(
                Map.of(
                        "kind", WalOperation.KIND,
                        "flags", WalOperation.FLAGS,
                        "key length", WalOperation.KEY_LENGTH,
                        "value length", WalOperation.VALUE_LENGTH,
                        "tree id", WalOperation.TREE_ID,
                        "key", WalOperation.KEY),
                LayoutPicture.of(WalOperation.class).getFirst());
        assertEquals(WalOperation.BYTES, WalOperation.KEY);
    }

    /// The bytes themselves, so that accessors which are wrong in the same way are seen.
    @Test
    void aRecordOnDiskIsLittleEndianAndHasItsFieldsInTheirPlaces() {
        memory.fill((byte) 0xee);
        WalRecord.write(memory, 0, WalRecord.FILLED, 4096, 1_000, 3, 0x0102030405060708L);
        int sealed = WalRecord.seal(memory, bytes, 0, LSN, 0x1122334455667788L, 4096, 0xcafebabe, crc);

        ByteBuffer raw = memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        byte[] magic = new byte[4];
        raw.get(4, magic);
        assertEquals("TWAL", new String(magic, StandardCharsets.US_ASCII));
        assertEquals(LSN, raw.getLong(8));
        assertEquals(0x1122334455667788L, raw.getLong(16));
        assertEquals(4096, raw.getLong(24));
        assertEquals(0x0102030405060708L, raw.getLong(32));
        assertEquals(0xcafebabe, raw.getInt(40));
        assertEquals(1_000, raw.getInt(44));
        assertEquals(3, raw.getInt(48));
        assertEquals(1, raw.get(52));
        assertEquals(12, raw.get(53));
        for (int at = 54; at < 96; at++) {
            assertEquals(0, raw.get(at), "reserved byte " + at);
        }
        CRC32C expected = new CRC32C();
        expected.update(raw.limit(1_096).position(4));
        assertEquals((int) expected.getValue(), sealed);
        assertEquals(
                sealed, memory.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getInt(0));
    }

    @Test
    void everyCoveredBitChangesTheChecksum() {
        record(WalRecord.FILLED, 200, 2);
        for (int at = WalRecord.MAGIC_AT; at < WalRecord.BYTES + 200; at++) {
            if (at < WalRecord.PAYLOAD_LENGTH || at >= WalRecord.PAYLOAD_LENGTH + Integer.BYTES) {
                flip(at);
                assertNotEquals(WalRecord.crc(memory, 0), WalRecord.checksum(memory, bytes, 0, crc), "byte " + at);
                flip(at);
            }
        }
        assertEquals(WalRecord.crc(memory, 0), WalRecord.checksum(memory, bytes, 0, crc));
        Bytes.putI32(memory, WalRecord.PAYLOAD_LENGTH, 201);
        assertNotEquals(WalRecord.crc(memory, 0), WalRecord.checksum(memory, bytes, 0, crc), "length");
    }

    private void flip(int at) {
        Bytes.putU8(memory, at, Bytes.u8(memory, at) ^ 1);
    }

    @Test
    void aHeaderIsTakenForARecordOnlyAtItsPlaceAndInItsEpoch() {
        record(WalRecord.FILLED, 200, 2);
        assertTrue(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000));
        assertFalse(WalRecord.isRecord(memory, 0, LSN + 4096, EPOCH, LIMIT, 100_000), "another place");
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH + 1, LIMIT, 100_000), "another epoch");
        Bytes.putI32(memory, WalRecord.MAGIC_AT, 0);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "no magic");
    }

    @Test
    void aLengthOutOfBoundsIsRefused() {
        for (int payload : new int[] {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, LIMIT - WalRecord.BYTES + 1}) {
            record(WalRecord.FILLED, 0, 1);
            Bytes.putI32(memory, WalRecord.PAYLOAD_LENGTH, payload);
            assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "payload " + payload);
        }
        record(WalRecord.FILLED, LIMIT - WalRecord.BYTES, 1);
        assertTrue(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, LIMIT), "the longest");
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, LIMIT - 4096), "over the region's end");
    }

    @Test
    void aBlockSizeOutOfBoundsIsRefused() {
        for (int shift : new int[] {0, 9, 11, 16, 31, 32, 63, 255}) {
            record(WalRecord.FILLED, 200, 2);
            Bytes.putU8(memory, WalRecord.BLOCK_SHIFT, shift);
            assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "shift " + shift);
        }
        record(WalRecord.FILLED, 200, 2);
        Bytes.putU8(memory, WalRecord.BLOCK_SHIFT, 15);
        assertTrue(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 32_768));
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 32_767), "padding over the region's end");
    }

    @Test
    void countsAndPositionsThatCannotBeAreRefused() {
        record(WalRecord.FILLED, 200, 17);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "17 operations in 200 bytes");
        record(WalRecord.FILLED, 200, 0);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "no operations");
        record(WalRecord.FILLED, 200, 2);
        Bytes.putI64(memory, WalRecord.FIRST_SEQUENCE, 0);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "sequence 0");
        record(WalRecord.FILLED, 200, 2);
        Bytes.putI64(memory, WalRecord.DURABLE_LSN, LSN + 1);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "durable behind itself");
        record(3, 200, 2);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 100_000), "unknown type");
    }

    @Test
    void aPadStandsForExactlyWhatIsLeftOfTheRegion() {
        record(WalRecord.PAD, 8_192 - WalRecord.BYTES, 0);
        assertTrue(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 8_192));
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 12_288), "too short");
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 4_096), "too long");
        record(WalRecord.PAD, 8_192 - WalRecord.BYTES, 1);
        assertFalse(WalRecord.isRecord(memory, 0, LSN, EPOCH, LIMIT, 8_192), "with operations");
    }

    @Test
    void anOperationThatCannotBeIsRefused() {
        assertFalse(operation(0, 0, 3, 5, 100), "kind 0");
        assertFalse(operation(4, 0, 3, 5, 100), "kind 4");
        assertFalse(operation(WalOperation.PUT, 2, 3, 5, 100), "an unknown flag");
        assertFalse(operation(WalOperation.PUT, 0, 4096, 5, 65_000), "a key too long");
        assertFalse(operation(WalOperation.PUT, 0, 3, -1, 100), "a negative length");
        assertFalse(operation(WalOperation.PUT, 0, 3, Integer.MAX_VALUE, 100), "a length that overflows");
        assertFalse(operation(WalOperation.PUT, 0, 3, 86, 100), "one byte over the end");
        assertFalse(operation(WalOperation.DELETE, 0, 3, 1, 100), "a delete with a value");
        assertFalse(operation(WalOperation.PUT_OVERFLOW, 0, 3, 15, 100), "a short reference");
        assertFalse(operation(WalOperation.PUT, 0, 0, 0, 11), "half a header");
        assertTrue(operation(WalOperation.PUT, 0, 3, 85, 100), "up to the end");
        assertTrue(operation(WalOperation.PUT, WalOperation.MORE, 0, 0, 12), "nothing but a header");
        assertTrue(operation(WalOperation.DELETE, 0, 3, 0, 100));
        assertTrue(operation(WalOperation.PUT_OVERFLOW, 0, 3, 16, 100));
    }

    private boolean operation(int kind, int flags, int keyLength, int valueLength, long end) {
        WalOperation.write(memory, 0, kind, flags, keyLength, valueLength);
        return WalOperation.isOperation(memory, 0, end);
    }

    private void record(int type, int payload, int operations) {
        WalRecord.write(memory, 0, type, 4096, payload, operations, 1);
        WalRecord.seal(memory, bytes, 0, LSN, EPOCH, 0, 0, crc);
    }
}
