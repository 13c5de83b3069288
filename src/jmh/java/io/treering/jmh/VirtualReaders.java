package io.treering.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.openjdk.jmh.infra.Blackhole;

/// Readers for virtual threads, which JMH does not start by itself.
final class VirtualReaders {
    private static final int THREADS = 64;
    private static final int GETS_PER_THREAD = 128;

    /// How many gets [#get] does.
    static final int GETS = THREADS * GETS_PER_THREAD;

    private final LoadedStore.User[] readers = new LoadedStore.User[THREADS];

    VirtualReaders(LoadedStore loaded) {
        for (int i = 0; i < THREADS; i++) {
            readers[i] = new LoadedStore.User() {};
            readers[i].enter(loaded, i);
        }
    }

    /// Random gets by all readers at once.
    void get(Blackhole blackhole) throws InterruptedException, ExecutionException {
        List<Future<Long>> sums = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (LoadedStore.User reader : readers) {
                sums.add(threads.submit(() -> getMany(reader)));
            }
        }
        for (Future<Long> sum : sums) {
            blackhole.consume(sum.get());
        }
    }

    private static Long getMany(LoadedStore.User reader) {
        long sum = 0;
        for (int i = 0; i < GETS_PER_THREAD; i++) {
            sum += reader.get();
        }
        return sum;
    }
}
