package io.treering.fuzz;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// The targets and the inputs that were kept for each: one a line, in Base64, those that between them reach all that
/// any has reached, and those that once found something.
enum FuzzTarget {
    STORE(StoreTarget.class, StoreTarget::fuzzerTestOneInput),
    LOG(LogTarget.class, LogTarget::fuzzerTestOneInput),
    PAGE(PageTarget.class, PageTarget::fuzzerTestOneInput);

    private static final Path RESOURCES = Path.of("src/test/resources/io/treering/fuzz");

    private final Class<?> type;
    private final Consumer<byte[]> target;

    FuzzTarget(Class<?> type, Consumer<byte[]> target) {
        this.type = type;
        this.target = target;
    }

    /// The class that Jazzer runs.
    Class<?> type() {
        return type;
    }

    void run(byte[] input) {
        target.accept(input);
    }

    private String fileName() {
        return name().toLowerCase(Locale.ROOT) + ".inputs";
    }

    List<byte[]> keptInputs() {
        try (InputStream in = Objects.requireNonNull(FuzzTarget.class.getResourceAsStream(fileName()), fileName())) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(Base64.getDecoder()::decode)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- for src/fuzz/run -------------------------------------------------------------------------------------------

    /// `unpack TARGET DIRECTORY` writes the kept inputs as files, for Jazzer; `keep TARGET DIRECTORY` makes the files
    /// of a directory the kept inputs; `repeat TARGET BASE64-OR-FILE` runs one input.
    public static void main(String[] arguments) throws IOException {
        FuzzTarget target = valueOf(arguments[1].toUpperCase(Locale.ROOT));
        switch (arguments[0]) {
            case "unpack" -> target.unpack(Path.of(arguments[2]));
            case "keep" -> target.keep(Path.of(arguments[2]));
            case "repeat" -> target.run(read(arguments[2]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /// Writes the kept inputs as files, for Jazzer.
    void unpack(Path directory) throws IOException {
        int number = 0;
        for (byte[] input : keptInputs()) {
            Files.write(directory.resolve("kept-%04d".formatted(number++)), input);
        }
    }

    private void keep(Path directory) throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> found = Files.list(directory)) {
            found.forEach(files::add);
        }
        TreeSet<String> lines = new TreeSet<>();
        for (Path file : files) {
            lines.add(Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
        }
        Files.writeString(RESOURCES.resolve(fileName()), String.join("\n", lines) + "\n");
    }

    private static byte[] read(String argument) throws IOException {
        Path file = Path.of(argument);
        return Files.exists(file)
                ? Files.readAllBytes(file)
                : Base64.getDecoder().decode(argument);
    }
}
