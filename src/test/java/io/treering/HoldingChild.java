package io.treering;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.treering.testing.ChildProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Another process that holds a store, and does with it what it is told line by line.
final class HoldingChild implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final PrintWriter orders;

    /// Starts the process, which then tries to open the store; [#answer()] says how that went.
    HoldingChild(Path directory, IoBackend backend, boolean readOnly) throws IOException {
        process = new ChildProcess().start(HoldingChild.class, directory, backend, readOnly);
        answers = process.inputReader();
        orders = new PrintWriter(process.outputWriter(), true);
    }

    String answer() throws IOException {
        return Objects.requireNonNull(answers.readLine(), "the other process has ended");
    }

    String ask(String order) throws IOException {
        orders.println(order);
        return answer();
    }

    long pid() {
        return process.pid();
    }

    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    @Override
    public void close() {
        orders.close();
        awaitEnd();
    }

    private void awaitEnd() {
        try {
            process.onExit().get(30, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            process.destroyForcibly();
            throw new AssertionError("the other process does not end", e);
        }
    }

    /// @param arguments directory, backend, whether to read only
    public static void main(String[] arguments) throws IOException {
        PrintStream out = System.out;
        PartitionConfig config = SharedStoreTest.config(IoBackend.valueOf(arguments[1]))
                .readOnly(Boolean.parseBoolean(arguments[2]))
                .build();
        BufferedReader orders = new BufferedReader(new InputStreamReader(System.in, UTF_8));
        try (Partition db = Partition.open(Path.of(arguments[0]), config)) {
            out.println("open");
            for (String order = orders.readLine(); order != null; order = orders.readLine()) {
                String[] words = order.split(" ");
                byte[] key = words[1].getBytes(UTF_8);
                switch (words[0]) {
                    case "put" -> {
                        db.put(key, key);
                        out.println("done");
                    }
                    case "get" -> out.println(db.get(key) == null ? "absent" : "present");
                    case "check" -> out.println(db.check().isClean() ? "clean" : db.check());
                    default -> throw new IllegalArgumentException(order);
                }
            }
        } catch (LockedException e) {
            out.println("locked by " + e.ownerPid());
        }
    }
}
