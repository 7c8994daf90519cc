#!/bin/sh
# An environment of its own for PyTorch, which the harness does not need.
# Usage: setup.sh [options of pip], for instance setup.sh --index-url https://download.pytorch.org/whl/cpu
set -eu
cd "$(dirname "$0")"
"${PYTHON:-python3}" -m venv .venv
.venv/bin/pip install --quiet numpy
.venv/bin/pip install --quiet torch "$@"
.venv/bin/python -c 'import torch; print("PyTorch", torch.__version__)'
