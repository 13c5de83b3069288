package io.treering;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The layout of the house, as rules: which room may import which, and what no room may do.
///
/// A rule that stands in the way is discussed and changed here, with the reason; it is not worked around.
class HouseRulesTest {
    private static final String API = "io.treering";
    private static final String DEVICE = "io.treering.device";
    private static final String INTERNAL = "io.treering.internal";
    private static final String GENERATED = INTERNAL + ".linux.ffi";

    /// What each room may import beside itself, the exceptions and what is not ours: packages, or single classes. The
    /// engine, which puts everything together, may import all but the generated bindings.
    private static final Map<String, List<String>> ROOMS = Map.of(
            "bytes", List.of(),
            "format", List.of(room("bytes")),
            "linux", List.of(GENERATED),
            "uring", List.of(room("linux"), DEVICE, room("bytes")),
            // One file under each backend. The public choice of a backend is the vocabulary of its reasons, too.
            "file", List.of(room("uring"), room("linux"), DEVICE, room("bytes"), API + ".IoBackend"),
            // The tree sees pages through an interface of its own, which the cache implements: an adapter between them
            // would be one more call on the path of every get.
            "cache", List.of(DEVICE, room("format"), room("bytes"), room("tree") + ".PageSource"),
            "freelist", List.of(room("format"), room("bytes")),
            "tree", List.of(room("format"), room("bytes")),
            "buffer", List.of(room("bytes")),
            "wal", List.of(DEVICE, room("format"), room("bytes")));

    /// The only types of the public API whose code may name an internal one: their factories open what lies behind.
    private static final Set<String> DOORS =
            Set.of(API + ".Partition", DEVICE + ".EventLoop", DEVICE + ".FileBlockDevice");

    private static final int MAXIMUM_LINES = 800;

    private static final Path CLASSES = mainClasses();

    private static final JavaClasses LIBRARY = new ClassFileImporter().importPath(CLASSES);

    private static final DescribedPredicate<JavaClass> OURS = resideInAPackage(API + "..");

    private static final DescribedPredicate<JavaClass> EXCEPTIONS =
            assignableTo(TreeringException.class).or(assignableTo(ClosedException.class));

    @TestFactory
    Stream<DynamicTest> aRoomImportsOnlyTheRoomsBelowIt() {
        return ROOMS.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(entry -> dynamicTest(entry.getKey(), () -> check(onlyImports(entry.getKey(), entry.getValue()))));
    }

    private static ArchRule onlyImports(String name, List<String> below) {
        DescribedPredicate<JavaClass> allowed = describe(
                "are not ours, exceptions, or in one of " + below,
                type -> type.getPackageName().equals(room(name))
                        || below.contains(type.getPackageName())
                        || below.contains(outermost(type)));
        return classes()
                .that()
                .resideInAPackage(room(name))
                .should()
                .onlyDependOnClassesThat(allowed.or(not(OURS)).or(EXCEPTIONS).as(allowed.getDescription()));
    }

    @Test
    void everyRoomIsOnThePlan() {
        String[] rooms = Stream.concat(ROOMS.keySet().stream(), Stream.of("engine", "linux.ffi"))
                .map(HouseRulesTest::room)
                .toArray(String[]::new);
        check(classes().that().resideInAPackage(INTERNAL + "..").should().resideInAnyPackage(rooms));
    }

    @Test
    void roomsFormNoCycles() {
        check(slices().matching(INTERNAL + ".(*)..").should().beFreeOfCycles());
    }

    @Test
    void thePublicApiNamesInternalsOnlyAtItsDoors() {
        // What a sealed type permits is not a dependency here.
        check(noClasses()
                .that(resideInAnyPackage(API, DEVICE)
                        .and(not(describe("doors", (JavaClass type) -> DOORS.contains(outermost(type))))))
                .should()
                .dependOnClassesThat()
                .resideInAPackage(INTERNAL + ".."));
    }

    @Test
    void theModuleExportsNoInternals() throws IOException {
        try (InputStream descriptor = Files.newInputStream(CLASSES.resolve("module-info.class"))) {
            Set<String> exported = ModuleDescriptor.read(descriptor).exports().stream()
                    .map(ModuleDescriptor.Exports::source)
                    .collect(Collectors.toSet());
            assertTrue(Set.of(API, DEVICE).containsAll(exported), () -> "exported: " + exported);
        }
    }

    @Test
    void onlyTheLinuxRoomLinksNativeCode() {
        check(noClasses()
                .that(resideOutsideOfPackages(room("linux"), GENERATED))
                .should()
                .dependOnClassesThat(assignableTo(Linker.class)
                        .or(assignableTo(SymbolLookup.class))
                        .or(resideInAPackage(GENERATED))));
    }

    @Test
    void onlyTheLinuxRoomReinterpretsMemory() {
        check(noClasses()
                .that(resideOutsideOfPackages(room("linux"), GENERATED))
                .should()
                .callMethodWhere(describe(
                        "MemorySegment.reinterpret is called",
                        call -> call.getName().equals("reinterpret")
                                && call.getTargetOwner().isAssignableTo(MemorySegment.class))));
    }

    @Test
    void nothingPrints() {
        check(noClasses().that(resideOutsideOfPackage(GENERATED)).should(ACCESS_STANDARD_STREAMS));
    }

    @Test
    void nothingUsesUnsafe() {
        check(noClasses()
                .should()
                .dependOnClassesThat()
                .haveFullyQualifiedName("sun.misc.Unsafe")
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("jdk.internal.."));
    }

    @Test
    void filesAreShortEnoughToRead() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path root : Stream.of("src", "examples")
                .map(Path::of)
                .filter(Files::isDirectory)
                .toList()) {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    int lines = Files.readAllLines(file).size();
                    if (lines > MAXIMUM_LINES) {
                        tooLong.add(file + ": " + lines);
                    }
                }
            }
        }
        assertEquals(List.of(), tooLong, () -> "files of more than " + MAXIMUM_LINES + " lines");
    }

    /// Rooms may be empty: a rule that finds nothing to check holds.
    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(LIBRARY);
    }

    private static String outermost(JavaClass type) {
        String name = type.getName();
        int nested = name.indexOf('$');
        return nested < 0 ? name : name.substring(0, nested);
    }

    private static String room(String name) {
        return INTERNAL + "." + name;
    }

    private static Path mainClasses() {
        try {
            return Path.of(TreeringException.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
