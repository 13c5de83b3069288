package io.treering.jmh;

import io.treering.jmh.Results.Query;
import java.awt.Color;
import java.awt.Rectangle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.jfree.chart.ChartFactory;
import org.jfree.chart.JFreeChart;
import org.jfree.chart.axis.LogAxis;
import org.jfree.chart.axis.NumberAxis;
import org.jfree.chart.labels.StandardCategoryItemLabelGenerator;
import org.jfree.chart.plot.CategoryPlot;
import org.jfree.chart.renderer.category.BarRenderer;
import org.jfree.chart.renderer.category.StandardBarPainter;
import org.jfree.data.Range;
import org.jfree.data.category.CategoryDataset;
import org.jfree.data.category.DefaultCategoryDataset;
import org.jfree.data.general.DatasetUtils;
import org.jfree.svg.SVGGraphics2D;

/// Draws a run's results as bars, from its JSON: Treering beside its peers, on a logarithmic scale, less is better.
public final class Charts {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 480;
    private static final DecimalFormatSymbols SYMBOLS = DecimalFormatSymbols.getInstance(Locale.ROOT);

    /// Told apart by those who see fewer colours, too (Okabe and Ito's).
    private static final List<Color> COLORS = List.of(new Color(0x0072B2), new Color(0xE69F00), new Color(0x999999));

    private static final Map<StoreKind, String> NAMES = new EnumMap<>(
            Map.of(StoreKind.treering, "Treering", StoreKind.rocksdb, "RocksDB JNI", StoreKind.lmdb, "LmdbJava"));

    /// One group of bars.
    private record Group(String label, Query query) {}

    /// One chart: it is left out if the run has nothing for it.
    private record Chart(String name, String title, List<Group> groups) {}

    private static final List<Chart> CHARTS = List.of(
            new Chart(
                    "reads",
                    "Cached reads",
                    List.of(
                            new Group("get", new Query("CachedReads.get")),
                            new Group("get, missing", new Query("CachedReads.getMissing")),
                            new Group("multiGet of 64, a key", new Query("CachedReads.multiGet")),
                            new Group("seek + 10", new Query("CachedReads.seekTen")),
                            new Group("scan, an entry", new Query("CachedReads.scan").per("entries")),
                            new Group("backwards", new Query("CachedReads.scanReversed").per("entries")))),
            new Chart(
                    "cold-reads",
                    "Random gets of which some or all wait for the drive",
                    List.of(
                            new Group("cache 10 %", new Query("PartlyCachedGet.get").with("keys=UNIFORM")),
                            new Group("cache 10 %, Zipf", new Query("PartlyCachedGet.get").with("keys=ZIPF")),
                            new Group("uncached", new Query("UncachedGet.get")),
                            new Group("64 threads", new Query("UncachedGet.getBy64").per("64")),
                            new Group("64 virtual threads", new Query("UncachedGet.getBy64Virtual")),
                            new Group("multiGet of 64", new Query("UncachedGet.multiGet")))),
            new Chart(
                    "writes",
                    "Random writes of 116 bytes, each",
                    List.of(
                            new Group("fill, no log", new Query("Fill.random").per("entries")),
                            new Group("sorted", new Query("Fill.sorted").per("entries")),
                            new Group("put, log each 10 ms", new Query("Puts.put").with("durability=BATCHED")),
                            new Group("put, durable", new Query("Puts.put").with("durability=SYNC")),
                            new Group(
                                    "64 threads",
                                    new Query("Puts.putBy64")
                                            .with("durability=SYNC")
                                            .per("64")),
                            new Group("batches of 1,000", new Query("Puts.putBatch").with("durability=SYNC")))),
            new Chart("gets-by-size", "Cached gets of values of different sizes", sizes("get")),
            new Chart("puts-by-size", "Puts of values of different sizes, no log", sizes("put")),
            new Chart("put-latency", "Single puts while flushes go on, no log", percentiles("Latency.put", "put")),
            new Chart("get-latency", "Single gets beside them", percentiles("Latency.putAndGet", "get")));

    private Charts() {}

    private static List<Group> sizes(String method) {
        return Stream.of("16", "100", "1024", "16384", "1048576")
                .map(size -> new Group(size + " B", new Query("ValueSizes." + method).with("valueBytes=" + size)))
                .toList();
    }

    private static List<Group> percentiles(String benchmark, String what) {
        return Latency.PERCENTILES.stream()
                .map(percentile -> Latency.name(what, percentile))
                .map(name -> new Group(name, new Query(benchmark).figure(name)))
                .toList();
    }

    /// @param arguments the JSON file's name, and the directory for the charts
    public static void main(String[] arguments) throws IOException {
        Results results = Results.read(arguments[0]);
        Path directory = Files.createDirectories(Path.of(arguments[1]));
        for (Chart chart : CHARTS) {
            List<Group> groups = chart.groups.stream()
                    .filter(group ->
                            results.find(group.query, StoreKind.treering).isPresent())
                    .toList();
            if (groups.isEmpty()) {
                System.out.println("no " + chart.name + ": the run has none of it");
            } else {
                Path file = directory.resolve(chart.name + ".svg");
                save(draw(chart.title, groups, results), file);
                System.out.println(file);
            }
        }
    }

    private static JFreeChart draw(String title, List<Group> groups, Results results) {
        DefaultCategoryDataset times = new DefaultCategoryDataset();
        for (Group group : groups) {
            NAMES.forEach((kind, name) -> times.addValue(
                    results.find(group.query, kind).map(Results.Result::score).orElse(null), name, group.label));
        }
        JFreeChart chart = ChartFactory.createBarChart(title, null, null, times);
        chart.setBackgroundPaint(Color.WHITE);
        CategoryPlot plot = chart.getCategoryPlot();
        plot.setBackgroundPaint(Color.WHITE);
        plot.setRangeGridlinePaint(Color.LIGHT_GRAY);
        plot.setRangeAxis(scale(times));
        BarRenderer bars = (BarRenderer) plot.getRenderer();
        bars.setBarPainter(new StandardBarPainter());
        bars.setShadowVisible(false);
        bars.setDefaultItemLabelGenerator(
                new StandardCategoryItemLabelGenerator("{2}", new DecimalFormat("#,##0", SYMBOLS)));
        bars.setDefaultItemLabelsVisible(true);
        bars.setDefaultItemLabelFont(bars.getDefaultItemLabelFont().deriveFont(9f));
        for (int series = 0; series < COLORS.size(); series++) {
            bars.setSeriesPaint(series, COLORS.get(series));
        }
        return chart;
    }

    /// A logarithmic scale has no zero: it begins at a power of ten.
    private static LogAxis scale(CategoryDataset times) {
        Range range = DatasetUtils.findRangeBounds(times, false);
        LogAxis axis = new LogAxis("nanoseconds");
        axis.setStandardTickUnits(NumberAxis.createIntegerTickUnits());
        axis.setNumberFormatOverride(new DecimalFormat("#,##0", SYMBOLS));
        double first = Math.floor(Math.log10(range.getLowerBound() * 0.9));
        axis.setRange(Math.pow(10, first), range.getUpperBound() * 3);
        return axis;
    }

    private static void save(JFreeChart chart, Path file) throws IOException {
        SVGGraphics2D svg = new SVGGraphics2D(WIDTH, HEIGHT);
        chart.draw(svg, new Rectangle(WIDTH, HEIGHT));
        Files.writeString(file, svg.getSVGDocument());
    }
}
