#!/bin/sh
# Set up everything the project needs, once: virtual environment, Python packages, Fortran compiler.
# Usage: tools/setup.sh VENV [PYTHON]. Run through `make`, which skips it while nothing has changed.
set -eu
venv=$1
python=${2:-python3}

# apt_install PACKAGES...: true if they could be installed
apt_install() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "setup: installing $* with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >/dev/null && apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

command -v "$python" >/dev/null 2>&1 || apt_install python3 || {
    echo "setup: $python was not found: install Python 3.11 or later." >&2
    exit 1
}
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "setup: $("$python" --version) is too old: install Python 3.11 or later and run make PYTHON=/path/to/it." >&2
    exit 1
}

if ! command -v "${FC:-gfortran}" >/dev/null 2>&1 || ! command -v "${CC:-cc}" >/dev/null 2>&1; then
    apt_install gfortran gcc libc6-dev || {
        echo "setup: a Fortran compiler is needed for the reference model: install gfortran and gcc" \
            "(Debian, Ubuntu: sudo apt install gfortran gcc; Fedora: sudo dnf install gcc-gfortran gcc;" \
            "macOS: brew install gcc) and run make again." >&2
        exit 1
    }
fi
# The stand-alone Fortran program writes NetCDF; everything else does without.
pkg-config --exists netcdf-fortran 2>/dev/null || apt_install libnetcdff-dev pkg-config || {
    echo "setup: the stand-alone Fortran program is left out: it needs netcdf-fortran (Debian, Ubuntu:" \
        "sudo apt install libnetcdff-dev pkg-config; Fedora: sudo dnf install netcdf-fortran-devel)." >&2
}
header='import os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))'
"$python" -c "$header" || apt_install python3-dev || {
    echo "setup: the headers of Python are needed to build the reference model: install them" \
        "(Debian, Ubuntu: sudo apt install python3-dev; Fedora: sudo dnf install python3-devel) and run make again." >&2
    exit 1
}
"$python" -c 'import ensurepip, venv' 2>/dev/null || apt_install python3-venv || {
    echo "setup: Python's venv module is needed: install it (Debian, Ubuntu: sudo apt install python3-venv)" \
        "and run make again." >&2
    exit 1
}

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
PATH="$(cd "$venv" && pwd)/bin:$PATH"
export PATH
export PIP_DISABLE_PIP_VERSION_CHECK=1
echo "setup: installing Python packages into $venv"
pip install --quiet --upgrade pip
# An editable installation is built in place, so its build tools live in the environment itself.
pip install --quiet $(python tools/build_requirements.py)
pip install --quiet --no-build-isolation --editable '.[validation,test]'
python -c 'from reference import kernels; print(kernels.unavailable_reason() or "setup: Fortran reference built")'
