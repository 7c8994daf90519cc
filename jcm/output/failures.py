"""Why a file could not be written, in words."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator

from jcm.output.errors import OutputError


@contextlib.contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn errors of the system and of the file libraries into one sentence.

    Args:
        what: what failed, the beginning of the sentence.

    Raises:
        OutputError: in place of any `OSError` or `RuntimeError` (netCDF4 raises those for failures
            of HDF5) inside the block.
    """
    try:
        yield
    except OutputError:
        raise
    except OSError as error:
        reasons = {
            errno.ENOSPC: "the disk is full",
            errno.EDQUOT: "the disk quota is used up",
            errno.EFBIG: "the file would be larger than allowed",
            errno.EACCES: "no permission",
            errno.EROFS: "the file system is read-only",
        }
        reason = reasons.get(error.errno or 0, error.strerror or str(error))
        raise OutputError(f"{what}: {reason}") from error
    except RuntimeError as error:
        raise OutputError(f"{what}: {error}") from error
