#!/usr/bin/env bash
# Generates src/main/java anew from linux_io.h. Needs jextract (see README.md) on the PATH, and Linux kernel headers.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

rm -rf src/main/java
jextract -t io.treering.internal.linux.ffi --header-class-name Linux -D _GNU_SOURCE \
  --output src/main/java @includes.txt linux_io.h
