"""`gradients.nc`: the numbers behind the figures and tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from validation.gradients.column_results import CLASSES, JacobianOfColumn, ProcessGradients
from validation.gradients.compare import GradientsResult
from validation.gradients.rollout_results import RolloutResult
from validation.gradients.taylor import TaylorCurve


def write_dataset(result: GradientsResult, path: Path) -> None:
    """Write a NetCDF-4 file with a group per process and per core."""
    root = xr.Dataset(
        attrs={
            "title": "Derivatives and finite differences of jcm-validate gradients",
            "history": result.request.command_line(),
            "Conventions": "CF-1.11",
        }
    )
    groups: dict[str, xr.Dataset] = {}
    for process in result.processes:
        groups |= _of_process(process)
    for rollout in result.rollouts:
        groups |= _of_rollout(rollout)
    tree = xr.DataTree.from_dict({"/": root, **groups})
    packed = {"zlib": True, "complevel": 4, "shuffle": True}
    encoding = {
        node.path: {
            str(name): packed
            for name, values in node.data_vars.items()
            if values.ndim > 1 and np.issubdtype(values.dtype, np.number)
        }
        for node in tree.subtree
    }
    tree.to_netcdf(path, engine="netcdf4", encoding=encoding)


def _of_process(process: ProcessGradients) -> dict[str, xr.Dataset]:
    place = f"processes/{process.process}"
    inputs = process.inputs
    groups = {
        f"{place}/inputs": xr.Dataset(
            {
                "triples": (
                    ("input", "kind"),
                    np.array(
                        [[getattr(one.tally, kind) for kind in CLASSES] for one in inputs], np.int64
                    ).reshape(len(inputs), len(CLASSES)),
                ),
                "smooth_agreeing": ("input", [one.tally.smooth_agreeing for one in inputs]),
                "median_relative_error_bar": ("input", [one.median_bar for one in inputs]),
                "worst_error_bars": (
                    "input",
                    [np.nan if one.worst is None else one.worst.bars for one in inputs],
                ),
                "gate_distance": (
                    ("input", "quantile"),
                    np.array(
                        [
                            (np.nan,) * 4 if one.gates is None else one.gates.quantiles
                            for one in inputs
                        ],
                        float,
                    ).reshape(len(inputs), 4),
                    {"units": "1", "long_name": "distance to the nearest gate in natural sizes"},
                ),
            },
            coords={
                "input": _labels([one.name for one in inputs]),
                "kind": _labels(CLASSES),
                "quantile": [0.0, 0.01, 0.1, 0.5],
            },
            attrs={"reference": process.reference},
        )
    }
    for name, summary in (
        ("taylor", process.taylor),
        ("taylor_reference", process.taylor_reference),
    ):
        if summary is not None and summary.curves:
            groups[f"{place}/{name}"] = _curves(summary.curves)
    for number, jacobian in enumerate(process.jacobians):
        groups[f"{place}/jacobian_{number}"] = _jacobian(jacobian)
    return groups


def _curves(curves: Mapping[str, TaylorCurve]) -> xr.Dataset:
    drawn = list(curves.values())
    return xr.Dataset(
        {
            "step_size": (("curve", "step"), np.stack([curve.steps for curve in drawn])),
            "remainder_1": (("curve", "step"), np.stack([curve.order_one for curve in drawn])),
            "remainder_2": (("curve", "step"), np.stack([curve.order_two for curve in drawn])),
            "derivative": ("curve", [curve.derivative for curve in drawn]),
            "slope_1": ("curve", [curve.slope_one for curve in drawn]),
            "slope_2": ("curve", [curve.slope_two for curve in drawn]),
            "kind": ("curve", _labels([curve.kind for curve in drawn])),
        },
        coords={"curve": _labels(curves)},
    )


def _jacobian(jacobian: JacobianOfColumn) -> xr.Dataset:
    both = ("output", "input")
    return xr.Dataset(
        {
            "derivative": (both, jacobian.matrix),
            "difference": (both, jacobian.difference),
            "error_bar": (both, jacobian.error_bar),
            "kind": (
                both,
                np.asarray(jacobian.kinds, np.int8),
                {"flag_values": np.arange(len(CLASSES), dtype=np.int8),
                 "flag_meanings": " ".join(CLASSES)},
            ),
            "input_size": ("input", jacobian.input_sizes),
            "output_size": ("output", jacobian.output_sizes),
        },
        coords={
            "input": _labels([" ".join(name).strip() for name in jacobian.inputs]),
            "output": _labels([" ".join(name).strip() for name in jacobian.outputs]),
        },
        attrs={"column": jacobian.column},
    )  # fmt: skip


def _of_rollout(rollout: RolloutResult) -> dict[str, xr.Dataset]:
    place, lead = f"rollouts/{rollout.core}", rollout.lead_times
    groups = {
        f"{place}/lead_times": xr.Dataset(
            {
                "error": (("size", "lead"), np.array(lead.errors)),
                "perturbation_growth": (("size", "lead"), np.array(lead.perturbation_growth)),
                "derivative_growth": ("lead", np.array(lead.derivative_growth)),
            },
            coords={
                "size": ("size", np.array(lead.sizes)),
                "lead": ("lead", np.array(lead.hours), {"units": "h"}),
            },
            attrs={"start": rollout.start, "resolution": rollout.resolution},
        )
    }
    for one in rollout.directions:
        for agreement in (one.jax, one.fortran):
            if agreement is None:
                continue
            name = f"{place}/{one.direction.replace('/', '-')}/{one.steps}_steps_{agreement.model}"
            groups[name] = xr.Dataset(
                {"error": ("step", [difference.error for difference in agreement.differences])},
                coords={"step": [difference.step for difference in agreement.differences]},
                attrs={"error_bar": agreement.error_bar},
            )
        if one.taylor is not None:
            label = f"{one.direction}, {one.steps} steps"
            groups[f"{place}/{one.direction.replace('/', '-')}/{one.steps}_steps_taylor"] = _curves(
                {label: one.taylor}
            )
    return groups


def _labels(names: object) -> np.ndarray:
    return np.array(list(names), dtype=object)  # type: ignore[call-overload]
