"""The settings of a run: what a TOML file may say, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Self, get_args, get_type_hints

from jcm.output.request import OutputRequest


class SettingsError(ValueError):
    """A setting that means nothing. The message is one sentence for the user."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Table `[model]`.

    Attributes:
        core: "speedy" or "dinosaur".
        resolution: as "T42", see :class:`jcm.dynamics.resolution.Resolution`; empty for the core's
            own.
        sigma_boundaries: of the layers, from 0 at the top to 1; empty for SPEEDY's eight.
        physics: "speedy", "held_suarez" or "none".
        formulation: "original" or "corrected".
        precision: "float32" or "float64".
        start_date: first day.
        sppt: stochastic perturbation of the physics.
        seed: of the perturbation.
        co2: concentration of CO₂ / that of the reference.
        co2_trend: whether absorption by CO₂ grows with the date.
        gate_width: over which processes switch, see :class:`jcm.physics.gates.Gates`; 0 for
            abruptly.
    """

    core: str = "speedy"
    resolution: str = ""
    sigma_boundaries: tuple[float, ...] = ()
    physics: str = "speedy"
    formulation: str = "original"
    precision: str = "float32"
    start_date: datetime.datetime = datetime.datetime(1982, 1, 1)
    sppt: bool = False
    seed: int = 0
    co2: float = 1.0
    co2_trend: bool = False
    gate_width: float = 0.0


@dataclasses.dataclass(frozen=True, kw_only=True)
class NumericsSettings:
    """Table `[numerics]`, of core "dinosaur": what is None is as the core has it.

    Attributes:
        integrator, dynamics_steps, physics_evaluations, virtual_temperature, dry_air_is_conserved:
            see :class:`jcm.dynamics.dinosaur_numerics.DinosaurNumerics`.
        diffusion: a name of :meth:`jcm.dynamics.diffusion.Diffusion.named`.
        orographic_correction, zonal_drag: other choices within that diffusion.
    """

    integrator: str | None = None
    dynamics_steps: int | None = None
    physics_evaluations: str | None = None
    diffusion: str | None = None
    orographic_correction: str | None = None
    zonal_drag: bool | None = None
    virtual_temperature: bool | None = None
    dry_air_is_conserved: bool | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class SurfaceSettings:
    """Table `[surface]`.

    Attributes:
        setup: "earth", "flat" (no orography) or "aquaplanet"; empty for "earth" with SPEEDY's
            physics, else "flat".
        orography: how the observed one is filtered, see :class:`jcm.boundary.orography.Orography`;
            empty for the usual one.
        sst: "observed" (climatology and anomalies), "climatology", "fixed" (one month all year);
            for an aquaplanet one of :data:`jcm.boundary.setups.AQUAPLANET_SST`.
        sst_month: month of "fixed", 1 to 12.
        interactive_land: whether the land slab has a temperature of its own.
        interactive_ice: likewise of sea ice.
    """

    setup: str = ""
    orography: str = ""
    sst: str = ""
    sst_month: int = 1
    interactive_land: bool = True
    interactive_ice: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Table `[run]`.

    Attributes:
        days: length of the run.
        folder: of the output.
        checkpoint_every: "month" or a number of days.
        restart: checkpoint to go on from.
        overwrite: whether files of an earlier run may be replaced.
    """

    days: float = 30.0
    folder: Path = Path("jcm-run")
    checkpoint_every: str | float = "month"
    restart: Path | None = None
    overwrite: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of a run.

    Attributes:
        model: see :class:`ModelSettings`.
        numerics: see :class:`NumericsSettings`.
        surface: see :class:`SurfaceSettings`.
        run: see :class:`RunSettings`.
        parameters: values by dotted name, as "physics.convection.entrainment_rate".
        output: requests by name, one file each.
    """

    model: ModelSettings = ModelSettings()
    numerics: NumericsSettings = NumericsSettings()
    surface: SurfaceSettings = SurfaceSettings()
    run: RunSettings = RunSettings()
    parameters: Mapping[str, float] = dataclasses.field(default_factory=dict)
    output: Mapping[str, OutputRequest] = dataclasses.field(default_factory=dict)

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The settings in a TOML file.

        Raises:
            SettingsError: if it cannot be read, or says something unknown; names the nearest known.
        """
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise SettingsError(f"cannot read {path}: {error.strerror}") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{path} is not a TOML file: {error}") from None
        return cls.from_tables(content)

    @classmethod
    def from_tables(cls, content: Mapping[str, Any]) -> Self:
        """The settings in tables as TOML gives them.

        Raises:
            SettingsError: for an unknown name or a value of another type.
        """
        _check_names(content, [field.name for field in dataclasses.fields(cls)], "table")
        return cls(
            model=_table(ModelSettings, content.get("model", {}), "model"),
            numerics=_table(NumericsSettings, content.get("numerics", {}), "numerics"),
            surface=_table(SurfaceSettings, content.get("surface", {}), "surface"),
            run=_table(RunSettings, content.get("run", {}), "run"),
            parameters=dict(_flattened(content.get("parameters", {}))),
            output={
                name: request_from(table, f"output.{name}")
                for name, table in content.get("output", {}).items()
            },
        )


