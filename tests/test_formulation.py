"""Every switch does what it says: it changes what it names, and nothing else."""

from __future__ import annotations

import dataclasses
import importlib
import inspect

import jax.numpy as jnp
import numpy as np
import pytest

from jcm import Model
from jcm.formulation import CORRECTED, ORIGINAL, Formulation
from reference.declarations import PROCESSES
from reference.sampling import sample

# Switch -> what it changes: process and outputs. The constants change nearly everything.
CHANGES = {
    "condensation_cap_limits_heating_only": (
        "large_scale_condensation",
        {"specific_humidity_tendency_condensation", "large_scale_precipitation"},
    ),
    "cloud_top_in_layer_1_reflects_bare_albedo": (
        "shortwave_radiation",
        {
            "surface_downward_shortwave",
            "surface_net_shortwave",
            "toa_net_shortwave",
            "shortwave_absorption",
            "shortwave_cloud_reflection",
            "surface_shortwave_by_band",
        },
    ),
    "stratiform_cloud_hides_cloud_in_lowest_layer": (
        "shortwave_radiation",
        {
            "surface_downward_shortwave",
            "surface_net_shortwave",
            "toa_net_shortwave",
            "shortwave_absorption",
            "shortwave_cloud_reflection",
            "surface_shortwave_by_band",
        },
    ),
    "ozone_season_one_sided": ("zonal_forcing", {"ozone_absorption_lower"}),
    "zenith_uses_separate_declination": (
        "zonal_forcing",
        {"zenith_factor", "ozone_absorption_upper", "ozone_absorption_lower"},
    ),
    "orographic_drag_amplitude_is_inverse_height": (
        "surface_fluxes",
        {"orographic_drag_factor", "eastward_wind_stress", "northward_wind_stress"},
    ),
    "sea_heat_flux_adds_turbulent_fluxes": (
        "surface_fluxes",
        {"net_surface_heat_flux", "net_surface_heat_flux_sea_recomputed"},
    ),
    "slow_models_damped_per_call": (
        "slab_constants",
        {"land_damping_factor", "ocean_damping_factor", "ice_damping_factor"},
    ),
    "sst_anomaly_window_shifts_every_call": (
        "sst_anomaly_window",
        {
            "sst_window_shifts",
            "sst_window_month_1",
            "sst_window_month_2",
            "sst_window_month_3",
        },
    ),
    "sst_anomaly_uses_start_year": (
        "sst_anomaly_window",
        {"sst_window_month_1", "sst_window_month_2", "sst_window_month_3"},
    ),
    "el_nino_weight_skips_its_edges": ("slab_constants", {"el_nino_weight"}),
    "every_fourth_year_is_leap": (
        "calendar",
        # Within 5000 drawn columns no leap day more or less moves New Year.
        {"month", "day", "month_index", "month_fraction", "year_fraction"},
    ),
    "leap_day_outside_its_month": ("calendar", {"month_fraction", "year_fraction"}),
}

#: Switches that no column process reads; see `test_a_switch_of_the_dynamics_changes_the_run`.
OF_THE_DYNAMICS = (
    "latitudes_are_approximate",
    "extra_diffusion_acts_on_all_levels",
    "filter_uses_filtered_value",
    "mean_log_pressure_is_conserved",
)


def _function(name):
    process = PROCESSES[name]
    return getattr(importlib.import_module(f"jcm.{process.package}.{name}"), name)


def _outputs(name, inputs, formulation):
    moved = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in inputs.items()}
    return _function(name)(**moved, formulation=formulation)._asdict()


def test_every_switch_is_accounted_for():
    switches = {field.name for field in dataclasses.fields(Formulation)}
    assert switches == {*CHANGES, *OF_THE_DYNAMICS, "single_precision_constants"}


@pytest.mark.parametrize("switch", sorted(CHANGES))
def test_a_switch_changes_what_it_names(switch):
    name, expected = CHANGES[switch]
    inputs = sample(PROCESSES[name], 5000, seed=12)
    if switch == "el_nino_weight_skips_its_edges":
        inputs["longitude"][:] = 165.0
    original = _outputs(name, inputs, ORIGINAL)
    switched = _outputs(name, inputs, dataclasses.replace(ORIGINAL, **{switch: False}))
    changed = {k for k, v in original.items() if not np.array_equal(v, switched[k])}
    # A compiler may contract differently; what a switch changes is more than the last digits.
    real = set()
    for key in changed:
        difference = np.abs(np.asarray(switched[key], float) - np.asarray(original[key], float))
        if difference.max() > 1e-9 * np.abs(np.asarray(original[key], float)).max():
            real.add(key)
    assert real == expected


def test_constants_in_double_precision_change_results_by_single_precision():
    inputs = sample(PROCESSES["convection"], 3000, seed=3)
    moved = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in inputs.items()}
    function = _function("convection")
    settings = {
        key: type(argument.default).for_formulation(CORRECTED)
        for key, argument in inspect.signature(function).parameters.items()
        if key in ("parameters", "constants")
    }
    original = function(**moved).convective_precipitation
    corrected = function(**moved, **settings).convective_precipitation
    relative = float(jnp.abs(corrected - original).max() / jnp.abs(original).max())
    assert 1e-9 < relative < 1e-5


def test_the_corrected_sea_loses_the_heat_that_it_gives_away():
    inputs = sample(PROCESSES["surface_fluxes"], 500, seed=3)
    original = _outputs("surface_fluxes", inputs, ORIGINAL)
    corrected = _outputs("surface_fluxes", inputs, CORRECTED)
    turbulent = original["sensible_heat_flux"][1] + 2501.0 * original["evaporation"][1]
    np.testing.assert_allclose(
        corrected["net_surface_heat_flux"][1],
        original["net_surface_heat_flux"][1] - 2 * turbulent,
        rtol=0,
        atol=1e-9,
    )


@pytest.mark.parametrize("switch", OF_THE_DYNAMICS)
def test_a_switch_of_the_dynamics_changes_the_run(switch):
    def after(formulation):
        model = Model(formulation=formulation, dtype=jnp.float64)
        return model.advance(model.initial_state(), steps=4).earlier

    original, switched = (
        after(f) for f in (ORIGINAL, dataclasses.replace(ORIGINAL, **{switch: False}))
    )
    field = "temperature"
    if switch == "mean_log_pressure_is_conserved":
        field = "log_normalized_surface_pressure"
    difference = jnp.abs(getattr(original, field) - getattr(switched, field)).max(axis=(0, 2))
    assert (difference[1:] > 0.0).all()
    # At the top level the additional diffusion acts either way; only waves bring the difference.
    assert difference[0] > 0.0
