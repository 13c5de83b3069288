/// Hostile bytes: what a fuzzer, or a seed, can put before the library.
///
/// Each target is a class with a method `fuzzerTestOneInput(byte[])`, as Jazzer calls it, that takes any bytes and
/// throws only where the library has broken a promise. `src/fuzz/run` lets Jazzer loose on them; `HostileInputTest`
/// plays inputs made from a seed, and those that were kept, with every build.
package io.treering.fuzz;
