/// Real file systems of the kernel's on disks that crash, fail or fill up. All of it needs root, loop devices and,
/// for the crashing disks, `nbdfuse`; where something is missing, the tests say what.
package io.treering.filesystem;
