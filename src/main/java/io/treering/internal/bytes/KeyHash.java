package io.treering.internal.bytes;

import java.nio.ByteOrder;
import net.openhft.hashing.Access;
import net.openhft.hashing.LongHashFunction;

/// The 64-bit hash of a key: XXH64 (xxHash specification, section "XXH64"), seed 0.
///
/// Part of the format: leaves store its top byte, the *fingerprint*, for every entry. The hash function comes from
/// zero-allocation-hashing; the access to the bytes is our own, because the library's goes through methods that the JDK
/// is about to remove (JEP 471; so does the mere loading of its XXH3, which is why this is XXH64).
public final class KeyHash {
    private static final LongHashFunction XXH64 = LongHashFunction.xx();

    private KeyHash() {}

    /// The hash of `key[0, length)`.
    public static long hash(byte[] key, int length) {
        return hash(key, 0, length);
    }

    /// The hash of a key within an array.
    public static long hash(byte[] bytes, int from, int length) {
        return XXH64.hash(bytes, ArrayAccess.INSTANCE, from, length);
    }

    /// The byte of a hash that leaves keep beside the key.
    public static byte fingerprint(long hash) {
        return (byte) (hash >>> 56);
    }

    private static final class ArrayAccess extends Access<byte[]> {
        static final ArrayAccess INSTANCE = new ArrayAccess();

        @Override
        public int getByte(byte[] input, long offset) {
            return input[(int) offset];
        }

        @Override
        public int getUnsignedByte(byte[] input, long offset) {
            return input[(int) offset] & 0xff;
        }

        @Override
        public int getInt(byte[] input, long offset) {
            return (int) Bytes.ARRAY_LE_INT.get(input, (int) offset);
        }

        @Override
        public long getUnsignedInt(byte[] input, long offset) {
            return (int) Bytes.ARRAY_LE_INT.get(input, (int) offset) & 0xffff_ffffL;
        }

        @Override
        public long getLong(byte[] input, long offset) {
            return (long) Bytes.ARRAY_LE_LONG.get(input, (int) offset);
        }

        @Override
        public ByteOrder byteOrder(byte[] input) {
            return ByteOrder.LITTLE_ENDIAN;
        }

        @Override
        protected Access<byte[]> reverseAccess() {
            throw new UnsupportedOperationException("Keys are hashed in little-endian order only");
        }
    }
}
