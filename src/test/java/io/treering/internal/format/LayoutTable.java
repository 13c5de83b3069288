package io.treering.internal.format;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Layouts that the Javadoc of a class draws as tables: `| offset | bytes | CONSTANT | … |`.
final class LayoutTable {
    private static final Pattern ROW = Pattern.compile("\\| +(\\d+) \\| +(\\d+|-) \\| (\\w+) ");

    private LayoutTable() {}

    static String source(Class<?> layout) {
        try {
            return Files.readString(Path.of("src/main/java", layout.getName().replace('.', '/') + ".java"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Compares every row with the constant that it names: the offset, and the end of the row before. A row at offset 0
    /// starts another table.
    ///
    /// @return the names, in order
    static List<String> check(Class<?> layout) {
        List<String> names = new ArrayList<>();
        int end = 0;
        for (MatchResult row : ROW.matcher(source(layout)).results().toList()) {
            int offset = Integer.parseInt(row.group(1));
            String name = row.group(3);
            names.add(name);
            assertEquals(offset == 0 ? 0 : end, offset, "gap or overlap before " + name);
            assertEquals(constant(layout, name), offset, name);
            end = offset + (row.group(2).equals("-") ? 0 : Integer.parseInt(row.group(2)));
        }
        return names;
    }

    private static int constant(Class<?> layout, String name) {
        try {
            return layout.getDeclaredField(name).getInt(null);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(name + " is no constant of " + layout, e);
        }
    }
}
