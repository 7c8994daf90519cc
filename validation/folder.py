"""A report folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reference.errors import InputError


def check_writable(target: Path) -> None:
    """Make sure that a report can be written into `target`, before anything is computed.

    Raises:
        InputError: if it is not a folder, or cannot be made or written.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"output {target} is a file, expected a folder.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        place = target if target.exists() else target.parent
        Path(tempfile.mkdtemp(dir=place, prefix=f".{target.name}-")).rmdir()
    except OSError as error:
        raise InputError(f"output folder {target} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder whose files move to `target` when the block ends without error.

    Files of an earlier report are replaced, all others in `target` are left alone.
    """
    resolved = target.resolve()
    fresh = Path(tempfile.mkdtemp(dir=resolved.parent, prefix=f".{resolved.name}-"))
    try:
        yield fresh
        if resolved.exists():
            for path in sorted(fresh.iterdir()):
                os.replace(path, resolved / path.name)
        else:
            fresh.chmod(0o755)
            fresh.rename(resolved)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