def request_from(table: Mapping[str, Any], where: str) -> OutputRequest:
    """An output request from a table.

    Raises:
        SettingsError: naming the table and what is wrong in it.
    """
    if not isinstance(table, Mapping):
        raise SettingsError(f"{where} is {table!r}, expected a table")
    names = [field.name for field in dataclasses.fields(OutputRequest)]
    _check_names(table, names, f"setting of [{where}]")
    values = {
        name: tuple(value) if isinstance(value, list) else value for name, value in table.items()
    }
    every = values.get("every")
    if isinstance(every, float):
        values["every"] = datetime.timedelta(days=every)
    try:
        return OutputRequest(**values)
    except (TypeError, ValueError) as error:
        raise SettingsError(f"[{where}]: {error}") from None


def _table(kind: type, values: Mapping[str, Any], where: str) -> Any:
    if not isinstance(values, Mapping):
        raise SettingsError(f"{where} is {values!r}, expected a table")
    types = get_type_hints(kind)
    _check_names(values, list(types), f"setting of [{where}]")
    return kind(
        **{name: _value(value, types[name], f"{where}.{name}") for name, value in values.items()}
    )


def _value(value: Any, kind: Any, name: str) -> Any:
    """A value in the type of its setting, of which it has the first that fits."""
    choices = [kind]
    if isinstance(kind, UnionType):
        choices = [choice for choice in get_args(kind) if choice is not NoneType]
    for choice in choices:
        accepts, convert = _CONVERSIONS[choice]
        if accepts(value):
            return convert(value)
    raise SettingsError(
        f"{name} is {value!r}, expected {' or '.join(_IN_WORDS[choice] for choice in choices)}"
    )


def _without_zone(date: datetime.date) -> datetime.datetime:
    if isinstance(date, datetime.datetime):
        return date.replace(tzinfo=None)
    return datetime.datetime.combine(date, datetime.time())


def _is(*kinds: type) -> Callable[[Any], bool]:
    """Exactly: true is no number."""
    return lambda value: type(value) in kinds


def _is_numbers(value: Any) -> bool:
    return type(value) is list and all(type(number) in (int, float) for number in value)


def _numbers(values: list[float]) -> tuple[float, ...]:
    return tuple(map(float, values))


_NUMBERS = tuple[float, ...]
#: Type of a setting -> whether a value of TOML will do for it, and what makes the one of the other.
_CONVERSIONS: dict[Any, tuple[Callable[[Any], bool], Callable[[Any], Any]]] = {
    bool: (_is(bool), bool),
    int: (_is(int), int),
    float: (_is(int, float), float),
    str: (_is(str), str),
    Path: (_is(str), Path),
    datetime.datetime: (_is(datetime.date, datetime.datetime), _without_zone),
    _NUMBERS: (_is_numbers, _numbers),
}
_IN_WORDS: dict[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    Path: "the name of a file or folder",
    datetime.datetime: "a date such as 1982-01-01",
    _NUMBERS: "a list of numbers",
}


def _flattened(table: Mapping[str, Any], prefix: str = "") -> list[tuple[str, float]]:
    found: list[tuple[str, float]] = []
    for name, value in table.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            found += _flattened(value, f"{path}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found.append((path, float(value)))
        else:
            raise SettingsError(f"parameters.{path} is {value!r}, expected a number")
    return found


def _check_names(found: Mapping[str, Any], known: list[str], what: str) -> None:
    for name in found:
        if name not in known:
            raise SettingsError(unknown(name, known, what))


def unknown(name: str, known: list[str], what: str) -> str:
    """A sentence about an unknown name."""
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
    hint = f", did you mean {nearest[0]!r}?" if nearest else ""
    return f"there is no {what} called {name!r}{hint}"
