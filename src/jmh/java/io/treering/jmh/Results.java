package io.treering.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The results of a run, from JMH's JSON.
final class Results {
    private final List<?> results;

    private Results(List<?> results) {
        this.results = results;
    }

    static Results read(String file) throws IOException {
        return new Results((List<?>) Json.parse(Files.readString(Path.of(file))));
    }

    /// What is looked for.
    ///
    /// @param benchmark class and method
    /// @param parameters of these the ones that matter, such as `durability=SYNC`; several are divided by commas
    /// @param figure a figure's name, or empty for the time
    /// @param times how many operations of interest one operation of the benchmark has: numbers or parameters' names,
    ///     divided by commas
    record Query(String benchmark, String parameters, String figure, String times) {
        Query(String benchmark) {
            this(benchmark, "", "", "");
        }

        Query with(String required) {
            return new Query(benchmark, required, figure, times);
        }

        Query figure(String name) {
            return new Query(benchmark, parameters, name, times);
        }

        Query per(String divisor) {
            return new Query(benchmark, parameters, figure, times.isEmpty() ? divisor : times + "," + divisor);
        }
    }

    /// A result with its error: a time in nanoseconds, or what the unit says.
    record Result(double score, double error, String unit, double allocated) {
        static final String TIME = "ns";

        Result dividedBy(double times) {
            return new Result(score / times, error / times, unit, allocated / times);
        }

        String show() {
            String plusMinus = Double.isNaN(error) ? "" : " ± ";
            if (!unit.equals(TIME)) {
                return number(score) + (plusMinus.isEmpty() ? "" : plusMinus + number(error)) + " " + unit;
            }
            double size = score >= 1e9 ? 1e9 : score >= 1e6 ? 1e6 : score >= 1e3 ? 1e3 : 1;
            String name = size == 1e9 ? " s" : size == 1e6 ? " ms" : size == 1e3 ? " µs" : " ns";
            return number(score / size) + (plusMinus.isEmpty() ? "" : plusMinus + number(error / size)) + name;
        }
    }

    /// @param kind whose result; null if the benchmark measures no store
    Optional<Result> find(Query query, @Nullable StoreKind kind) {
        for (Object element : results) {
            Map<?, ?> result = map(element);
            Map<?, ?> parameters = result.get("params") instanceof Map<?, ?> given ? given : Map.of();
            boolean sameKind = kind == null || kind.name().equals(parameters.get("kind"));
            if (sameKind
                    && String.valueOf(result.get("benchmark")).endsWith("." + query.benchmark)
                    && matches(query.parameters, parameters)) {
                return result(result, query.figure).map(found -> found.dividedBy(times(query.times, parameters)));
            }
        }
        return Optional.empty();
    }

    private static boolean matches(String required, Map<?, ?> parameters) {
        for (String parameter : split(required)) {
            String[] nameAndValue = parameter.split("=", 2);
            if (!nameAndValue[1].equals(parameters.get(nameAndValue[0]))) {
                return false;
            }
        }
        return true;
    }

    private static double times(String times, Map<?, ?> parameters) {
        double product = 1;
        for (String factor : split(times)) {
            product *= Double.parseDouble(parameters.get(factor) instanceof String parameter ? parameter : factor);
        }
        return product;
    }

    private static List<String> split(String list) {
        return list.isEmpty() ? List.of() : List.of(list.split(",", -1));
    }

    private static Optional<Result> result(Map<?, ?> result, String figure) {
        Map<?, ?> others = map(result.get("secondaryMetrics"));
        Object metric = figure.isEmpty() ? result.get("primaryMetric") : others.get(figure);
        if (metric == null) {
            return Optional.empty();
        }
        double allocated =
                others.get("gc.alloc.rate.norm") instanceof Map<?, ?> bytes ? (Double) bytes.get("score") : Double.NaN;
        return Optional.of(result(map(metric), allocated));
    }

    private static Result result(Map<?, ?> metric, double allocated) {
        double score = (Double) metric.get("score");
        // Too few iterations for an error: JMH writes a string.
        double error = metric.get("scoreError") instanceof Double known ? known : Double.NaN;
        String unit = (String) metric.get("scoreUnit");
        if (unit.equals(DriveLimit.IOPS)) {
            return new Result(1e9 / score, Double.NaN, Result.TIME, allocated);
        }
        double nanoseconds = nanoseconds(unit);
        return Double.isNaN(nanoseconds)
                ? new Result(score, error, unit, allocated)
                : new Result(score * nanoseconds, error * nanoseconds, Result.TIME, allocated);
    }

    /// The length of a unit of time, not a number for other units.
    private static double nanoseconds(String unit) {
        return switch (unit) {
            case "ns/op" -> 1;
            case "us/op", "us" -> 1e3;
            case "ms/op", "ms" -> 1e6;
            case "s/op" -> 1e9;
            default -> Double.NaN;
        };
    }

    private static Map<?, ?> map(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            return map;
        }
        throw new IllegalArgumentException("not a result of JMH: " + value);
    }

    /// Three digits that count, or all before the point.
    static String number(double value) {
        if (Double.isNaN(value)) {
            return "?";
        }
        double size = Math.abs(value);
        String format = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : size >= 0.005 ? "%.2f" : "%.0f";
        return String.format(Locale.ROOT, format, value);
    }
}
