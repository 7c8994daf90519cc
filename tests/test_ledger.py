"""Budgets: closed-form atmospheres, signs of fluxes, rounding, and what is left over."""

from __future__ import annotations

import types

import cftime
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.state import GridState
from jcm.formulation import CORRECTED, ORIGINAL
from jcm.model.ledger import (
    Ledger,
    LedgerFluxes,
    LedgerStocks,
    add_fluxes,
    add_to_ledger,
    close_ledger,
    empty_ledger,
    ledger_fluxes,
    ledger_stocks,
)
from jcm.model.ledger_dataset import ledger_dataset, ledger_table
from jcm.output.dataset import RunDescription
from jcm.physics.physics_driver import physics_driver
from jcm.physics.physics_parameters import PhysicsParameters
from jcm.vertical_grid import VerticalGrid
from reference.declarations import PROCESSES

CONSTANTS = PhysicalConstants()
G, CP, L = CONSTANTS.gravity, CONSTANTS.specific_heat, CONSTANTS.latent_heat
VERTICAL = VerticalGrid.speedy()
GRID = GaussianGrid.speedy()
WEIGHT = GRID.quadrature_weight / (2.0 * 96)
FLAT = np.zeros((96, 48))
LEVELS = (96, 8, 48)


def atmosphere(pressure=1e5, temperature=250.0, humidity=0.0, wind=(0.0, 0.0), dtype=np.float64):
    """An atmosphere of fields that are numbers or broadcast to the grid."""

    def levels(value):
        return jnp.asarray(np.broadcast_to(value, LEVELS), dtype)

    return GridState(
        eastward_wind=levels(wind[0]),
        northward_wind=levels(wind[1]),
        temperature=levels(temperature),
        specific_humidity=levels(humidity),
        geopotential=levels(0.0),
        log_normalized_surface_pressure=jnp.asarray(
            np.broadcast_to(np.log(np.asarray(pressure) / 1e5), (96, 48)), dtype
        ),
    )


def stocks(state, surface_geopotential=FLAT):
    dtype = state.temperature.dtype
    return ledger_stocks(
        state, jnp.asarray(surface_geopotential, dtype), jnp.asarray(WEIGHT, dtype)
    )


def absolute(state, surface_geopotential=FLAT):
    """Stocks with their constants, and the sum of energies."""
    held = stocks(state, surface_geopotential)
    none = LedgerFluxes(*[0.0] * len(LedgerFluxes._fields))
    return {n: v[0] for n, v in ledger_table([Ledger(held, held, none)], [1.0]).items()}


@given(
    pressure=st.floats(5e4, 1.1e5),
    temperature=st.floats(180.0, 320.0),
    humidity=st.floats(-1.0, 20.0),
    u=st.floats(-100.0, 100.0),
    v=st.floats(-100.0, 100.0),
    height=st.floats(-500.0, 5000.0),
)
def test_uniform_atmosphere(pressure, temperature, humidity, u, v, height):
    state = atmosphere(pressure, temperature, humidity, (u, v))
    found = absolute(state, FLAT + G * height)
    mass = pressure / G
    expected = {
        "air_mass": mass,
        "dry_air_mass": mass * (1.0 - 1e-3 * humidity),
        "water": 1e-3 * humidity * mass,
        "negative_water": 1e-3 * min(humidity, 0.0) * mass,
        "enthalpy": CP * temperature * mass,
        "potential_energy": G * height * mass,
        "kinetic_energy": 0.5 * (u**2 + v**2) * mass,
        "latent_energy": L * humidity * mass,
    }
    expected["total_energy"] = expected["enthalpy"] + sum(
        value for name, value in expected.items() if name.endswith("_energy")
    )
    for name, value in expected.items():
        scale = CP * 300.0 * mass if "energy" in name or name == "enthalpy" else mass
        assert found[name] == pytest.approx(value, abs=1e-13 * scale), name


