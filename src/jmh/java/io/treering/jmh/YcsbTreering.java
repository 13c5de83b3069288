package io.treering.jmh;

import io.treering.Partition;
import io.treering.Scan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Treering for YCSB, set up as in the other benchmarks: the log is synced every 10 ms.
public final class YcsbTreering extends YcsbBinding {
    /// Called by YCSB.
    public YcsbTreering() {
        super((directory, settings) ->
                new Store(new TreeringStore(directory, settings, new Dataset(Dataset.VALUE_BYTES)).partition()));
    }

    private record Store(Partition partition) implements RawStore {
        @Override
        public byte @Nullable [] get(byte[] key) {
            return partition.get(key);
        }

        @Override
        public List<byte[]> scan(byte[] from, int count) {
            List<byte[]> values = new ArrayList<>(count);
            try (Scan scan = partition.scan(from, null)) {
                while (values.size() < count && scan.advance()) {
                    values.add(scan.value().toByteArray());
                }
            }
            return values;
        }

        @Override
        public void put(byte[] key, byte[] value) {
            partition.put(key, value);
        }

        @Override
        public void delete(byte[] key) {
            partition.delete(key);
        }

        @Override
        public void close() {
            partition.close();
        }
    }
}
