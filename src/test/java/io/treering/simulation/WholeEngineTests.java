package io.treering.simulation;

import org.junit.platform.suite.api.SelectClasses;
import org.junit.platform.suite.api.Suite;

/// What plays with whole engines for minutes, one after the other in one JVM, which compiles the engine once for all of
/// them: in a JVM each, they would take a quarter more of the processors' time. Among Lincheck's tests there is none of
/// it.
@Suite(failIfNoTests = false)
@SelectClasses(
        value = {SimulationTest.class, ExhaustiveFaultsTest.class},
        names = "io.treering.PartitionModelTest")
final class WholeEngineTests {}
