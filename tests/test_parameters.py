"""Constants: the same names and values in both implementations, and those of the original."""

from __future__ import annotations

import dataclasses
import importlib
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr

from jcm.constants import PhysicalConstants
from jcm.formulation import CORRECTED, ORIGINAL, Formulation
from jcm.parameters import ParameterSet
from jcm.physics.convection import ConvectionParameters, entrainment_profile
from jcm.vertical_grid import VerticalGrid
from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample

needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


def _numbers(values: ParameterSet, prefix: str) -> dict[str, float]:
    found = {}
    for field in dataclasses.fields(values):
        value = getattr(values, field.name)
        path = f"{prefix}.{field.name}"
        if isinstance(value, ParameterSet):
            found |= _numbers(value, path)
        else:
            found[path] = value
    return found


def _jax_numbers(name: str, formulation: Formulation) -> dict[str, float]:
    process = PROCESSES[name]
    function = getattr(importlib.import_module(f"jcm.{process.package}.{name}"), name)
    numbers = {}
    for argument in inspect.signature(function).parameters.values():
        if isinstance(argument.default, ParameterSet):
            values = type(argument.default).for_formulation(formulation)
            numbers |= _numbers(values, argument.name)
    return numbers


@needs_fortran
@pytest.mark.parametrize("formulation", ["original", "corrected"])
@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_both_implementations_have_the_same_parameters(name, formulation):
    fortran = kernels.parameters(PROCESSES[name], formulation)
    ours = _jax_numbers(name, Formulation.named(formulation))
    # A kernel may not need the constants that its JAX function takes, and the reverse.
    shared = {key for key in fortran if not key.startswith("constants.")}
    assert shared == {key for key in ours if not key.startswith("constants.")}
    for key in sorted(fortran.keys() & ours.keys()):
        # Expressions such as 273.2 - 1.8 may round differently in double precision.
        assert ours[key] == pytest.approx(
            fortran[key], rel=0 if formulation == "original" else 4e-16, abs=0
        ), key


@needs_fortran
def test_both_implementations_have_the_same_switches():
    assert kernels.switch_names() == [field.name for field in dataclasses.fields(Formulation)]


@needs_fortran
def test_a_parameter_changes_the_fortran_and_an_unknown_one_is_named():
    process = PROCESSES["convection"]
    inputs = sample(process, 500, seed=1)
    slow = kernels.run(process, inputs, parameters={"parameters.relaxation_time": 43200.0})
    fast = kernels.run(process, inputs)
    np.testing.assert_allclose(
        slow["cloud_base_mass_flux"], fast["cloud_base_mass_flux"] / 2, rtol=1e-15
    )
    with pytest.raises(ValueError, match="relaxation_tyme"):
        kernels.run(process, inputs, parameters={"parameters.relaxation_tyme": 1.0})


def test_every_parameter_states_unit_meaning_and_source():
    def check(cls):
        for field in dataclasses.fields(cls):
            if isinstance(field.default, ParameterSet):
                check(type(field.default))
            else:
                assert {"unit", "meaning", "spec", "decimal"} <= field.metadata.keys(), field.name
                assert all(field.metadata[key] for key in ("unit", "meaning", "spec")), field.name

    check(PhysicalConstants)
    for name, process in PROCESSES.items():
        function = getattr(importlib.import_module(f"jcm.{process.package}.{name}"), name)
        for argument in inspect.signature(function).parameters.values():
            if isinstance(argument.default, ParameterSet):
                check(type(argument.default))


def test_parameters_are_pytrees_of_numbers_that_compile_once():
    compiled = 0

    def scale(parameters: ConvectionParameters, x):
        nonlocal compiled
        compiled += 1
        return parameters.relaxation_time * x

    function = jax.jit(scale)
    assert function(ConvectionParameters(), 2.0) == 43200.0
    assert function(ConvectionParameters(relaxation_time=1.0), 2.0) == 2.0
    assert compiled == 1


def test_formulations():
    assert all(getattr(ORIGINAL, f.name) for f in dataclasses.fields(Formulation))
    assert not any(getattr(CORRECTED, f.name) for f in dataclasses.fields(Formulation))
    assert all(
        f.metadata["meaning"] and f.metadata["spec"] for f in dataclasses.fields(Formulation)
    )
    with pytest.raises(ValueError, match="'orignal'"):
        Formulation.named("orignal")


def test_vertical_grid_is_that_of_the_original(golden):
    constants = xr.open_dataset(golden / "physics/constants.nc")
    grid = VerticalGrid.speedy()
    for name in ("half_level_sigma", "full_level_sigma", "sigma_thickness"):
        np.testing.assert_array_equal(getattr(grid, name), constants[name].values, err_msg=name)
    # Differences of logarithms: an ULP of a logarithm is a few ULP of the weight.
    np.testing.assert_allclose(
        grid.half_level_weight, constants["half_level_weight"].values, rtol=4e-15
    )
    np.testing.assert_allclose(
        entrainment_profile(ConvectionParameters().maximum_entrainment, grid),
        constants["entrainment_fraction"].values,
        rtol=1e-15,
    )