def test_any_atmosphere_against_sums_over_points():
    rng = np.random.default_rng(0)
    pressure = rng.uniform(5e4, 1.1e5, (96, 48))
    u, v, temperature, humidity = rng.normal(size=(4, *LEVELS))
    temperature, humidity = 250.0 + 30.0 * temperature, 3.0 + 5.0 * humidity
    geopotential = rng.uniform(-1e3, 5e4, (96, 48))
    found = absolute(atmosphere(pressure, temperature, humidity, (u, v)), geopotential)
    area = np.broadcast_to(WEIGHT, (96, 48))
    layer_mass = pressure[:, None] * np.array(VERTICAL.sigma_thickness)[:, None] / G
    weight = layer_mass * area[:, None]
    assert (humidity < 0.0).any()
    for name, value in {
        "air_mass": (pressure * area).sum() / G,
        "water": 1e-3 * (humidity * weight).sum(),
        "negative_water": 1e-3 * (humidity * weight)[humidity < 0.0].sum(),
        "enthalpy": CP * (temperature * weight).sum(),
        "potential_energy": (geopotential * pressure * area).sum() / G,
        "kinetic_energy": 0.5 * ((u**2 + v**2) * weight).sum(),
    }.items():
        assert found[name] == pytest.approx(value, rel=1e-13), name


def test_warming_of_a_billionth_is_seen_in_single_precision():
    # 1e-3 K in one day is 0.1 W m-2; energy itself has a last digit of 256 J m-2.
    rng = np.random.default_rng(1)
    pressure = (1e5 * np.exp(0.1 * rng.normal(size=(96, 48)) - 0.02)).astype(np.float32)
    temperature = (250.0 + 30.0 * rng.normal(size=LEVELS)).astype(np.float32)
    warming = (1e-3 * rng.normal(1.0, 1.0, size=LEVELS)).astype(np.float32)
    humidity = np.abs(rng.normal(size=LEVELS)).astype(np.float32)
    before = atmosphere(pressure, temperature, humidity, dtype=np.float32)
    after = atmosphere(pressure, temperature + warming, humidity, dtype=np.float32)
    none = LedgerFluxes(*[0.0] * len(LedgerFluxes._fields))

    def gain(first, last):
        entry = Ledger(stocks(first), stocks(last), none)
        return ledger_table([entry], [86400.0])["total_energy_tendency"][0]

    in_double = [jax.tree.map(lambda x: jnp.asarray(x, jnp.float64), s) for s in (before, after)]
    exact = gain(*in_double)
    assert exact == pytest.approx(0.117, abs=0.005)
    assert gain(before, after) == pytest.approx(exact, abs=3e-4)


def physics(**fields):
    """What the physics hands to the ledger; zero where not named."""
    maps = (
        "surface_net_shortwave", "surface_net_upward_longwave", "toa_net_shortwave",
        "outgoing_longwave", "convective_precipitation", "large_scale_precipitation",
    )  # fmt: skip
    by_surface = (
        "sensible_heat_flux", "evaporation", "eastward_wind_stress", "northward_wind_stress",
    )  # fmt: skip
    made = {name: jnp.full((96, 48), fields.pop(name, 0.0)) for name in maps}
    for name in by_surface:
        # Land and sea must not be taken for their mean.
        made[name] = jnp.stack(
            [jnp.full((96, 48), x) for x in (1e3, -1e3, fields.pop(name, 0.0))], axis=1
        )
    for name in ("temperature_tendency", "specific_humidity_tendency"):
        made[name] = jnp.broadcast_to(fields.pop(name, 0.0), LEVELS)
    assert not fields
    return types.SimpleNamespace(**made)


@pytest.mark.parametrize(
    ("given_fields", "expected"),
    [
        ({"toa_net_shortwave": 240.0, "outgoing_longwave": 235.0}, {"toa_net_radiation": 5.0}),
        ({"surface_net_shortwave": 170.0}, {"surface_net_energy": 170.0}),
        ({"surface_net_upward_longwave": 70.0}, {"surface_net_energy": -70.0}),
        ({"sensible_heat_flux": 20.0}, {"surface_net_energy": -20.0}),
        ({"evaporation": 0.03}, {"surface_net_energy": -75.03, "evaporation": 3e-5}),
        (
            {"convective_precipitation": 0.02, "large_scale_precipitation": 0.01},
            {"precipitation": 3e-5},
        ),
        ({"eastward_wind_stress": -0.1}, {"surface_stress_work": -0.7}),
        ({"northward_wind_stress": 0.2}, {"surface_stress_work": -0.6}),
        ({"temperature_tendency": 1e-5}, {"physics_energy": CP * 1e-5 * 9e4 / G}),
        (
            {"specific_humidity_tendency": 2e-5},
            {"physics_energy": L * 2e-5 * 9e4 / G, "physics_water": 2e-8 * 9e4 / G},
        ),
    ],
)  # fmt: skip
def test_signs_and_units_of_fluxes(given_fields, expected):
    # Wind above the lowest layer must not count for the work of the stress.
    wind = [np.full((8, 48), 99.0), np.full((8, 48), -99.0)]
    wind[0][-1], wind[1][-1] = 7.0, -3.0
    state = atmosphere(pressure=9e4, wind=wind)
    found = ledger_fluxes(state, physics(**given_fields), jnp.asarray(WEIGHT))
    for name, value in found._asdict().items():
        assert float(value) == pytest.approx(expected.get(name, 0.0), rel=1e-12, abs=1e-15), name


