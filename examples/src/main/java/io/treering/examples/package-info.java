/// Programs that show how Treering is used. Each runs by one command: `examples/run basic`, `examples/run jdk`.
@NullMarked
package io.treering.examples;

import org.jspecify.annotations.NullMarked;