def test_physical_constants_are_those_of_the_original(golden):
    constants = xr.open_dataset(golden / "physics/constants.nc")
    ours = PhysicalConstants()
    for name, theirs in {
        "gravity": "gravity",
        "reference_pressure": "reference_pressure",
        "specific_heat": "cp",
        "kappa": "akap",
        "gas_constant": "gas_constant",
        "latent_heat": "latent_heat_condensation",
        "stefan_boltzmann": "stefan_boltzmann",
        "lapse_rate": "lapse_rate",
        "surface_emissivity": "surface_emissivity",
        "black_band_fraction": "black_band_fraction",
    }.items():
        assert getattr(ours, name) == float(constants[theirs]), name


@pytest.mark.parametrize(
    "half_levels", [(0.0, 1.0), (0.1, 0.5, 1.0), (0.0, 0.5, 0.9), (0.0, 0.5, 0.5, 1.0)]
)
def test_a_vertical_grid_that_does_not_increase_from_0_to_1_is_rejected(half_levels):
    with pytest.raises(ValueError, match="half_level_sigma must"):
        VerticalGrid(half_levels)


def test_longwave_band_fractions_are_those_of_the_table(golden, port):
    """Seen through the upward pass of a transparent atmosphere: U_b = f_b(T_s) U_s with U_s = 1."""
    process = PROCESSES["longwave_radiation"]
    table = xr.open_dataset(golden / "physics/constants.nc")["longwave_band_fraction"]
    surface_temperature = table["temperature"].values.astype(float)
    columns = len(surface_temperature)
    inputs = {
        "temperature": np.full((columns, 8), 250.0),
        "surface_temperature": surface_temperature,
        "surface_upward_longwave": np.ones(columns),
        "longwave_transmissivity": np.ones((columns, 8, 4)),
        "stratospheric_correction": np.zeros((columns, 2)),
    }
    out = port.run(process, inputs)
    np.testing.assert_array_equal(out["surface_upward_longwave_by_band"], table.values)


#: Parameters that change nothing in the columns at hand, and why.
WITHOUT_EFFECT = {
    "daily_forcing": {
        # The trend of CO2 is switched off in the original.
        "parameters.co2_growth_rate",
        "parameters.co2_reference_year",
    },
    "physics_driver": {
        # The driver is handed the drag factor.
        "parameters.surface_fluxes.orographic_height_scale",
    },
}


@needs_fortran
@pytest.mark.parametrize("name", sorted(PROCESSES))
def test_every_parameter_acts_and_acts_alike(name):
    """One per cent on a parameter is seen in the Fortran, and changes JAX in the same way."""
    process = PROCESSES[name]
    # The edge of a small region is met by few columns.
    number = 60_000 if name == "slab_constants" else 4000
    inputs = sample(process, number, seed=21)
    moved = {k: jnp.asarray(np.moveaxis(v, 0, -1)) for k, v in inputs.items()}
    function = getattr(importlib.import_module(f"jcm.{process.package}.{name}"), name)
    sets = {
        argument.name: argument.default
        for argument in inspect.signature(function).parameters.values()
        if isinstance(argument.default, ParameterSet)
    }
    compiled = jax.jit(lambda values, arrays: function(**arrays, **values))
    before = kernels.run(process, inputs)
    silent = set()
    for key, value in kernels.parameters(process).items():
        changed = 1.01 * value if value else 0.01
        after = kernels.run(process, inputs, parameters={key: changed})
        if all(np.array_equal(after[k], before[k], equal_nan=True) for k in before):
            silent.add(key)
        group, *path = key.split(".")
        if group not in sets:
            continue
        ours = compiled({**sets, group: _replaced(sets[group], path, changed)}, moved)._asdict()
        for variable in process.outputs:
            expected = after[variable.name]
            found = np.moveaxis(np.asarray(ours[variable.name]), -1, 0)
            # A moved constant may put a column on a gate: a few may take another branch.
            scale = np.nanquantile(np.abs(expected), 0.99) or 1.0
            different = np.abs(found - expected) > 1e-9 * np.maximum(scale, np.abs(expected))
            columns = different.reshape(len(expected), -1).any(axis=1).sum()
            assert columns <= 0.0025 * number, (
                f"{name}, {key}: {variable.name} differs in {columns} columns"
            )
    silent = {key for key in silent if not key.startswith("constants.")}
    assert silent == WITHOUT_EFFECT.get(name, set())


def _replaced(values: ParameterSet, path: list[str], number: float) -> ParameterSet:
    if len(path) == 1:
        return dataclasses.replace(values, **{path[0]: number})
    inner = _replaced(getattr(values, path[0]), path[1:], number)
    return dataclasses.replace(values, **{path[0]: inner})
