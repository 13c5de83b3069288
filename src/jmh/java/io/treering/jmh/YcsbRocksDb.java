package io.treering.jmh;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// RocksDB for YCSB, set up as in the other benchmarks: its log is synced every 10 ms, too.
public final class YcsbRocksDb extends YcsbBinding {
    /// Called by YCSB.
    public YcsbRocksDb() {
        super((directory, settings) -> new Store(RocksDbStore.open(
                directory, settings, true, store -> new RocksDbSession(store, new Dataset(Dataset.VALUE_BYTES)))));
    }

    private record Store(RocksDbStore rocks) implements RawStore {
        @Override
        public byte @Nullable [] get(byte[] key) {
            try {
                return rocks.db().get(rocks.readOptions(), key);
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public List<byte[]> scan(byte[] from, int count) {
            List<byte[]> values = new ArrayList<>(count);
            try (RocksIterator iterator = rocks.db().newIterator(rocks.readOptions())) {
                for (iterator.seek(from); iterator.isValid() && values.size() < count; iterator.next()) {
                    values.add(iterator.value());
                }
                iterator.status();
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
            return values;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            try {
                rocks.db().put(rocks.writeOptions(), key, value);
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void delete(byte[] key) {
            try {
                rocks.db().delete(rocks.writeOptions(), key);
            } catch (RocksDBException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void close() {
            rocks.close();
        }
    }
}
