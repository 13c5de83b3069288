package io.treering.jmh;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads JSON, as much of it as JMH writes: into maps, lists, strings, doubles, booleans and null.
final class Json {
    private final String text;
    private int position;

    private Json(String text) {
        this.text = text;
    }

    static @Nullable Object parse(String text) {
        Json json = new Json(text);
        Object value = json.value();
        if (json.peek() != 0) {
            throw json.unexpected();
        }
        return value;
    }

    private @Nullable Object value() {
        return switch (peek()) {
            case '{' -> object();
            case '[' -> array();
            case '"' -> string();
            case 't' -> word("true", true);
            case 'f' -> word("false", false);
            case 'n' -> word("null", null);
            default -> number();
        };
    }

    private Map<String, @Nullable Object> object() {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        expect('{');
        while (peek() != '}') {
            String name = string();
            expect(':');
            object.put(name, value());
            if (peek() != '}') {
                expect(',');
            }
        }
        expect('}');
        return object;
    }

    private List<@Nullable Object> array() {
        List<@Nullable Object> array = new ArrayList<>();
        expect('[');
        while (peek() != ']') {
            array.add(value());
            if (peek() != ']') {
                expect(',');
            }
        }
        expect(']');
        return array;
    }

    private String string() {
        expect('"');
        StringBuilder string = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            string.append(c == '\\' ? escaped(next()) : c);
        }
        return string.toString();
    }

    private char escaped(char c) {
        return switch (c) {
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> {
                position += 4;
                yield (char) Integer.parseInt(text.substring(position - 4, position), 16);
            }
            default -> c;
        };
    }

    /// JMH writes "NaN" as a string, so nothing but numbers is left.
    private Double number() {
        int start = position;
        while (position < text.length() && "+-.eE0123456789".indexOf(text.charAt(position)) >= 0) {
            position++;
        }
        if (start == position) {
            throw unexpected();
        }
        return Double.valueOf(text.substring(start, position));
    }

    private @Nullable Object word(String word, @Nullable Object meaning) {
        if (!text.startsWith(word, position)) {
            throw unexpected();
        }
        position += word.length();
        return meaning;
    }

    /// The next character that is not white space, or 0 at the end.
    private char peek() {
        while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
            position++;
        }
        return position < text.length() ? text.charAt(position) : 0;
    }

    private char next() {
        if (position == text.length()) {
            throw unexpected();
        }
        return text.charAt(position++);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw unexpected();
        }
        position++;
    }

    private IllegalArgumentException unexpected() {
        return new IllegalArgumentException("not JSON at character " + position);
    }
}
