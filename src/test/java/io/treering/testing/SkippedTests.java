package io.treering.testing;

import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;

/// Says of each test that is skipped why it is: the build's own report only counts them.
///
/// JUnit finds it by `META-INF/services`.
public final class SkippedTests implements TestExecutionListener {
    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        say(test, reason);
    }

    /// An assumption that does not hold.
    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            say(test, result.getThrowable().map(Throwable::getMessage).orElse("it does not say why"));
        }
    }

    private static void say(TestIdentifier test, String reason) {
        System.out.println("Skipped: " + test.getLegacyReportingName() + " (" + test.getUniqueId() + "): " + reason);
    }
}
