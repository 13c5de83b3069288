/// The whole engine on one thread from one seed: device, time, scheduling and chance are simulated, the rest is what
/// runs in production.
///
/// A [Plan] says, from a seed, how a store is set up ([Swarm]), which processes open it one after the other, what
/// each does ([Action]), and what goes wrong ([Faults]). [Simulation] plays it: on a [SimulatedDisk], whose power can
/// be cut, through a [SimulatedDevice], whose operations a [Scheduler] completes in any order, with threads that the
/// same scheduler runs one at a time. The [Oracle] knows what every read may show and what must be there after a
/// crash.
package io.treering.simulation;