def test_fluxes_are_weighted_with_area():
    rng = np.random.default_rng(2)
    longwave = rng.uniform(100.0, 300.0, (96, 48))
    made = physics()
    made.outgoing_longwave = jnp.asarray(longwave)
    found = ledger_fluxes(atmosphere(), made, jnp.asarray(WEIGHT)).toa_net_radiation
    expected = -(longwave.mean(axis=0) @ GRID.quadrature_weight) / 2.0
    assert float(found) == pytest.approx(expected, rel=1e-13)


@pytest.fixture(scope="module")
def columns(golden):
    """Real columns of the original, arranged as a map, `(level, longitude, latitude)`."""
    process = PROCESSES["physics_driver"]
    data = xr.open_dataset(golden / "physics/physics_driver.nc", mask_and_scale=False)
    real = np.flatnonzero(data["column_kind"].values == 0)
    chosen = np.resize(real, 96 * 48)
    inputs = {}
    for variable in process.inputs:
        values = data[variable.name].values[chosen]
        moved = np.moveaxis(values, 0, -1)
        inputs[variable.name] = jnp.asarray(moved.reshape(*moved.shape[:-1], 96, 48))
    return inputs | {"shortwave_step": True}


@pytest.mark.parametrize(
    ("formulation", "energy", "water"), [(CORRECTED, 1e-9, 1e-15), (ORIGINAL, 0.4, 1e-15)]
)
def test_the_physics_conserves_what_its_fluxes_say(columns, formulation, energy, water):
    # In the original the cloud of the second layer reflects up to 0.43 W m-2 that no layer gains,
    # and water is lost beyond what the heating accounts for.
    result = physics_driver(
        **columns,
        parameters=PhysicsParameters.for_formulation(formulation),
        constants=PhysicalConstants.for_formulation(formulation),
        grid=VerticalGrid.speedy(formulation),
        formulation=formulation,
    )
    longitude_first = jax.tree.map(lambda x: jnp.moveaxis(x, -2, 0), result)
    state = GridState(*(jnp.moveaxis(columns[name], -2, 0) for name in GridState._fields))
    fluxes = ledger_fluxes(
        state,
        longitude_first,
        jnp.asarray(WEIGHT),
        constants=PhysicalConstants.for_formulation(formulation),
        vertical=VerticalGrid.speedy(formulation),
    )
    none = stocks(state)
    table = ledger_table([Ledger(none, none, fluxes)], [2400.0])
    assert abs(table["energy_created_by_physics"][0]) < energy
    assert abs(table["water_created_by_physics"][0]) < water
    assert float(fluxes.surface_stress_work) < 0.0
    # Nothing else changes, so that the rest undoes the physics.
    assert table["energy_created"][0] == pytest.approx(
        -float(fluxes.toa_net_radiation - fluxes.surface_net_energy), rel=1e-9
    )


def sample(state, made):
    """A step as the time loop hands it on."""
    fields = types.SimpleNamespace(surface_geopotential=jnp.asarray(FLAT))
    return types.SimpleNamespace(
        details=types.SimpleNamespace(grid=state, physics=made),
        inputs=types.SimpleNamespace(
            parameters=types.SimpleNamespace(constants=CONSTANTS),
            boundary=types.SimpleNamespace(fields=fields),
            area_weight=jnp.asarray(WEIGHT),
        ),
        configuration=types.SimpleNamespace(core=types.SimpleNamespace(grid=VERTICAL)),
    )


def test_a_period_keeps_its_start_and_averages_fluxes():
    sums = empty_ledger(jnp.float64)
    for step, temperature in enumerate((250.0, 260.0, 270.0)):
        state = atmosphere(temperature=temperature)
        sums = add_to_ledger(sums, sample(state, physics(toa_net_shortwave=float(step))))
    end = stocks(atmosphere(temperature=280.0))
    entry = close_ledger(sums, end)
    assert float(entry.fluxes.toa_net_radiation) == pytest.approx(1.0, rel=1e-14)
    assert float(entry.start.enthalpy) == pytest.approx(0.0, abs=1e-6)
    table = ledger_table([entry], [3 * 2400.0])
    heating = CP * 30.0 * 1e5 / G / 7200.0
    assert table["total_energy_tendency"][0] == pytest.approx(heating, rel=1e-12)
    assert table["energy_created"][0] == pytest.approx(heating - 1.0, rel=1e-12)


