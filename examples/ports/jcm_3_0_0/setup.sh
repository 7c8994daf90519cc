#!/bin/sh
# An environment of its own for PyPI's jcm 3.0.0, which has the same name as this project's package
# and must never be installed beside it.
# Usage: setup.sh [options of pip]
set -eu
cd "$(dirname "$0")"
"${PYTHON:-python3}" -m venv .venv
.venv/bin/pip install --quiet "$@" jcm==3.0.0
.venv/bin/python -c 'from importlib.metadata import version as v; print("jcm", v("jcm"), "with jax", v("jax"))'
