"""The settings of a run: what a TOML file may say, checked before anything is computed."""

from __future__ import annotations

import dataclasses
import datetime
import difflib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from jcm.output.request import OutputRequest


class SettingsError(ValueError):
    """A setting that means nothing. The message is one sentence for the user."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelSettings:
    """Table `[model]`.

    Attributes:
        resolution: "T30".
        core: "speedy".
        formulation: "original" or "corrected".
        precision: "float32" or "float64".
        start_date: first day.
        sppt: stochastic perturbation of the physics.
        seed: of the perturbation.
        co2: concentration of CO₂ / that of the reference.
        co2_trend: whether absorption by CO₂ grows with the date.
    """

    resolution: str = "T30"
    core: str = "speedy"
    formulation: str = "original"
    precision: str = "float32"
    start_date: datetime.datetime = datetime.datetime(1982, 1, 1)
    sppt: bool = False
    seed: int = 0
    co2: float = 1.0
    co2_trend: bool = False


@dataclasses.dataclass(frozen=True, kw_only=True)
class SurfaceSettings:
    """Table `[surface]`.

    Attributes:
        setup: "earth", "flat" (no orography) or "aquaplanet".
        sst: "observed" (climatology and anomalies), "climatology", "fixed" (one month all year);
            for an aquaplanet one of :data:`jcm.boundary.setups.AQUAPLANET_SST`.
        sst_month: month of "fixed", 1 to 12.
        interactive_land: whether the land slab has a temperature of its own.
        interactive_ice: likewise of sea ice.
    """

    setup: str = "earth"
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
        surface: see :class:`SurfaceSettings`.
        run: see :class:`RunSettings`.
        parameters: values by dotted name, as "physics.convection.entrainment_rate".
        output: requests by name, one file each.
    """

    model: ModelSettings = ModelSettings()
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
    fields = {field.name: field for field in dataclasses.fields(kind)}
    if not isinstance(values, Mapping):
        raise SettingsError(f"{where} is {values!r}, expected a table")
    _check_names(values, list(fields), f"setting of [{where}]")
    return kind(**{name: _value(value, fields[name], where) for name, value in values.items()})


def _value(value: Any, field: dataclasses.Field, where: str) -> Any:
    """A value in the type of its setting."""
    name, default = f"{where}.{field.name}", field.default
    if isinstance(default, datetime.datetime):
        if type(value) is datetime.date:
            return datetime.datetime.combine(value, datetime.time())
        if not isinstance(value, datetime.datetime):
            raise SettingsError(f"{name} is {value!r}, expected a date such as 1982-01-01")
        return value.replace(tzinfo=None)
    if isinstance(default, Path) or default is None:
        if not isinstance(value, str):
            raise SettingsError(f"{name} is {value!r}, expected the name of a file or folder")
        return Path(value)
    if field.name == "checkpoint_every" and isinstance(value, int | float):
        return float(value)
    expected = float if isinstance(default, float) else type(default)
    if isinstance(value, int) and not isinstance(value, bool) and expected is float:
        return float(value)
    if type(value) is not expected:
        raise SettingsError(f"{name} is {value!r}, expected {_in_words(expected)}")
    return value


def _in_words(expected: type) -> str:
    return {bool: "true or false", int: "a whole number", float: "a number", str: "a text"}[
        expected
    ]


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
