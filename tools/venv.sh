#!/bin/sh
# Make .venv in the present directory with a working pip; keep one that is there and usable.
set -eu

works() {
    .venv/bin/python -c 'import sys, pip; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

if works; then
    exit 0
fi
python=$(sh "$(dirname "$0")/python.sh")
echo "capra: making .venv with $("$python" --version) ($python)"
if "$python" -m venv --clear .venv >/dev/null 2>&1 && works; then
    exit 0
fi
# Debian splits ensurepip off into python3-venv; the interpreter's own pip can stand in for it.
if "$python" -m venv --clear --without-pip .venv >/dev/null 2>&1; then
    packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    "$python" -m pip install --quiet --disable-pip-version-check --target "$packages" pip >/dev/null 2>&1 || true
    if works; then
        exit 0
    fi
fi
rm -rf .venv
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
echo "capra: $python cannot make a virtual environment with pip: install its venv module (Debian, Ubuntu: apt install python$version-venv)" >&2
exit 1
