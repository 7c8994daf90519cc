"""What a process must conserve, on drawn columns, in both implementations; and the exceptions."""

from __future__ import annotations

import numpy as np
import pytest

from jcm.constants import PhysicalConstants
from jcm.physics.shortwave_radiation import ShortwaveRadiationParameters
from jcm.vertical_grid import VerticalGrid
from reference.declarations import PROCESSES
from reference.sampling import sample

COLUMNS = 2000
CONSTANTS = PhysicalConstants()
GRID = VerticalGrid.speedy()
THICKNESS = np.array(GRID.sigma_thickness)
SIGMA = np.array(GRID.full_level_sigma)
ROUNDING = 64 * np.finfo(float).eps


def _closes(total: np.ndarray, expected: np.ndarray, terms: np.ndarray) -> None:
    """A sum over levels equals `expected` to the rounding of its largest term."""
    scale = np.maximum(np.abs(terms).max(axis=1), np.abs(expected))
    residual = np.abs(total - expected)
    worst = int(np.argmax(residual - ROUNDING * scale))
    assert residual[worst] <= ROUNDING * scale[worst], (
        f"column {worst}: sum {total[worst]!r}, expected {expected[worst]!r}, "
        f"largest term {scale[worst]!r}"
    )


def _run(port, name, seed=7):
    process = PROCESSES[name]
    inputs = sample(process, COLUMNS, seed)
    return inputs, port.run(process, inputs)


def test_convection_conserves_energy_and_water(port):
    _, out = _run(port, "convection")
    rain = out["convective_precipitation"]
    energy, water = out["convective_dry_static_energy_flux"], out["convective_humidity_flux"]
    _closes(energy.sum(axis=1), CONSTANTS.latent_heat * rain, energy)
    _closes(water.sum(axis=1), -rain, water)
    assert (rain >= 0).all()
    assert (out["convection_top_level"] < 8).sum() > 100
    moist = energy + CONSTANTS.latent_heat * water
    _closes(moist.sum(axis=1), np.zeros(COLUMNS), energy)


def test_condensation_rains_what_it_takes_and_heats_except_where_capped(port):
    inputs, out = _run(port, "large_scale_condensation")
    drying = out["specific_humidity_tendency_condensation"]
    heating = out["temperature_tendency_condensation"]
    pressure = inputs["normalized_surface_pressure"]
    mass = CONSTANTS.reference_pressure * THICKNESS / CONSTANTS.gravity
    sink = -(drying * mass).sum(axis=1) * pressure
    _closes(sink, out["large_scale_precipitation"], drying * mass * pressure[:, None])

    latent = CONSTANTS.latent_heat / CONSTANTS.specific_heat
    cap = (10.0 * SIGMA**2 / 14400.0) * pressure[:, None] ** 2
    capped = -drying > cap * (1 + ROUNDING)
    np.testing.assert_allclose(
        heating[~capped], -latent * drying[~capped], rtol=ROUNDING, atol=1e-30
    )
    # The documented exception: where the cap acts, water goes without its heat.
    assert capped.any()
    assert (heating[capped] < -latent * drying[capped]).all()


def test_vertical_diffusion_conserves_dry_static_energy_and_humidity(port):
    _, out = _run(port, "vertical_diffusion")
    for name in (
        "temperature_tendency_vertical_diffusion",
        "specific_humidity_tendency_vertical_diffusion",
    ):
        terms = out[name] * THICKNESS
        _closes(terms.sum(axis=1), np.zeros(COLUMNS), terms)
    assert not out["eastward_wind_tendency_vertical_diffusion"].any()
    assert not out["northward_wind_tendency_vertical_diffusion"].any()


def test_shortwave_absorbs_what_enters_and_does_not_leave(port):
    inputs, out = _run(port, "shortwave_radiation")
    absorbed = out["shortwave_absorption"]
    net = out["toa_net_shortwave"] - out["surface_net_shortwave"]
    # The documented exception: a cloud top in layer 1 reflects its bare albedo as a flux.
    top_in_layer_1 = inputs["cloud_top_level"] == 1
    albedo = float(ShortwaveRadiationParameters().cloud_albedo)
    expected = net + np.where(top_in_layer_1, albedo * inputs["cloud_cover"], 0.0)
    flux = np.broadcast_to(inputs["insolation"][:, None] + 1.0, absorbed.shape)
    _closes(absorbed.sum(axis=1), expected, flux)
    assert top_in_layer_1.any()
    dark = inputs["insolation"] == 0.0
    assert dark.any()
    assert not out["surface_downward_shortwave"][
        dark & (inputs["ozone_absorption_upper"] == 0)
    ].any()


def test_longwave_absorption_is_the_difference_of_the_net_fluxes(port):
    _, out = _run(port, "longwave_radiation")
    absorbed = out["longwave_absorption"]
    net = out["surface_net_upward_longwave"] - out["outgoing_longwave"]
    flux = np.maximum(np.abs(absorbed), out["outgoing_longwave"][:, None])
    _closes(absorbed.sum(axis=1), net, flux)


def test_surface_fluxes_are_means_over_land_and_sea(port):
    inputs, out = _run(port, "surface_fluxes")
    f = inputs["land_fraction"]
    for name in (
        "eastward_wind_stress",
        "northward_wind_stress",
        "sensible_heat_flux",
        "evaporation",
        "surface_upward_longwave",
    ):
        land, sea, mean = np.moveaxis(out[name], 1, 0)
        tolerance = ROUNDING * np.maximum(np.abs(land), np.abs(sea))
        assert (np.abs(mean - (f * land + (1 - f) * sea)) <= tolerance).all(), name
    drag = out["eastward_wind_stress"][:, 2] * inputs["eastward_wind"][:, 7]
    assert (drag <= 0).all(), "the stress must oppose the wind"


@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_columns_do_not_know_each_other(port, name):
    """Permuting columns permutes results, and one column alone gives what it gives in a batch."""
    process = PROCESSES[name]
    inputs = sample(process, 64, seed=11)
    together = port.run(process, inputs)
    order = np.random.default_rng(3).permutation(64)
    permuted = port.run(process, {k: v[order] for k, v in inputs.items()})
    for key, values in together.items():
        np.testing.assert_array_equal(permuted[key], values[order], err_msg=f"{name}.{key}")
    for column in (0, 17, 63):
        alone = port.run(process, {k: v[column : column + 1] for k, v in inputs.items()})
        for key, values in together.items():
            np.testing.assert_array_equal(
                alone[key], values[column : column + 1], err_msg=f"{name}.{key}, column {column}"
            )
