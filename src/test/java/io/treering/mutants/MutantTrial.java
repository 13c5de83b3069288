package io.treering.mutants;

import static org.junit.platform.engine.discovery.ClassNameFilter.includeClassNamePatterns;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectPackage;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// Runs tests on a mutant until the first fails: a process of its own, started by [MutantRun].
public final class MutantTrial {
    /// In front of the line that says who has noticed the mutant.
    static final String NOTICED = "noticed by ";

    static final int NOTHING_NOTICED = 0;
    static final int SOMETHING_NOTICED = 3;

    private static final Pattern SEED = Pattern.compile("Seed (-?\\d+), after (\\d+) crashes");

    private MutantTrial() {}

    /// @param tests classes, methods as `class#method`, or `*` for all
    public static void main(String[] tests) {
        LauncherDiscoveryRequestBuilder request =
                LauncherDiscoveryRequestBuilder.request().filters(TagFilter.excludeTags("nightly"));
        for (String test : tests) {
            if (test.equals("*")) {
                // Lincheck changes the classes of its JVM.
                request.selectors(selectPackage("io.treering"))
                        .filters(includeClassNamePatterns(".*Test"), TagFilter.excludeTags("lincheck"));
            } else {
                request.selectors(
                        test.contains("#") ? selectMethod("io.treering." + test) : selectClass("io.treering." + test));
            }
        }
        LauncherDiscoveryRequest built = request.build();
        LauncherFactory.create().execute(built, new FirstFailure());
        Runtime.getRuntime().halt(NOTHING_NOTICED);
    }

    private static final class FirstFailure implements TestExecutionListener {
        @Override
        public void executionFinished(TestIdentifier test, TestExecutionResult result) {
            if (result.getStatus() == TestExecutionResult.Status.FAILED) {
                Throwable failure = result.getThrowable().orElseThrow();
                Matcher seed = SEED.matcher(String.valueOf(failure.getMessage()));
                String after = seed.find() ? ", seed " + seed.group(1) + " after " + seed.group(2) + " crashes" : "";
                System.out.println();
                System.out.println(NOTICED + name(test) + after);
                failure.printStackTrace(System.out);
                System.out.flush();
                Runtime.getRuntime().halt(SOMETHING_NOTICED);
            }
        }

        private static String name(TestIdentifier test) {
            String id = test.getUniqueId();
            Matcher type = Pattern.compile("\\[class:([^]]*)]").matcher(id);
            Matcher method = Pattern.compile("\\[(?:method|test-template|test-factory|property):([^]]*)]")
                    .matcher(id);
            String where = type.find() ? type.group(1).replaceAll(".*\\.", "") + "." : "";
            String what = method.find() ? method.group(1).replaceAll("\\(.*", "") : test.getDisplayName();
            return where + what;
        }
    }
}
