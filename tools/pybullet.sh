#!/bin/sh
# Compile PyBullet into .venv where it has no wheel, with NumPy at hand: in pip's isolated build it finds none, and then
# hands every image over as a tuple of a million numbers (measured: 151 ms instead of 45 ms for one of 640 x 480).
set -eu

python=.venv/bin/python
case "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-$(uname -s)-$(uname -m)" in
3.10-Linux-x86_64 | 3.11-Linux-x86_64) exit 0 ;;
esac
if "$python" -c 'import sys, pybullet; sys.exit(not pybullet.isNumpyEnabled())' >/dev/null 2>&1; then
    exit 0
fi
requirement() {
    sed -n "s/^ *\"\($1[^\"]*\)\",\{0,1\}\$/\1/p" pyproject.toml
}
echo "capra: compiling PyBullet (about ten minutes of one core)"
"$python" -m pip install -qq --disable-pip-version-check setuptools wheel "$(requirement numpy)"
# Not from pip's cache: what lies there may come from an isolated build.
if ! "$python" -m pip install --disable-pip-version-check --no-build-isolation --no-cache-dir --force-reinstall \
    --no-deps "$(requirement pybullet)" >.venv/pybullet.log 2>&1; then
    echo "capra: compiling PyBullet failed; see .venv/pybullet.log, or use Python 3.11 or 3.10 (x86-64 Linux)" >&2
    exit 1
fi
