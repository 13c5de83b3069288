package io.treering.internal.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The tables in the Javadoc of a layout: offset, bytes, constant.
public final class LayoutTable {
    private static final Pattern ROW = Pattern.compile("\\| +(\\d+) \\| +(\\d+) \\| (\\w+) +\\|");

    private LayoutTable() {}

    /// Fails unless each row says what its constant says, and the rows do not overlap.
    public static void check(Class<?> layout, int rows) throws IOException, ReflectiveOperationException {
        Path source = Path.of("src/main/java", layout.getName().replace('.', '/') + ".java");
        List<MatchResult> found =
                ROW.matcher(Files.readString(source)).results().toList();
        assertEquals(rows, found.size());
        int end = 0;
        for (MatchResult row : found) {
            int offset = Integer.parseInt(row.group(1));
            var constant = layout.getDeclaredField(row.group(3));
            constant.setAccessible(true);
            assertEquals(offset, constant.getInt(null), row.group(3));
            assertTrue(offset == 0 || offset >= end, row.group(3) + " overlaps");
            end = offset + Integer.parseInt(row.group(2));
        }
    }
}
