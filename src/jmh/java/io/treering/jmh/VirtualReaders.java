package io.treering.jmh;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.infra.Blackhole;

/// Readers for virtual threads, which JMH does not start by itself.
final class VirtualReaders {
    private static final int THREADS = 64;

    /// How many gets [#get] does.
    static final int GETS = THREADS * 128;

    private final LoadedStore.User[] readers = new LoadedStore.User[THREADS];

    VirtualReaders(LoadedStore loaded) {
        for (int i = 0; i < THREADS; i++) {
            readers[i] = new LoadedStore.User() {};
            readers[i].enter(loaded, i);
        }
    }

    /// Random gets by all readers at once, who share them: so all are at work until the end.
    void get(Blackhole blackhole) throws InterruptedException, ExecutionException {
        AtomicInteger left = new AtomicInteger(GETS);
        List<Future<Long>> sums = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (LoadedStore.User reader : readers) {
                sums.add(threads.submit(() -> getMany(reader, left)));
            }
        }
        for (Future<Long> sum : sums) {
            blackhole.consume(sum.get());
        }
    }

    private static Long getMany(LoadedStore.User reader, AtomicInteger left) {
        long sum = 0;
        while (left.getAndDecrement() > 0) {
            sum += reader.get();
        }
        return sum;
    }
}
