"""The CO₂ knob: what a concentration does to the long wave."""

from __future__ import annotations

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.physics.carbon_dioxide import CarbonDioxideParameters, with_co2
from jcm.physics.longwave_radiation import longwave_radiation
from jcm.physics.physics_parameters import PhysicsParameters
from jcm.vertical_grid import VerticalGrid

PARAMETERS = PhysicsParameters()


def absorptivity(parameters):
    return parameters.shortwave_radiation.longwave_co2_absorptivity


@pytest.fixture(scope="module")
def net_upward(golden):
    """Global mean of the net upward long wave at the half levels for parameters [W m-2]."""
    state = xr.open_dataset(golden / "dynamics/restart_state.nc", decode_times=False)
    boundary = xr.open_dataset(golden / "surface/boundary_fields.nc")
    transform = SpectralTransform.speedy()

    def on_grid(name):
        spectral = state[f"{name}_real"].values + 1j * state[f"{name}_imaginary"].values
        return transform.synthesis(spectral[0])

    def on_map(dataset, name):
        return dataset[name].values.T

    temperature, π = on_grid("temperature"), np.exp(on_grid("log_normalized_surface_pressure"))
    humidity = np.maximum(on_grid("specific_humidity"), 0.0)
    land, sea = (on_map(state, f"{s}_surface_temperature") for s in ("land", "sea"))
    surface = sea + on_map(boundary, "land_fraction") * (land - sea)
    emission = 0.98 * 5.67e-8 * surface**4
    thickness = π * np.array(VerticalGrid.speedy().sigma_thickness)[:, None, None]
    weight = 0.5 * transform.grid.quadrature_weight

    def net(parameters):
        p = parameters.shortwave_radiation
        # Clear sky; cloud does not act on the band of CO₂.
        optical_depth = np.stack(
            [
                thickness * p.longwave_window_absorptivity,
                thickness * p.longwave_co2_absorptivity,
                thickness * p.longwave_weak_vapour_absorptivity * humidity,
                thickness * p.longwave_strong_vapour_absorptivity * humidity,
            ],
            axis=1,
        )
        optical_depth[0, 2:] = 0.0
        result = longwave_radiation(
            jnp.asarray(temperature),
            jnp.asarray(surface),
            jnp.asarray(emission),
            jnp.exp(-jnp.asarray(optical_depth)),
            jnp.stack([jnp.zeros_like(π), jnp.asarray(0.35714286 * π)]),
        )
        gain = np.cumsum(np.asarray(result.longwave_absorption), axis=0)
        flux = np.asarray(result.outgoing_longwave) + np.concatenate(
            [np.zeros_like(gain[:1]), gain]
        )
        return flux.mean(axis=1) @ weight

    return net


@pytest.mark.parametrize(("ratio", "forcing"), [(0.5, -4.2), (2.0, 3.7), (4.0, 7.0)])
def test_the_forcing_is_what_the_documentation_says(net_upward, ratio, forcing):
    change = net_upward(PARAMETERS) - net_upward(with_co2(PARAMETERS, ratio))
    # Half level 2 is σ = 0.14.
    assert change[2] == pytest.approx(forcing, abs=0.1)
    # At the top and at the surface the sign is the same: more CO₂ lets less out and more down.
    assert np.sign(change[[0, -1]]).tolist() == [np.sign(forcing)] * 2


@given(first=st.floats(0.1, 10.0), second=st.floats(0.1, 10.0))
def test_ratios_multiply(first, second):
    twice = with_co2(with_co2(PARAMETERS, first), second)
    assert absorptivity(twice) == pytest.approx(
        absorptivity(with_co2(PARAMETERS, first * second)), rel=1e-12
    )


def test_nothing_else_changes():
    assert with_co2(PARAMETERS, 1.0) == PARAMETERS
    changed = with_co2(PARAMETERS, 2.0)
    assert absorptivity(changed) == 6.0 * 2.0 ** CarbonDioxideParameters().absorptivity_exponent
    restored = dataclasses.replace(
        changed.shortwave_radiation, longwave_co2_absorptivity=absorptivity(PARAMETERS)
    )
    assert dataclasses.replace(changed, shortwave_radiation=restored) == PARAMETERS


def test_the_ratio_is_traced():
    traces = []

    @jax.jit
    def traced(ratio):
        traces.append(ratio)
        return absorptivity(with_co2(PARAMETERS, ratio))

    for ratio in (1.0, 2.0, 4.0):
        assert float(traced(ratio)) == pytest.approx(absorptivity(with_co2(PARAMETERS, ratio)))
    assert len(traces) == 1


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf"), 0])
def test_impossible_ratios_are_refused(ratio):
    with pytest.raises(ValueError, match=f"CO2 concentrations is {ratio}, expected a positive"):
        with_co2(PARAMETERS, ratio)
