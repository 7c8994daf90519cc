"""Every module of this package declares one process; `PROCESSES` holds them by name."""

from __future__ import annotations

import importlib
import pkgutil

from reference.process import Process

PROCESSES: dict[str, Process] = {}
for _module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
    _process = importlib.import_module(f"{__name__}.{_module.name}").PROCESS
    PROCESSES[_process.name] = _process
