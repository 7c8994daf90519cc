"""Several calls in a row: what single columns cannot show.

A sequence feeds what a port computed in one call into the next, or builds fields from the files of
monthly data as a run does, and compares every stage with the original. It knows a port only through
the declared processes.
"""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import xarray as xr

from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.golden import read_dataset
from reference.process import GoldenFile, Process, Variable
from validation.ports import Outputs, Port

Arrays = dict[str, np.ndarray]

#: What the physics driver hands to itself from one call to the next: output -> input.
KEPT = {
    name.removesuffix("_in"): name
    for name in (v.name for v in PROCESSES["physics_driver"].inputs)
    if name.endswith("_in")
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Sequence:
    """A sequence.

    Attributes:
        process: its face in reports: name, summary, and outputs, each `(call x column, ...)`.
        needs: names of the processes that a port must have.
        read: makes a data set of the files in a golden folder.
        expected: the outputs as the original computed them.
        follow: the outputs as a port computes them.
    """

    process: Process
    needs: tuple[str, ...]
    read: Callable[[Path], xr.Dataset]
    expected: Callable[[xr.Dataset], Arrays]
    follow: Callable[[xr.Dataset, Port], Arrays]

    def offered_by(self, port: Port) -> bool:
        """Whether `port` has all processes that are needed."""
        return all(port.offers(PROCESSES[name]) for name in self.needs)


def face(
    name: str, package: str, spec: str, summary: str, path: str, outputs: Iterable[Variable]
) -> Process:
    """What a sequence looks like in reports."""
    return Process(
        name=name,
        package=package,
        spec=spec,
        summary=summary,
        inputs=(),
        outputs=tuple(outputs),
        gates=(),
        golden=(GoldenFile(path=path),),
    )


def run(port: Port, name: str, inputs: Arrays) -> dict[str, np.ndarray]:
    """Outputs of one process as NumPy arrays."""
    outputs: Outputs = port.run(PROCESSES[name], inputs)
    return {key: np.asarray(values) for key, values in outputs.items()}


def finite(data: xr.Dataset, path: str, names: Iterable[str]) -> None:
    """Refuse a golden file with numbers that are not finite where they must be.

    Raises:
        InputError: naming the first of them.
    """
    for name in names:
        if not np.isfinite(data[name].values).all():
            raise InputError(f"golden file {path}: {name} is not finite everywhere.")


def date_of(number: int, path: str) -> datetime.date:
    """The date that is written as yyyymmdd.

    Raises:
        InputError: if there is no such date.
    """
    try:
        return datetime.date(number // 10000, number // 100 % 100, number % 100)
    except ValueError:
        raise InputError(
            f"golden file {path}: date {number} does not exist, expected yyyymmdd."
        ) from None


def _rows(values: np.ndarray, calls: int, columns: int, shape: tuple[int, ...]) -> np.ndarray:
    """Values that may lack the column axis, as `(call x column, *shape)`."""
    if values.ndim == 1 + len(shape):
        values = np.broadcast_to(values[:, None], (calls, columns, *shape))
    return np.ascontiguousarray(values).reshape(calls * columns, *shape)


# The physics driver over consecutive steps, carrying its kept state.

_DRIVER = PROCESSES["physics_driver"]


def _read_driver(folder: Path) -> xr.Dataset:
    path = folder / "physics/physics_driver_sequence.nc"
    return read_dataset(path, [v.name for v in (*_DRIVER.inputs, *_DRIVER.outputs)])


def _computed(data: xr.Dataset) -> np.ndarray:
    return data["shortwave_step"].values != 0


def _driver_expected(data: xr.Dataset) -> Arrays:
    calls, columns = data.sizes["step"], data.sizes["column"]
    expected = {}
    for v in _DRIVER.outputs:
        values = data[v.name].values
        if v.defined_where:
            # Not computed, hence not compared: the same number on both sides.
            values = np.where(_computed(data)[:, None], values, 0)
        expected[v.name] = _rows(values, calls, columns, v.shape)
    return expected


def _driver_follow(data: xr.Dataset, port: Port) -> Arrays:
    columns = data.sizes["column"]
    kept = {name: data[name].values[0] for name in KEPT.values()}
    found: dict[str, list[np.ndarray]] = {v.name: [] for v in _DRIVER.outputs}
    for step in range(data.sizes["step"]):
        inputs = {
            v.name: np.broadcast_to(data[v.name].values[step], (columns, *v.shape))
            for v in _DRIVER.inputs
        }
        outputs = run(port, "physics_driver", {**inputs, **kept})
        kept = {KEPT[name]: outputs[name] for name in KEPT}
        for v in _DRIVER.outputs:
            undefined = v.defined_where and not _computed(data)[step]
            value = np.zeros_like(outputs[v.name]) if undefined else outputs[v.name]
            found[v.name].append(value)
    return {name: np.concatenate(values) for name, values in found.items()}


# Land, sea and ice over consecutive coupling calls.

_STATES = (
    "land_temperature_state",
    "ocean_temperature_state",
    "ice_temperature_state",
    "ice_fraction_state",
    "sea_surface_temperature",
)
_MONTHLY = (
    "land_temperature_monthly",
    "sea_surface_temperature_monthly",
    "sea_ice_fraction_monthly",
)
_FLUXES = (
    "net_surface_heat_flux_land",
    "net_surface_heat_flux_sea",
    "sensible_heat_flux_sea",
    "evaporation_sea",
    "surface_downward_shortwave",
)
_SLABS = (
    "land_inverse_heat_capacity",
    "land_damping_factor",
    "ocean_inverse_heat_capacity",
    "ice_inverse_heat_capacity",
    "ocean_damping_factor",
    "ice_damping_factor",
)
_COUPLED = (*_STATES, "sst_anomaly_observed")


def _read_coupled(folder: Path) -> xr.Dataset:
    names = [*_COUPLED, *(f"{name}_before" for name in _STATES), *_MONTHLY, *_FLUXES, *_SLABS]
    names += ["window", "date", "month_index", "month_fraction", "coupling_day"]
    names.append("sst_anomaly_window")
    data = read_dataset(folder / "surface/coupled_sequence.nc", names)
    finite(data, "surface/coupled_sequence.nc", names)
    for number in data["date"].values:
        date_of(int(number), "surface/coupled_sequence.nc")
    return data


def _coupled_expected(data: xr.Dataset) -> Arrays:
    calls, points = data.sizes["call"], data.sizes["point"]
    return {name: _rows(data[name].values, calls, points, ()) for name in _COUPLED}


def _coupled_follow(data: xr.Dataset, port: Port) -> Arrays:
    found: dict[str, list[np.ndarray]] = {name: [] for name in _COUPLED}
    window = data["window"].values
    state: Arrays = {}
    for call in range(data.sizes["call"]):
        if call == 0 or window[call] != window[call - 1]:
            state = {name: data[f"{name}_before"].values[call] for name in _STATES}
        state = _couple(data, call, state, port)
        for name in _COUPLED:
            found[name].append(state[name])
    return {name: np.concatenate(values) for name, values in found.items()}


def _couple(data: xr.Dataset, call: int, state: Arrays, port: Port) -> Arrays:
    """One coupling call at all points."""
    points = data.sizes["point"]

    def everywhere(name: str) -> np.ndarray:
        return np.full(points, data[name].values[call])

    def interpolated(monthly: str, kind: str) -> np.ndarray:
        inputs = {
            "month": everywhere("month_index"),
            "day": everywhere("date") % 100,
            "monthly_values": data[monthly].values.T,
        }
        return run(port, "interpolation", inputs)[kind]

    given = {name: data[name].values[call] for name in _FLUXES}
    given |= {name: data[name].values for name in _SLABS}
    given |= {"coupling_day": everywhere("coupling_day")}
    land = {
        "land_coupling_flag": np.ones(points, dtype=int),
        "land_temperature_state": state["land_temperature_state"],
        "land_temperature_climatology": interpolated("land_temperature_monthly", "five_point"),
    }
    sea = sea_inputs(points) | {
        "month_fraction": everywhere("month_fraction"),
        "interpolated_sst": interpolated("sea_surface_temperature_monthly", "five_point"),
        "interpolated_sea_ice_fraction": interpolated("sea_ice_fraction_monthly", "linear"),
        "ocean_temperature_state": state["ocean_temperature_state"],
        "ice_temperature_state": state["ice_temperature_state"],
        "ice_fraction_state": state["ice_fraction_state"],
        # With interactive ice, what the atmosphere saw in the last call is the state itself.
        "ice_fraction_previous": state["ice_fraction_state"],
        "ice_temperature_previous": state["ice_temperature_state"],
    }
    for slot in range(3):
        sea[f"sst_anomaly_slot_{slot + 1}"] = data["sst_anomaly_window"].values[call, slot]
    after_land = run(port, "land_model", {**given, **land})
    after_sea = run(port, "sea_model", {**sea, **given})
    return {
        "land_temperature_state": after_land["land_temperature_state_new"],
        "ocean_temperature_state": after_sea["ocean_temperature_state_new"],
        "ice_temperature_state": after_sea["ice_temperature_state_new"],
        "ice_fraction_state": after_sea["ice_fraction_state_new"],
        "sea_surface_temperature": after_sea["sea_surface_temperature"],
        "sst_anomaly_observed": after_sea["sst_anomaly_observed"],
    }


def sea_inputs(columns: int) -> Arrays:
    """Inputs of the sea model with default flags, no fluxes, no anomaly."""
    flags = {"sea_coupling_flag": 0, "ice_coupling_flag": 1, "sst_anomaly_coupling_flag": 1}
    return {
        v.name: np.full(columns, flags.get(v.name, 0), dtype=int if v.integer else float)
        for v in PROCESSES["sea_model"].inputs
    }


def variables(process: str, names: Iterable[str]) -> list[Variable]:
    """Declarations of some variables of a process."""
    return [PROCESSES[process].variable(name) for name in names]


PHYSICS_DRIVER_SEQUENCE = Sequence(
    process=face(
        "physics_driver_sequence",
        "physics",
        _DRIVER.spec,
        "The physics driver over consecutive steps, carrying its own kept state.",
        "physics/physics_driver_sequence.nc",
        # Where an output is undefined both sides hold zero, see above.
        (dataclasses.replace(v, defined_where=None) for v in _DRIVER.outputs),
    ),
    needs=("physics_driver",),
    read=_read_driver,
    expected=_driver_expected,
    follow=_driver_follow,
)

COUPLED_SEQUENCE = Sequence(
    process=face(
        "coupled_sequence",
        "surface",
        "22-land-model.md, 23-sea-and-ice-model.md, 24-coupling-calendar-and-interpolation.md",
        "Land, sea and ice over consecutive coupling calls, carrying their own state.",
        "surface/coupled_sequence.nc",
        [
            *variables("land_model", ["land_temperature_state"]),
            *variables("sea_model", _COUPLED[1:]),
        ],
    ),
    needs=("interpolation", "land_model", "sea_model"),
    read=_read_coupled,
    expected=_coupled_expected,
    follow=_coupled_follow,
)
