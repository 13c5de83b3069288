package io.treering.jmh;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import site.ycsb.ByteArrayByteIterator;
import site.ycsb.ByteIterator;

/// A YCSB record's fields as one value: for each the lengths of name and contents, and both. The same bytes for both
/// stores.
final class YcsbFields {
    private YcsbFields() {}

    static byte[] encode(Map<String, ByteIterator> fields) {
        Map<byte[], byte[]> bytes = new HashMap<>();
        int length = 0;
        for (Map.Entry<String, ByteIterator> field : fields.entrySet()) {
            byte[] name = field.getKey().getBytes(StandardCharsets.UTF_8);
            byte[] contents = field.getValue().toArray();
            bytes.put(name, contents);
            length += 2 * Integer.BYTES + name.length + contents.length;
        }
        ByteBuffer value = ByteBuffer.allocate(length);
        bytes.forEach((name, contents) ->
                value.putInt(name.length).putInt(contents.length).put(name).put(contents));
        return value.array();
    }

    /// @param wanted the names of the fields to be read; all if null
    static void decode(byte[] value, @Nullable Set<String> wanted, Map<String, ByteIterator> into) {
        ByteBuffer rest = ByteBuffer.wrap(value);
        while (rest.hasRemaining()) {
            byte[] name = new byte[rest.getInt()];
            int length = rest.getInt();
            rest.get(name);
            String field = new String(name, StandardCharsets.UTF_8);
            if (wanted == null || wanted.contains(field)) {
                into.put(field, new ByteArrayByteIterator(value, rest.position(), length));
            }
            rest.position(rest.position() + length);
        }
    }

    /// A record with some of its fields replaced.
    static byte[] update(byte[] value, Map<String, ByteIterator> changes) {
        Map<String, ByteIterator> fields = new HashMap<>();
        decode(value, null, fields);
        fields.putAll(changes);
        return encode(fields);
    }
}
