package io.treering.mutants;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A mistake, as the list of mutants states it.
///
/// @param why it would be one
/// @param unnoticeable why nothing can notice it; empty if something must
record Mutant(String name, String why, List<Change> changes, String unnoticeable) {
    static final Path LIST = Path.of("src/test/mutants/engine.txt");
    static final Path SOURCES = Path.of("src/main/java/io/treering");

    /// A text of a file and what takes its place.
    record Change(Path file, String before, String after) {
        /// The text of the file with this change.
        String in(String text) {
            int at = text.indexOf(before);
            if (at < 0 || text.indexOf(before, at + 1) >= 0) {
                throw new IllegalStateException(
                        file + " holds this " + (at < 0 ? "nowhere" : "twice") + ":\n" + before);
            }
            return text.substring(0, at) + after + text.substring(at + before.length());
        }
    }

    /// All mutants of the list.
    ///
    /// @param root of the project
    static List<Mutant> all(Path root) {
        List<Reader> readers = new ArrayList<>();
        boolean inMutant = false;
        for (String line : lines(root.resolve(LIST))) {
            if (line.startsWith("# ")) {
                readers.add(new Reader(line.substring(2)));
                inMutant = true;
            } else if (line.startsWith("====")) {
                inMutant = false;
            } else if (inMutant) {
                readers.getLast().take(line);
            }
        }
        return readers.stream().map(Reader::mutant).toList();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// One mutant that is being read.
    private static final class Reader {
        private final String name;
        private final StringBuilder why = new StringBuilder();
        private final StringBuilder unnoticeable = new StringBuilder();
        private final List<Change> changes = new ArrayList<>();
        private Path file = SOURCES;
        private final List<String> before = new ArrayList<>();
        private final List<String> after = new ArrayList<>();

        Reader(String name) {
            this.name = name;
        }

        void take(String line) {
            if (line.isEmpty()) {
                return;
            }
            String rest = line.substring(1);
            switch (line.charAt(0)) {
                case '@' -> {
                    endChange();
                    file = SOURCES.resolve(rest.strip());
                }
                case '!' -> unnoticeable.append(rest);
                case '-' -> before.add(rest);
                case '+' -> after.add(rest);
                case ' ' -> {
                    before.add(rest);
                    after.add(rest);
                }
                default -> why.append(why.isEmpty() ? "" : " ").append(line);
            }
        }

        private void endChange() {
            if (!before.isEmpty()) {
                changes.add(new Change(file, text(before), text(after)));
                before.clear();
                after.clear();
            }
        }

        /// Whole lines.
        private static String text(List<String> lines) {
            StringBuilder text = new StringBuilder("\n");
            lines.forEach(line -> text.append(line).append('\n'));
            return text.toString();
        }

        Mutant mutant() {
            endChange();
            return new Mutant(
                    name,
                    why.toString(),
                    List.copyOf(changes),
                    unnoticeable.toString().strip());
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
