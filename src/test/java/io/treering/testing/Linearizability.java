package io.treering.testing;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Assumptions;

/// Lincheck, as the tests use it: what a class answers to operations of several threads must be what it answers to some
/// order of them. Operations are its methods that are marked so; the scenarios are the same each time.
///
/// The model checker tries out interleavings one by one, but changes threads only at accesses to the Java heap. What is
/// shared through memory segments is tried under stress.
public final class Linearizability {
    private static final int SCALE = Integer.getInteger("treering.test.scale", 1);

    private Linearizability() {}

    /// Interleavings one by one.
    ///
    /// @param iterations how many random scenarios, beside those that are added; more at night
    /// @param invocations how many interleavings of each scenario, those with the fewest changes of threads first
    public static Options<?, ?> modelChecked(int iterations, int invocations) {
        return new ModelCheckingOptions()
                .iterations(SCALE == 1 ? iterations : (iterations + 1) * SCALE)
                .invocationsPerIteration(invocations)
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(4)
                .actorsAfter(2);
    }

    /// Interleavings one by one of nothing but the scenarios that are added.
    public static Options<?, ?> onlyModelChecked(int invocations) {
        return new ModelCheckingOptions().iterations(0).invocationsPerIteration(invocations);
    }

    /// As fast as the machine can, and often.
    ///
    /// @param iterations how many random scenarios
    /// @param invocations how often each of them
    public static Options<?, ?> stressed(int iterations, int invocations) {
        return new StressOptions()
                .iterations(iterations * SCALE)
                .invocationsPerIteration(invocations)
                .threads(2)
                .actorsBefore(0)
                .actorsPerThread(4)
                .actorsAfter(1);
    }

    /// A scenario that is tried before the random ones.
    ///
    /// @param threads what each thread does: operations with their arguments, as in `take 1, giveBack 1`
    public static ExecutionScenario scenario(Class<?> type, String... threads) {
        return new ExecutionScenario(List.of(), parallel(type, threads), List.of(), null);
    }

    /// A scenario as above, and what is done when all threads have ended.
    public static ExecutionScenario scenarioAndThen(Class<?> type, String last, String... threads) {
        return new ExecutionScenario(List.of(), parallel(type, threads), actors(type, last), null);
    }

    private static List<List<Actor>> parallel(Class<?> type, String... threads) {
        return Arrays.stream(threads).map(thread -> actors(type, thread)).toList();
    }

    private static List<Actor> actors(Class<?> type, String operations) {
        return Arrays.stream(operations.split(", "))
                .map(operation -> actor(type, operation))
                .toList();
    }

    private static Actor actor(Class<?> type, String operation) {
        String[] words = operation.split(" ");
        List<Integer> arguments =
                Arrays.stream(words).skip(1).map(Integer::valueOf).toList();
        for (Method method : type.getMethods()) {
            if (method.getName().equals(words[0])) {
                return new Actor(method, arguments);
            }
        }
        throw new IllegalArgumentException(type + " has no operation " + words[0]);
    }

    /// Whatever threads do, it is as if they had done it in some order.
    public static void assertSound(Options<?, ?> options, Class<?> sound) {
        options.check(sound);
    }

    /// A variant that was broken on purpose: that it is noticed shows that such a fault would be.
    public static void assertBroken(Options<?, ?> options, Class<?> broken) {
        if (options instanceof StressOptions && Runtime.getRuntime().availableProcessors() == 1) {
            Assumptions.abort("one processor alone runs no two threads at once");
        }
        options.minimizeFailedScenario(false);
        LincheckAssertionError found = assertThrows(LincheckAssertionError.class, () -> options.check(broken));
        String message = String.valueOf(found.getMessage());
        assertTrue(message.contains("Invalid execution results"), message);
    }
}
