package io.treering.mutants;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Keeps the list of mutants in step with the sources. Whether each is noticed, `src/test/mutants/run` finds out.
final class MutantsTest {
    private static final Path ROOT = Path.of("");

    static List<Mutant> mutants() {
        return Mutant.all(ROOT);
    }

    @ParameterizedTest
    @MethodSource("mutants")
    void eachMutantChangesOnePlaceThatIsThere(Mutant mutant) throws IOException {
        assertFalse(mutant.changes().isEmpty(), "nothing is changed");
        assertFalse(mutant.why().isEmpty(), "why would that be a mistake?");
        Map<Path, String> texts = new HashMap<>();
        for (Mutant.Change change : mutant.changes()) {
            String text = texts.containsKey(change.file())
                    ? texts.get(change.file())
                    : Files.readString(ROOT.resolve(change.file()));
            texts.put(change.file(), change.in(text));
            assertNotEquals(text, texts.get(change.file()));
        }
    }

    @Test
    void namesAreTakenOnce() {
        Set<String> names = new HashSet<>();
        for (Mutant mutant : mutants()) {
            assertTrue(names.add(mutant.name()), mutant.name() + " is there twice");
        }
        assertTrue(names.size() >= 30, names.size() + " mutants");
    }
}
