#!/bin/sh
# Print the interpreter to build the environment with. Prefers CPython 3.11 and 3.10, for which PyBullet has wheels.
# $PYTHON overrides the choice. Says on standard error what is missing, and what a newer interpreter will cost.
set -eu

# "3.11" for a CPython that really runs (a pyenv shim may be on PATH and still fail), else nothing.
version() {
    "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2] if sys.implementation.name == "cpython" else "")' \
        2>/dev/null || true
}

supported() {
    case "$1" in 3.10 | 3.11 | 3.12 | 3.13) return 0 ;; *) return 1 ;; esac
}

fail() {
    echo "capra: $*" >&2
    exit 1
}

if [ -n "${PYTHON:-}" ]; then
    found=$(version "$PYTHON")
    [ -n "$found" ] || fail "PYTHON=$PYTHON is not a CPython that runs; give one of version 3.10 to 3.13"
    supported "$found" || fail "PYTHON=$PYTHON is version $found; Capra needs CPython 3.10 to 3.13 (best: 3.11)"
    chosen=$PYTHON
else
    chosen=
    seen=
    for candidate in python3.11 python3.10 python3 python python3.12 python3.13; do
        found=$(version "$candidate")
        [ -n "$found" ] || continue
        if supported "$found"; then
            chosen=$candidate
            break
        fi
        seen="$seen $candidate is $found;"
    done
    [ -n "$chosen" ] || fail "needs CPython 3.10 to 3.13 (best: 3.11) on PATH, or PYTHON=/path/to/python;${seen:- found none}"
fi

case "$found-$(uname -s)-$(uname -m)" in
3.10-Linux-x86_64 | 3.11-Linux-x86_64) ;;
*)
    headers=$("$chosen" -c 'import os, sysconfig; print(os.path.join(sysconfig.get_path("include"), "Python.h"))')
    command -v g++ >/dev/null 2>&1 || command -v clang++ >/dev/null 2>&1 ||
        fail "PyBullet has no wheel for Python $found here and must be compiled: install g++, or use Python 3.11 or 3.10 (x86-64 Linux), which need no compiler"
    [ -f "$headers" ] ||
        fail "PyBullet has no wheel for Python $found here and must be compiled: install the headers of Python $found (Debian: python$found-dev), or use Python 3.11 or 3.10 (x86-64 Linux)"
    echo "capra: Python $found: PyBullet has no wheel for it here and will be compiled; this takes several minutes (3.11 and 3.10 need none of that)" >&2
    ;;
esac
command -v "$chosen"
