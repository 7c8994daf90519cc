"""What `jcm-validate attribution` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import math
import shlex
from pathlib import Path

from reference.errors import InputError
from validation.attribution.items import (
    DEFAULTS,
    FORTRAN,
    WITHOUT_EFFECT,
    AttributionRun,
    Item,
    all_items,
    chosen,
)
from validation.attribution.profile import DEFAULT_OUTPUT, Profile
from validation.climate.layout import is_stored_climate
from validation.climate.months import Month, calendar_months
from validation.climate.request import START_YEAR

_SECONDS_PER_DAY = 86400.0
#: Simulated years per day on one core of the machine of docs/evidence.md, with monthly means, and
#: seconds before the first step; they only order the runs and tell about how long it will take.
_SPEED = {
    (FORTRAN, "float64"): 900.0,
    ("speedy", "float64"): 1050.0,
    ("speedy", "float32"): 2300.0,
    ("dinosaur", "float32"): 1400.0,
}
_SLOWER = {"imex_rk_sil3": 2.0, "crank_nicolson_rk2": 1.5, "stage": 1.8, 2: 1.6}
_START = {"fortran": 5.0, "jax": 45.0}


#: Years that are compared, and months before them that are dropped. After half a year the global
#: means are those of later years (specification page 40, section 1).
_LENGTH = {Profile.quick: (1, 6), Profile.full: (3, 12)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class AttributionRequest:
    """A checked request.

    Attributes:
        profile: which items, and the length of their runs unless given.
        only: names of items to run instead of the profile's.
        years: years that are compared.
        spinup_months: months before them that are dropped.
        golden: folder with `climate/`.
        output: folder of the report; runs lie below it.
    """

    profile: Profile = Profile.quick
    only: tuple[str, ...] = ()
    years: int = 1
    spinup_months: int = 6
    golden: Path
    output: Path = DEFAULT_OUTPUT

    def items(self) -> tuple[Item, ...]:
        """What is run, parents first."""
        items = all_items()
        if self.only:
            return chosen(items, self.only)
        if self.profile is Profile.full:
            return items
        return chosen(items, [item.name for item in items if item.quick])

    @property
    def months(self) -> tuple[Month, ...]:
        """Calendar months of every run."""
        return tuple(calendar_months(START_YEAR, self.spinup_months + 12 * self.years))

    @property
    def stored(self) -> Path:
        """Folder of the stored climate that the yardsticks are taken from."""
        return self.golden / "climate"

    def runs(self) -> tuple[AttributionRun, ...]:
        """The runs, longest first: so no core is idle at the end."""
        items = sorted(self.items(), key=lambda item: -expected_seconds(item, len(self.months)))
        return tuple(item.run(self.months) for item in items)

    def expected_minutes(self, cores: int) -> float:
        """About how long the runs take."""
        total = sum(expected_seconds(item, len(self.months)) for item in self.items())
        return total / cores / 60.0

    def remarks(self) -> tuple[str, ...]:
        """What a reader must know, whole sentences."""
        if self.only or self.profile is Profile.quick:
            return ()
        return tuple(
            f"The switch {name} is not run: {reason}." for name, reason in WITHOUT_EFFECT.items()
        )

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "attribution", "--profile", self.profile.value]
        words += [word for name in self.only for word in ("--only", name)]
        words += ["--years", str(self.years), "--spinup", f"{self.spinup_months / 12:g}"]
        words += ["--golden", str(self.golden), "--output", str(self.output)]
        return shlex.join(words)


def expected_seconds(item: Item, months: int) -> float:
    """About how long a run takes on one core."""
    speed = _SPEED[FORTRAN if item.model == FORTRAN else item.core, item.precision]
    for setting, value in item.options:
        if setting in DEFAULTS:
            speed /= _SLOWER.get(value, 1.0) if not isinstance(value, bool) else 1.0
    return _START[item.model] + months / 12.0 / speed * _SECONDS_PER_DAY


def checked_attribution_request(
    *,
    profile: Profile,
    only: list[str] | None,
    years: int | None,
    spinup: float | None,
    golden: Path,
    output: Path,
) -> AttributionRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible number, or data that are not there.
    """
    usual_years, usual_spinup = _LENGTH[profile]
    if years is not None and years < 1:
        raise InputError(f"--years is {years}, expected at least 1.")
    months = usual_spinup if spinup is None else 12.0 * spinup
    if not (math.isfinite(months) and months >= 0.0 and abs(months - round(months)) < 0.05):
        raise InputError(
            f"--spinup is {spinup} years, expected 0 or more, in whole months: 0.5 is six months."
        )
    known = [item.name for item in all_items()]
    for name in only or []:
        if name not in known:
            longer = [one for one in known if one.startswith(name)]
            near = longer or difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f", did you mean {near[0]!r}" if near else ""
            raise InputError(f"item {name!r} is not known{hint}; expected {', '.join(known)}.")
    request = AttributionRequest(
        profile=profile,
        only=tuple(dict.fromkeys(only or [])),
        years=usual_years if years is None else years,
        spinup_months=round(months),
        golden=golden,
        output=output,
    )
    if not is_stored_climate(request.stored):
        raise InputError(
            f"folder {request.stored} holds no stored climate, expected season_climatology.nc or "
            "monthly_climatology.nc in it."
        )
    return request
