"""What `jcm-validate ringing` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path

from reference.errors import InputError
from validation.climate.layout import is_stored_climate
from validation.ringing.reading import split_name


@dataclasses.dataclass(frozen=True, kw_only=True)
class RingingRequest:
    """A checked request.

    Attributes:
        inputs: runs, stored climates or files, as `PATH` or `NAME=PATH`.
        against: what they are compared with, likewise; None for the stored climate of the original.
        flat: the control without orography, likewise, or None.
        spinup: years dropped at the beginning of runs of the harness; None to decide by the run.
        truncation: what spectra end with where neither run nor file says; None for what the grid
            holds.
        golden: folder with `climate/`.
        output: folder of the report.
    """

    inputs: tuple[str, ...]
    against: str | None = None
    flat: str | None = None
    spinup: int | None = None
    truncation: int | None = None
    golden: Path
    output: Path

    @property
    def reference(self) -> Path:
        """Where the reference lies."""
        return self.golden / "climate" if self.against is None else split_name(self.against)[1]

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "ringing", *self.inputs]
        for option in ("against", "flat", "spinup", "truncation"):
            value = getattr(self, option)
            if value is not None:
                words += [f"--{option}", str(value)]
        words += ["--golden", str(self.golden), "--output", str(self.output)]
        return shlex.join(words)


def checked_ringing_request(
    *,
    inputs: Sequence[str],
    against: str | None,
    flat: str | None,
    spinup: int | None,
    truncation: int | None,
    golden: Path,
    output: Path,
) -> RingingRequest:
    """The request that the words of the command line amount to.

    Raises:
        InputError: for a path that does not exist, an impossible number, or without a reference.
    """
    if not inputs:
        raise InputError("nothing to measure was named, expected runs or NetCDF files.")
    for option, value, least in (("spinup", spinup, 0), ("truncation", truncation, 5)):
        if value is not None and value < least:
            raise InputError(f"--{option} is {value}, expected at least {least}.")
    named = [*inputs, *(word for word in (against, flat) if word is not None)]
    for word in named:
        if not split_name(word)[1].exists():
            raise InputError(
                f"{word} does not exist, expected a folder with a run or a stored climate, or a "
                "NetCDF file, as PATH or NAME=PATH."
            )
    request = RingingRequest(
        inputs=tuple(dict.fromkeys(inputs)),
        against=against,
        flat=flat,
        spinup=spinup,
        truncation=truncation,
        golden=golden,
        output=output,
    )
    if against is None and not is_stored_climate(request.reference):
        raise InputError(
            f"folder {request.reference} holds no stored climate, expected season_climatology.nc "
            "or monthly_climatology.nc in it, or --against."
        )
    return request
