"""What produced a report: versions, compiler, machine, commit."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path
from typing import Any

from reference import kernels


def provenance() -> dict[str, Any]:
    """Everything about this installation that a number may depend on."""
    return {
        "versions": {
            "python": platform.python_version(),
            **{name: _version(name) for name in ("jcm", "jax", "jaxlib", "numpy")},
        },
        "fortran": kernels.build_information() or {"compiler": "not built", "flags": ""},
        "git_commit": git_commit(),
        "platform": platform.platform(),
        "processor": _processor(),
    }


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def git_commit(folder: Path | None = None) -> str:
    """The commit of the source, marked if it has been changed since; "unknown" outside git."""
    source = folder or Path(__file__).parent
    if not (source.parent / ".git").exists():
        source = Path.cwd()
    commit = _git(source, "rev-parse", "HEAD")
    if not commit:
        return "unknown"
    return f"{commit} with changes" if _git(source, "status", "--porcelain") else commit


def _git(folder: Path, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *words],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
