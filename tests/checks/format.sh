#!/usr/bin/env bash
# Is every C++ file as clang-format would leave it? Exits 77 (skipped) without clang-format.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v clang-format >/dev/null || exit 77
find proxy config tests examples -name '*.[ch]pp' -print0 |
  xargs -0 --no-run-if-empty clang-format --dry-run -Werror
echo "All C++ files are formatted."
