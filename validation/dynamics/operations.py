"""Checks of single operations: constants, transforms, operators, matrices, diffusion, range."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from validation.dynamics.check import Check, Fields
from validation.dynamics.files import GoldenFile
from validation.dynamics.probes import coriolis_parameter, probed_constants
from validation.model_ports import Arrays, DynamicsPort

Files = Mapping[str, GoldenFile]


def _folder(name: str) -> str:
    return f"dynamics/{name}.nc"


def _outputs(stem: str, names: tuple[str, ...]) -> Callable[[Files], Fields]:
    return lambda files: files[stem].fields(names)


def _cases(function: Callable[..., Arrays], cases: int) -> Arrays:
    """Results of every case, stacked."""
    results = [function(case) for case in range(cases)]
    return {name: np.stack([result[name] for result in results]) for name in results[0]}


# Constants.

_PROBED = (
    "cosine_latitude",
    "cosine_latitude_north",
    "coriolis_parameter",
    "gaussian_weight",
    "legendre_polynomial",
    "fourier_kernel",
    "fourier_analysis_kernel",
    "synthesis_mask",
    "analysis_mask",
    "truncation_mask",
    "laplacian_eigenvalue",
    "inverse_laplacian_eigenvalue",
    "zonal_derivative_factor",
    "gradient_minus",
    "gradient_plus",
    "wind_zonal_factor",
    "wind_minus",
    "wind_plus",
    "hydrostatic_lower",
    "hydrostatic_upper",
    "lapse_rate_correction",
)


def _expected_constants(files: Files) -> Fields:
    file = files["grid_and_spectral_constants"]
    fields = file.fields(_PROBED)
    # Of what no operator ever uses nothing can be seen.
    fields["legendre_polynomial"].values[file.values("synthesis_mask") == 0] = 0.0
    fields["gradient_minus"].values[:, 0] = 0.0
    return fields


def _follow_constants(files: Files, port: DynamicsPort) -> Arrays:
    return {**probed_constants(port), "coriolis_parameter": coriolis_parameter(port)}


CONSTANTS = Check(
    name="grid_and_spectral_constants",
    summary="Constants of the grid, the transforms and the operators, read off the operators.",
    spec="30-grid-and-spectral-transform.md, 31-vertical-and-geopotential.md",
    paths=(_folder("grid_and_spectral_constants"),),
    expected=_expected_constants,
    follow=_follow_constants,
)


# Transforms and operators.


def _follow_transform(files: Files, port: DynamicsPort) -> Arrays:
    file = files["spectral_transform"]
    spectral, grid = file.values("spectral_field"), file.values("grid_field")
    return {
        "grid_plain": port.synthesis(spectral),
        "grid_over_cosine": port.synthesis(spectral, over_cosine=True),
        "spectral_of_grid": port.analysis(grid),
    }


TRANSFORM = Check(
    name="spectral_transform",
    summary="Synthesis, with and without division by the cosine of latitude, and analysis.",
    spec="30-grid-and-spectral-transform.md",
    paths=(_folder("spectral_transform"),),
    expected=_outputs("spectral_transform", ("grid_plain", "grid_over_cosine", "spectral_of_grid")),
    follow=_follow_transform,
)

_TOTAL_WAVENUMBER = np.arange(31)[:, None] + np.arange(32)
_USED = _TOTAL_WAVENUMBER <= 31
#: Fields that reach beyond what any operator uses; there the original holds what it likes.
_WINDS_COS = ("eastward_wind_cos", "northward_wind_cos")


def _expected_operators(files: Files) -> Fields:
    fields = files["spectral_operators"].fields(
        (
            "gradient_x_cos",
            "gradient_y_cos",
            *_WINDS_COS,
            "eastward_wind",
            "northward_wind",
            "laplacian",
            "inverse_laplacian",
            "truncated",
            "curl",
            "divergence_of_flux",
        )
    )
    for name in _WINDS_COS:
        fields[name].values[..., ~_USED] = 0.0
    return fields


def _follow_operators(files: Files, port: DynamicsPort) -> Arrays:
    file = files["spectral_operators"]
    vorticity, divergence = file.values("vorticity"), file.values("divergence")
    scalar = file.values("scalar")

    def one(case: int) -> Arrays:
        x, y = port.gradient(scalar[case])
        u, v = port.winds(vorticity[case], divergence[case])
        return {
            "gradient_x_cos": x,
            "gradient_y_cos": y,
            "eastward_wind_cos": np.where(_USED, u, 0),
            "northward_wind_cos": np.where(_USED, v, 0),
            "laplacian": port.laplacian(vorticity[case]),
            "inverse_laplacian": port.inverse_laplacian(vorticity[case]),
            "truncated": port.truncated(vorticity[case]),
        }

    results = _cases(one, file.size("case"))
    # The winds on the grid belong to the last case, the model state.
    for name in ("eastward_wind", "northward_wind"):
        results[name] = port.synthesis(results[f"{name}_cos"][-1], over_cosine=True)
    curl, divergence_of_flux = port.curl_and_divergence(
        file.values("eastward_flux"), file.values("northward_flux")
    )
    return {**results, "curl": curl, "divergence_of_flux": divergence_of_flux}


OPERATORS = Check(
    name="spectral_operators",
    summary="Gradient, winds, Laplacian and its inverse, truncation, curl and divergence.",
    spec="30-grid-and-spectral-transform.md",
    paths=(_folder("spectral_operators"),),
    expected=_expected_operators,
    follow=_follow_operators,
)


def _follow_geopotential(files: Files, port: DynamicsPort) -> Arrays:
    file = files["geopotential"]
    temperature, surface = file.values("temperature"), file.values("surface_geopotential")
    return _cases(
        lambda case: {"geopotential": port.geopotential(temperature[case], surface[case])},
        file.size("case"),
    )


GEOPOTENTIAL = Check(
    name="geopotential",
    summary="Hydrostatic integration from the surface upwards.",
    spec="31-vertical-and-geopotential.md",
    paths=(_folder("geopotential"),),
    expected=_outputs("geopotential", ("geopotential",)),
    follow=_follow_geopotential,
)


# Semi-implicit matrices.

_PER_TIME_STEP = ("matrix_c", "inverse_matrix", "xi_thickness", "helmholtz_factor")
_OF_ALL = (
    "reference_temperature",
    "gas_constant_reference_temperature",
    "kappa_reference_temperature",
    "half_kappa_over_sigma_reference_temperature",
    "matrix_a",
    "matrix_b",
    "matrix_hydrostatic",
    "matrix_e",
)


def _follow_semi_implicit(files: Files, port: DynamicsPort) -> Arrays:
    steps = files["semi_implicit"].values("time_step")
    results = [port.semi_implicit_constants(float(seconds)) for seconds in steps]
    found = {name: np.stack([r[name] for r in results]) for name in _PER_TIME_STEP}
    return {**found, **{name: results[0][name] for name in _OF_ALL}}


SEMI_IMPLICIT = Check(
    name="semi_implicit",
    summary="Reference temperature and matrices of the semi-implicit scheme for three time steps.",
    spec="33-semi-implicit.md",
    paths=(_folder("semi_implicit"),),
    expected=_outputs("semi_implicit", (*_OF_ALL, *_PER_TIME_STEP)),
    follow=_follow_semi_implicit,
)


# Horizontal diffusion.

_DAMPING = ("temperature_vorticity", "divergence_humidity", "extra")
_RATES = tuple(f"damping_{name}" for name in _DAMPING)
_FACTORS = tuple(f"implicit_factor_{name}" for name in _DAMPING)
_PROFILES = ("vertical_profile_temperature", "vertical_profile_humidity")
_CORRECTIONS = ("temperature_correction", "humidity_correction")
_MAPS = (
    "land_fraction",
    "sea_fraction",
    "land_surface_temperature",
    "sea_surface_temperature",
)


def _follow_diffusion(files: Files, port: DynamicsPort) -> Arrays:
    file = files["horizontal_diffusion"]
    constants = [port.diffusion_constants(float(dt)) for dt in file.values("time_step")]
    found = {name: np.stack([c[name] for c in constants]) for name in _FACTORS}
    found |= {name: constants[0][name] for name in (*_RATES, *_PROFILES)}
    corrections = port.orographic_corrections(
        surface_geopotential=file.values("surface_geopotential_filtered"),
        **{name: file.values(name) for name in _MAPS},
    )
    found |= dict(zip(_CORRECTIONS, corrections, strict=True))
    found["diffused_tendency"] = port.diffuse(
        file.values("field"), file.values("tendency"), float(file.values("time_step").max())
    )
    initial = port.initial_state(file.values("surface_geopotential_unfiltered"))
    found["surface_geopotential_filtered"] = initial["surface_geopotential_filtered"]
    return found


DIFFUSION = Check(
    name="horizontal_diffusion",
    summary="Damping rates and factors, orographic corrections, one application, and the filtered "
    "orography.",
    spec="34-horizontal-diffusion.md, 36-initial-state.md",
    paths=(_folder("horizontal_diffusion"),),
    expected=_outputs(
        "horizontal_diffusion",
        (
            *_RATES,
            *_FACTORS,
            *_PROFILES,
            *_CORRECTIONS,
            "diffused_tendency",
            "surface_geopotential_filtered",
        ),
    ),
    follow=_follow_diffusion,
)


# Range check.

_ENERGIES = ("rotational_eddy_energy", "divergent_eddy_energy", "global_mean_temperature")


def _follow_range(files: Files, port: DynamicsPort) -> Arrays:
    file = files["range_check"]
    fields = [file.values(name) for name in ("vorticity", "divergence", "temperature")]
    return _cases(
        lambda sample: port.range_check(*(field[sample] for field in fields)), file.size("sample")
    )


RANGE_CHECK = Check(
    name="range_check",
    summary="Eddy energies and mean temperature that decide whether a run goes on.",
    spec="27-model-lifecycle-and-output.md",
    paths=("surface/range_check.nc",),
    expected=_outputs("range_check", _ENERGIES),
    follow=_follow_range,
)

OPERATIONS = (
    CONSTANTS,
    TRANSFORM,
    OPERATORS,
    GEOPOTENTIAL,
    SEMI_IMPLICIT,
    DIFFUSION,
    RANGE_CHECK,
)
