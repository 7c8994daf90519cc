"""Ending a stranger's process together with all that it started.

A script that starts the real program is itself the only process that `subprocess` knows; killing
it alone leaves the program running, and its open pipes keep the harness waiting.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess


def end_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that was started with `start_new_session=True`, and all in its session.

    Args:
        process: if its end has been seen already, nothing is done: its number may be another's.
    """
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