def test_without_physics_there_are_no_fluxes():
    sums = add_to_ledger(empty_ledger(jnp.float64), sample(atmosphere(), None))
    assert {float(x) for x in close_ledger(sums, sums.start).fluxes} == {0.0}


def test_many_steps_are_summed_without_loss_in_single_precision():
    # A plain sum of a hundred thousand thirds in single precision is wrong in the fourth digit.
    steps = 100_000
    state = atmosphere(dtype=np.float32)
    made = jax.tree.map(
        lambda x: jnp.asarray(x, jnp.float32), vars(physics(toa_net_shortwave=1.0 / 3.0))
    )
    one = ledger_fluxes(state, types.SimpleNamespace(**made), jnp.asarray(WEIGHT, jnp.float32))

    def body(_, sums):
        return add_fluxes(sums._replace(steps=sums.steps + 1), one)

    sums = jax.lax.fori_loop(0, steps, body, empty_ledger(jnp.float32))
    mean = close_ledger(sums, sums.start).fluxes.toa_net_radiation
    assert float(mean) == pytest.approx(float(one.toa_net_radiation), rel=1e-7)


def entries():
    """Two periods of a day with everything different."""
    rng = np.random.default_rng(5)
    first, second, third = (LedgerStocks(*rng.normal(size=6)) for _ in range(3))
    return [
        Ledger(first, second, LedgerFluxes(*rng.normal(size=7))),
        Ledger(second, third, LedgerFluxes(*rng.normal(size=7))),
    ]


def test_the_equations_of_the_residuals():
    table = ledger_table(entries(), [86400.0, 86400.0])
    storage = np.diff([0.0, *np.cumsum(table["total_energy_tendency"])])
    np.testing.assert_allclose(
        table["energy_created"],
        storage - (table["toa_net_radiation"] - table["surface_net_energy"]),
        rtol=1e-12,
    )
    parts = ("energy_created_by_physics", "surface_stress_work", "energy_created_by_dynamics")
    np.testing.assert_allclose(
        table["energy_created"], sum(table[name] for name in parts), rtol=1e-9
    )
    np.testing.assert_allclose(
        table["water_created"],
        table["water_tendency"] - (table["evaporation"] - table["precipitation"]),
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        table["dry_air_mass_drift"], 86400.0 * np.cumsum(table["dry_air_mass_tendency"]), rtol=1e-9
    )
    later = ledger_table(entries()[1:], [86400.0], reference=entries()[0].start)
    np.testing.assert_allclose(later["dry_air_mass_drift"], table["dry_air_mass_drift"][1:])


def test_the_data_set_follows_the_conventions():
    run = RunDescription(start_date=cftime.datetime(1982, 1, 1, calendar="julian"))
    dataset = ledger_dataset(np.array([[0, 36], [36, 72]]), entries(), run)
    decoded = xr.decode_cf(dataset, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True))
    assert [str(t) for t in decoded["time"].values] == [
        "1982-01-02 00:00:00",
        "1982-01-03 00:00:00",
    ]
    np.testing.assert_array_equal(dataset["time_bounds"], [[0, 1440], [1440, 2880]])
    assert dataset["time"].attrs["bounds"] == "time_bounds"
    for name, variable in dataset.data_vars.items():
        if name == "time_bounds":
            continue
        assert variable.dims == ("time",), name
        assert variable.dtype == np.float64, name
        assert {"units", "long_name", "cell_methods"} <= set(variable.attrs), name
        assert variable.attrs["units"] in {"kg m-2", "J m-2", "W m-2", "kg m-2 s-1"}, name
    table = ledger_table(entries(), [86400.0, 86400.0])
    for name, values in table.items():
        np.testing.assert_array_equal(dataset[name], values, err_msg=name)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [([1.0], "2 entries and 1 lengths"), ([1.0, 0.0], "entry 1 of the ledger has 0.0 s")],
)
def test_lengths_that_make_no_sense_are_refused(seconds, words):
    with pytest.raises(ValueError, match=words):
        ledger_table(entries(), seconds)
