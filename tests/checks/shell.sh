#!/usr/bin/env bash
# Is every shell script sound? Exits 77 (skipped) without shellcheck.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
command -v shellcheck >/dev/null || exit 77
find tests examples -name node_modules -prune -o -name "*.sh" -print0 |
  xargs -0 shellcheck -x .ci/run
echo "All shell scripts are sound."
