package io.treering.jmh;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A process that fills a store through its log and ends, with or without closing it.
public final class Abandoning {
    /// A write buffer and a log that take it all.
    static final StoreSettings SETTINGS =
            new StoreSettings(Durability.BATCHED, 256L << 20, 1792L << 20, 1920L << 20, StoreSettings.PAGE_BYTES);

    private Abandoning() {}

    /// Has another process fill a store and end.
    static void leave(StoreKind kind, Path directory, int entries, Reopen.End end)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", ManagementFactory.getRuntimeMXBean().getClassPath(), Abandoning.class.getName()));
        command.addAll(List.of(kind.name(), directory.toString(), Integer.toString(entries), end.name()));
        int status = new ProcessBuilder(command).inheritIO().start().waitFor();
        if (status != 0) {
            throw new IllegalStateException("the process that fills the store ended with " + status);
        }
    }

    /// @param arguments the kind of store, its directory, how many entries it gets, and how this process ends
    public static void main(String[] arguments) throws InterruptedException {
        StoreKind kind = StoreKind.valueOf(arguments[0]);
        Store store = kind.open(Path.of(arguments[1]), SETTINGS, new Dataset(Dataset.VALUE_BYTES));
        Session session = store.session();
        int entries = Integer.parseInt(arguments[2]);
        for (int number = 0; number < entries; number++) {
            session.put(number);
        }
        if (Reopen.End.valueOf(arguments[3]) == Reopen.End.CLOSED) {
            session.close();
            store.close();
        } else {
            // Long enough for the log to be synced to its end.
            TimeUnit.MILLISECONDS.sleep(100 * Durability.INTERVAL.toMillis());
            Runtime.getRuntime().halt(0);
        }
    }
}
