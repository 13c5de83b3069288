package io.treering.jmh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/// What a benchmark finds out beside its time, such as a file's size: JMH's results take it up as those of a profiler.
public final class Figures implements InternalProfiler {
    private static final Map<String, Figure> NOTED = new ConcurrentSkipListMap<>();

    private record Figure(double value, String unit) {}

    /// Notes a figure of the iteration that is going on.
    static void note(String name, double value, String unit) {
        NOTED.put(name, new Figure(value, unit));
    }

    @Override
    public String getDescription() {
        return "What benchmarks find out beside their time";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        NOTED.clear();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        List<ScalarResult> results = new ArrayList<>();
        NOTED.forEach((name, figure) ->
                results.add(new ScalarResult(name, figure.value, figure.unit, AggregationPolicy.AVG)));
        return results;
    }
}
