"""What `jcm-validate climate` is asked to do, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import difflib
import math
import shlex
from pathlib import Path

from jcm.dynamics.resolution import Resolution
from reference.errors import InputError
from validation.climate.layout import is_stored_climate
from validation.climate.months import STEPS_PER_DAY, Month, calendar_months
from validation.climate.runs import Run

DEFAULT_OUTPUT = Path("validation-report/climate")
DEFAULT_YEARS, DEFAULT_SPINUP = 3, 1
PRECISIONS = ("float64", "float32")
CORES = ("speedy", "dinosaur")
DINOSAUR = "dinosaur"
START_YEAR = 1982
FORTRAN = "fortran"
#: The short comparison: one January from the stored state.
RESTART = Path("dynamics/restart_state.nc")
RESTART_YEAR = 1983
JANUARY_DAYS = 31
#: Switch of the formulation that the comparison must see.
SWITCH = "extra_diffusion_acts_on_all_levels"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClimateRequest:
    """A checked request.

    Attributes:
        years: years that are compared.
        spinup: years before them that are dropped.
        days: length of the short comparison, or None for the full one.
        core: dynamical core of the JAX model.
        resolution: of core "dinosaur", as "T31"; None is the core's own.
        gate_width: of the JAX model, see :class:`jcm.physics.gates.Gates`.
        precisions: of the JAX model.
        against: "fortran", or a stored climate, folder of a run or NetCDF file; None: the stored
            climate of the original, and the JAX model against the Fortran.
        top_level_only: whether the extra diffusion acts on the top level only.
        golden: folder with `climate/` and `dynamics/`.
        output: folder of the report; runs lie below it.
    """

    years: int = DEFAULT_YEARS
    spinup: int = DEFAULT_SPINUP
    days: int | None = None
    core: str = "speedy"
    resolution: str | None = None
    gate_width: float = 0.0
    precisions: tuple[str, ...] = ("float64",)
    against: str | Path | None = None
    top_level_only: bool = False
    golden: Path
    output: Path = DEFAULT_OUTPUT

    @property
    def short(self) -> bool:
        """Whether only a month is compared."""
        return self.days is not None

    @property
    def stored(self) -> Path:
        """Folder of the stored climate that the yardsticks are taken from."""
        if isinstance(self.against, Path) and is_stored_climate(self.against):
            return self.against
        return self.golden / "climate"

    @property
    def other_model(self) -> bool:
        """Whether the JAX model differs from the original on purpose."""
        return self.core == DINOSAUR or self.gate_width > 0.0

    def runs(self) -> tuple[Run, ...]:
        """The runs that are needed, the Fortran first."""
        models = [(FORTRAN, "float64"), *(("jax", precision) for precision in self.precisions)]
        switches = ((SWITCH, False),) if self.top_level_only else ()
        if self.days is not None:
            month = Month(RESTART_YEAR, 1, STEPS_PER_DAY * self.days)
            return tuple(
                Run(
                    model=model,
                    precision=precision,
                    formulation=switches,
                    restart=self.golden / RESTART,
                    months=(month,),
                    core=self.core,
                    stored_as="float64",
                )
                for model, precision in models
            )
        months = tuple(calendar_months(START_YEAR, 12 * (self.spinup + self.years)))
        chosen = {"resolution": self.resolution, "gate_width": self.gate_width or None}
        options = tuple((name, value) for name, value in chosen.items() if value is not None)
        return tuple(
            Run(
                model=model,
                precision=precision,
                formulation=switches,
                months=months,
                core=self.core if model != FORTRAN else CORES[0],
                options=options if model != FORTRAN else (),
            )
            for model, precision in models
        )

    def command_line(self) -> str:
        """The command that repeats this request."""
        words = ["jcm-validate", "climate"]
        if self.days is not None:
            words += ["--days", str(self.days)]
        else:
            words += ["--years", str(self.years), "--spinup", str(self.spinup)]
        words += [word for precision in self.precisions for word in ("--precision", precision)]
        if self.core != CORES[0]:
            words += ["--core", self.core]
        if self.resolution is not None:
            words += ["--resolution", self.resolution]
        if self.gate_width:
            words += ["--gate-width", f"{self.gate_width:g}"]
        if self.against is not None:
            words += ["--against", str(self.against)]
        if self.top_level_only:
            words.append("--extra-diffusion-on-top-level-only")
        words += ["--golden", str(self.golden), "--output", str(self.output)]
        return shlex.join(words)


def checked_climate_request(
    *,
    years: int,
    spinup: int,
    days: int | None,
    core: str,
    resolution: str | None = None,
    gate_width: float = 0.0,
    precisions: list[str] | None,
    against: str | None,
    top_level_only: bool,
    golden: Path,
    output: Path,
) -> ClimateRequest:
    """The request that the options of the command line amount to.

    Raises:
        InputError: for an unknown name, an impossible number, or data that are not there.
    """
    for option, value, least in (("years", years, 1), ("spinup", spinup, 0), ("days", days, 1)):
        if value is not None and value < least:
            raise InputError(f"--{option} is {value}, expected at least {least}.")
    if days is not None and days > JANUARY_DAYS:
        raise InputError(
            f"--days is {days}, expected at most {JANUARY_DAYS}: the short comparison is a part of "
            "January; --years runs longer."
        )
    if days is not None and against is not None:
        raise InputError(
            "--against does not go with --days: a short run is compared with the stored January."
        )
    for name in precisions or []:
        if name not in PRECISIONS:
            raise InputError(
                f"precision {name!r} is not known{_nearest(name, PRECISIONS)}; expected float64 or "
                "float32."
            )
    if core not in CORES:
        raise InputError(f"core {core!r} is not known, expected {' or '.join(CORES)}.")
    _check_core(core, resolution, days, top_level_only)
    _check_gates(gate_width, days, top_level_only)
    request = ClimateRequest(
        years=years,
        spinup=spinup,
        days=days,
        core=core,
        resolution=resolution,
        gate_width=gate_width,
        precisions=tuple(dict.fromkeys(precisions or ["float64"])),
        against=_against(against),
        top_level_only=top_level_only,
        golden=golden,
        output=output,
    )
    if not is_stored_climate(request.stored):
        raise InputError(
            f"folder {request.stored} holds no stored climate, expected season_climatology.nc or "
            "monthly_climatology.nc in it."
        )
    if request.short and not (golden / RESTART).exists():
        raise InputError(f"{golden / RESTART} does not exist, expected the state to start from.")
    return request


def _check_core(core: str, resolution: str | None, days: int | None, top_level_only: bool) -> None:
    """Refuse what goes with one core only.

    Raises:
        InputError: naming the option.
    """
    if core != DINOSAUR:
        if resolution is not None:
            raise InputError(f"--resolution {resolution} needs --core {DINOSAUR}.")
        return
    if resolution is not None:
        try:
            Resolution.named(resolution)
        except ValueError as error:
            raise InputError(f"--resolution: {error}.") from None
    if days is not None:
        raise InputError(
            f"--days does not go with --core {DINOSAUR}: the stored state is that of SPEEDY's core."
        )
    if top_level_only:
        raise InputError(
            f"--extra-diffusion-on-top-level-only does not go with --core {DINOSAUR}, whose "
            "diffusion is a choice of its own."
        )


def _check_gates(width: float, days: int | None, top_level_only: bool) -> None:
    """Refuse a width that means nothing, and what does not go with one.

    Raises:
        InputError: naming the option.
    """
    if not (math.isfinite(width) and width >= 0.0):
        raise InputError(f"--gate-width is {width:g}, expected 0 or a positive number.")
    if width == 0.0:
        return
    if days is not None:
        raise InputError(
            "--days does not go with --gate-width: single months of two models that differ cannot "
            "be told from weather."
        )
    if top_level_only:
        raise InputError("--extra-diffusion-on-top-level-only does not go with --gate-width.")


def _against(given: str | None) -> str | Path | None:
    if given is None or given == FORTRAN:
        return given
    path = Path(given)
    if not path.exists():
        raise InputError(
            f"--against {given} does not exist{_nearest(given, (FORTRAN,))}; expected fortran, a "
            "folder with a stored climate or a run, or a NetCDF file."
        )
    return path


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f", did you mean {near[0]!r}" if near else ""
