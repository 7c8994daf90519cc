"""A report folder that appears whole or not at all."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from reference.errors import InputError


def check_writable(target: Path, names: tuple[str, ...]) -> None:
    """Make sure that `target` can become a report folder, before anything is computed.

    Args:
        target: a new folder, an empty one, or an earlier report.
        names: the files of a report.

    Raises:
        InputError: if it is none of these, or its parent cannot be made.
    """
    if target.exists() and not target.is_dir():
        raise InputError(f"output {target} is a file, expected a folder.")
    foreign = (
        sorted(p.name for p in target.iterdir() if p.name not in names) if target.is_dir() else []
    )
    if foreign:
        raise InputError(
            f"output folder {target} holds {foreign[0]}, which is not part of a report; expected a "
            "new folder or an earlier report."
        )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}-")).rmdir()
    except OSError as error:
        raise InputError(f"output folder {target} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target` that takes its place when the block ends without error."""
    resolved = target.resolve()
    fresh = Path(tempfile.mkdtemp(dir=resolved.parent, prefix=f".{resolved.name}-"))
    try:
        yield fresh
        fresh.chmod(0o755)
        if resolved.exists():
            old = Path(tempfile.mkdtemp(dir=resolved.parent, prefix=f".{resolved.name}-"))
            resolved.rename(old / "old")
            fresh.rename(resolved)
            shutil.rmtree(old)
        else:
            fresh.rename(resolved)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
