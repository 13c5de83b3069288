/// Proof that the tests can fail: mistakes that are made on purpose, one at a time, in a copy of the sources.
///
/// `src/test/mutants/engine.txt` lists them, `src/test/mutants/run` makes them.
package io.treering.mutants;
