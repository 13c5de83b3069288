package io.treering.internal.format;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// The ASCII pictures of layouts in the Javadoc of a class, as fields and offsets.
///
/// A picture is a line of offsets above a line of boxes: the offset whose digits touch a corner belongs to it.
final class LayoutPicture {
    private static final Pattern BLOCK = Pattern.compile("```\\n(.*?)```", Pattern.DOTALL);
    private static final Pattern OFFSET = Pattern.compile("\\w+");

    private LayoutPicture() {}

    /// The pictures of a class of the format room, in the order in which they stand.
    static List<Map<String, Integer>> of(Class<?> layout) {
        Path source = Path.of("src/main/java", layout.getName().replace('.', '/') + ".java");
        try {
            String javadoc = Files.readString(source).replaceAll("(?m)^ *///? ?", "");
            return BLOCK.matcher(javadoc)
                    .results()
                    .map(block -> parse(block.group(1).lines().toList()))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Offsets by field, in order; the end of the last field under "end". Offsets that are words are left out.
    private static Map<String, Integer> parse(List<String> lines) {
        String borders = lines.get(1);
        String boxes = lines.get(2);
        Map<String, Integer> fields = new LinkedHashMap<>();
        List<Integer> corners = new ArrayList<>();
        for (int i = borders.indexOf('+'); i >= 0; i = borders.indexOf('+', i + 1)) {
            corners.add(i);
        }
        for (int i = 0; i < corners.size(); i++) {
            boolean last = i == corners.size() - 1;
            String field = last
                    ? "end"
                    : boxes.substring(corners.get(i) + 1, corners.get(i + 1)).strip();
            String offset = offsetAt(lines.getFirst(), corners.get(i));
            if (!offset.isEmpty() && Character.isDigit(offset.charAt(0))) {
                fields.put(field, Integer.parseInt(offset));
            }
        }
        return fields;
    }

    private static String offsetAt(String line, int corner) {
        return OFFSET.matcher(line)
                .results()
                .filter(offset -> offset.start() <= corner && corner < offset.end())
                .map(MatchResult::group)
                .findFirst()
                .orElse("");
    }
}
