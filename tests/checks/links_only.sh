#!/usr/bin/env bash
# links_only.sh PROGRAM WORD…: fails if a symbol or library of the program contains one of the
# words. What a layer may not include it may not get through a library either.
set -euo pipefail
program=$1
shift
symbols=$(nm --demangle "$program"; ldd "$program")
for word in "$@"; do
  if grep -F -m 3 -- "$word" <<<"$symbols"; then
    echo "$program has to do with $word." >&2
    exit 1
  fi
done
echo "None of: $*"
