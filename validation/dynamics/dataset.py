"""`dynamics.nc`: everything that the figures show."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from validation.dynamics.compare import DynamicsResult
from validation.dynamics.comparison import RMS
from validation.dynamics.curves import SINGLE_PRECISION, VARIANT_NAMES, Curves
from validation.dynamics.predictability import Divergence


def write_dataset(result: DynamicsResult, path: Path) -> None:
    """Write a NetCDF-4 file with a group per pair of runs, per start, and of all margins."""
    root = xr.Dataset(
        attrs={
            "title": "Differences of trajectories of jcm-validate dynamics",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        }
    )
    groups = {"comparisons": _comparisons(result)}
    for start, curves in result.curves.items():
        groups[f"original_{start}"] = _curves(curves)
    for divergence in result.divergences:
        groups[_name(divergence)] = _divergence(divergence)
    xr.DataTree.from_dict({"/": root, **groups}).to_netcdf(path, engine="netcdf4")


def _name(divergence: Divergence) -> str:
    reference = divergence.reference.replace(" ", "_")
    return (
        f"{divergence.start}_{divergence.implementation}_{divergence.precision}_minus_{reference}"
    )


def _divergence(divergence: Divergence) -> xr.Dataset:
    return xr.Dataset(
        {
            "temperature_rms": _differences(divergence.temperature, "K", "temperature"),
            "eastward_wind_rms": _differences(divergence.eastward_wind, "m s-1", "eastward wind"),
        },
        coords={"day": ("time", divergence.day, {"units": "days", "long_name": "since the start"})},
        attrs={"summary": f"{divergence.label} from {divergence.start}"},
    )


def _differences(values: np.ndarray, units: str, name: str) -> tuple[Any, ...]:
    attributes = {"units": units, "long_name": f"root-mean-square difference of {name}"}
    return ("time", "level"), values, attributes


def _curves(curves: Curves) -> xr.Dataset:
    names = list(VARIANT_NAMES)
    labels = np.array([VARIANT_NAMES[variant] for variant in names], dtype=object)
    variables: dict[str, Any] = {"variant": ("variant", labels)}
    for quantity, units in (("temperature", "K"), ("eastward_wind", "m s-1")):
        attributes = {"units": units}
        variables[f"variant_{quantity}_rms"] = (
            ("variant", "day", "level"),
            getattr(curves, quantity)[names],
            {**attributes, "long_name": "difference of other builds of the original"},
        )
        variables[f"perturbed_{quantity}_rms"] = (
            ("member", "day", "level"),
            getattr(curves, f"members_{quantity}"),
            {**attributes, "long_name": "difference of runs perturbed by 1e-12"},
        )
        variables[f"saturation_{quantity}"] = (
            "level",
            getattr(curves, f"saturation_{quantity}"),
            {**attributes, "long_name": "difference of states with nothing in common"},
        )
    variables["single_precision_limit"] = (
        "day",
        SINGLE_PRECISION.value * curves.envelope(curves.day),
        {"units": "K", "long_name": "largest difference accepted in single precision, level 4"},
    )
    return xr.Dataset(variables, coords={"day": ("day", curves.day, {"units": "days"})})


def _comparisons(result: DynamicsResult) -> xr.Dataset:
    comparisons = result.comparisons

    def text(values: list[str]) -> tuple[str, np.ndarray]:
        return "comparison", np.array(values, dtype=object)

    def numbers(values: list[float], long_name: str) -> tuple[Any, ...]:
        return "comparison", np.array(values, dtype=float), {"units": "1", "long_name": long_name}

    return xr.Dataset(
        {
            "process": text([c.process for c in comparisons]),
            "output": text([c.output for c in comparisons]),
            "implementation": text([c.implementation for c in comparisons]),
            "precision": text([c.precision for c in comparisons]),
            "reference": text([c.reference for c in comparisons]),
            "step": numbers(
                [-1 if c.step is None else c.step for c in comparisons],
                "main-loop steps since the start, -1 where there are none",
            ),
            "measured": numbers(
                [c.measured for c in comparisons],
                "relative to the field maximum; in K where measured as root mean square",
            ),
            "tolerance": numbers([c.tolerance for c in comparisons], "largest that passes"),
            "is_rms": ("comparison", np.array([c.how == RMS for c in comparisons], dtype="i1")),
        }
    )
