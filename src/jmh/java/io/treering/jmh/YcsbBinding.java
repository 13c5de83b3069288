package io.treering.jmh;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.Vector;
import org.jspecify.annotations.Nullable;
import site.ycsb.ByteIterator;
import site.ycsb.DB;
import site.ycsb.Status;

/// A store as YCSB uses it. Each of YCSB's threads has a binding, and all share one store, which the last one closes.
/// An update reads the record and writes it with the fields changed, as YCSB's own binding for RocksDB does.
///
/// YCSB's properties `treering.directory`, `treering.cacheMiB` and `treering.pageBytes` say where the store is, how
/// much
/// it caches, and how large its pages, or blocks, are.
abstract class YcsbBinding extends DB {
    private static @Nullable RawStore shared;
    private static int users;

    private final Opening opening;
    private RawStore store;

    /// How a store is opened.
    interface Opening {
        RawStore open(Path directory, StoreSettings settings);
    }

    /// Keys and values without fields. Thread-safe.
    interface RawStore extends AutoCloseable {
        byte @Nullable [] get(byte[] key);

        /// The values of as many keys, from the first that is not below `from`.
        List<byte[]> scan(byte[] from, int count);

        void put(byte[] key, byte[] value);

        void delete(byte[] key);

        @Override
        void close();
    }

    YcsbBinding(Opening opening) {
        this.opening = opening;
    }

    @Override
    public final void init() {
        synchronized (YcsbBinding.class) {
            if (shared == null) {
                Properties properties = getProperties();
                Path directory = Path.of(properties.getProperty("treering.directory"));
                int cacheMiB = Integer.parseInt(properties.getProperty("treering.cacheMiB"));
                int pageBytes = Integer.parseInt(properties.getProperty("treering.pageBytes"));
                shared = opening.open(directory, new StoreSettings(Durability.BATCHED, cacheMiB, pageBytes));
            }
            users++;
            store = shared;
        }
    }

    @Override
    public final void cleanup() {
        synchronized (YcsbBinding.class) {
            if (--users == 0 && shared != null) {
                shared.close();
                shared = null;
            }
        }
    }

    private static byte[] key(String table, String key) {
        return (table + ":" + key).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public final Status read(String table, String key, @Nullable Set<String> fields, Map<String, ByteIterator> result) {
        byte[] value = store.get(key(table, key));
        if (value == null) {
            return Status.NOT_FOUND;
        }
        YcsbFields.decode(value, fields, result);
        return Status.OK;
    }

    @Override
    public final Status scan(
            String table,
            String from,
            int count,
            @Nullable Set<String> fields,
            Vector<HashMap<String, ByteIterator>> result) {
        for (byte[] value : store.scan(key(table, from), count)) {
            HashMap<String, ByteIterator> found = new HashMap<>();
            YcsbFields.decode(value, fields, found);
            result.add(found);
        }
        return Status.OK;
    }

    @Override
    public final Status update(String table, String key, Map<String, ByteIterator> fields) {
        byte[] whole = key(table, key);
        byte[] value = store.get(whole);
        if (value == null) {
            return Status.NOT_FOUND;
        }
        store.put(whole, YcsbFields.update(value, fields));
        return Status.OK;
    }

    @Override
    public final Status insert(String table, String key, Map<String, ByteIterator> fields) {
        store.put(key(table, key), YcsbFields.encode(fields));
        return Status.OK;
    }

    @Override
    public final Status delete(String table, String key) {
        store.delete(key(table, key));
        return Status.OK;
    }
}
