"""Output, sums, budgets and random patterns on grids that are not SPEEDY's."""

from __future__ import annotations

import dataclasses
import datetime

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import sph_harm_y

from jcm.constants import PhysicalConstants
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.packed_transform import PackedTransform
from jcm.dynamics.packing import pack
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.pattern_synthesis import pattern_synthesis
from jcm.dynamics.planet import Planet
from jcm.dynamics.resolution import Resolution
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.dynamics.state import GridState
from jcm.formulation import CORRECTED, ORIGINAL, Formulation
from jcm.model.accumulation import Selection, no_samples
from jcm.model.configuration import Configuration, DinosaurConfiguration
from jcm.model.diagnostics import shape_of
from jcm.model.ledger import REFERENCE_TEMPERATURE, ledger_stocks
from jcm.model.range import extreme_place
from jcm.output import OutputRequest, OutputWriter, RunDescription, empty_dataset, to_dataset
from jcm.output.catalogue import VARIABLES
from jcm.output.errors import OutputError
from jcm.vertical_grid import VerticalGrid

VERTICAL = VerticalGrid((0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
COLUMNS = GaussianGrid.exact(64, 32)
RUN = RunDescription(
    start_date=datetime.datetime(1982, 1, 1),
    vertical_grid=VERTICAL,
    horizontal=COLUMNS,
    resolution="T21L5",
    core="dinosaur",
    numerics="any",
    history="now",
)
EVERYTHING = tuple(VARIABLES)
REQUESTS = {
    "means": OutputRequest(variables=EVERYTHING),
    "on pressure levels": OutputRequest(
        variables=("temperature", "surface_pressure"),
        vertical="pressure",
        pressure_levels=(850.0, 500.0, 200.0),
    ),
    "snapshots": OutputRequest(
        variables=("sigma_dot", "precipitation"), statistic="snapshot", every=9
    ),
}
SHAPES = {"surface": (32, 64), "level": (5, 32, 64), "half_level": (6, 32, 64)}


def configuration() -> Configuration:
    """T21 with five layers."""
    return Configuration(
        dinosaur=DinosaurConfiguration(
            resolution=Resolution.named("T21"),
            vertical_grid=VERTICAL,
            numerics=DinosaurNumerics(),
            planet=Planet.of(DynamicsParameters(), PhysicalConstants()),
        )
    )


def records(request: OutputRequest, begin: int, number: int) -> tuple[dict, np.ndarray]:
    """Random fields of some days of a run and the steps that they belong to."""
    random = np.random.default_rng(begin)
    template = empty_dataset(request, RUN, np.float32)
    fields = {}
    for name in request.variables:
        *column, rows, points = template[name].shape[1:]
        fields[name] = random.normal(size=(number, *column, points, rows)).astype(np.float32)
    edges = 36 * (begin + np.arange(number + 1))
    periods = np.stack([edges[:-1], edges[1:]], axis=1)
    return fields, periods if request.statistic == "mean" else edges[1:]


@pytest.mark.parametrize("suffix", [".nc", ".zarr"])
@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_file_that_grows_and_is_continued(request_name, suffix, tmp_path):
    request, path = REQUESTS[request_name], tmp_path / f"out{suffix}"
    template = empty_dataset(request, RUN)
    written = []
    for begin, resume in ((0, None), (2, 36 * 2)):
        with OutputWriter.open(path, template, resume_from=resume) as writer:
            fields, steps = records(request, begin, 2)
            writer.append(to_dataset(fields, steps, request, RUN))
            written.append(fields)
    opened = xr.open_zarr(path, consolidated=False) if suffix == ".zarr" else xr.open_dataset(path)
    with opened as found:
        for name in request.variables:
            expected = np.concatenate([fields[name] for fields in written]).swapaxes(-1, -2)
            np.testing.assert_array_equal(found[name].values, expected, err_msg=name)
            on_pressure = request.vertical == "pressure" and VARIABLES[name].kind == "level"
            shape = (3, 32, 64) if on_pressure else SHAPES[VARIABLES[name].kind]
            assert found[name].shape == (4, *shape), name
        assert found.attrs["resolution"] == "T21L5"
        assert found.attrs["core"] == "dinosaur"
        assert found.attrs["numerics"] == "any"


def test_coordinates_are_those_of_the_grid():
    dataset = empty_dataset(REQUESTS["means"], RUN)
    np.testing.assert_array_equal(dataset["latitude"], COLUMNS.latitude_degrees)
    np.testing.assert_array_equal(dataset["longitude"], np.arange(64) * 5.625)
    np.testing.assert_allclose(dataset["level"], VERTICAL.full_level_sigma)
    np.testing.assert_array_equal(dataset["half_level"], VERTICAL.half_level_sigma)
    for name in ("latitude", "longitude", "level"):
        low, high = np.sort(dataset[f"{name}_bounds"].values, axis=1).T
        assert ((low < dataset[name].values) & (dataset[name].values < high)).all(), name
        np.testing.assert_allclose(low[1:], high[:-1], rtol=1e-14, atol=1e-13, err_msg=name)
    # Gaussian quadrature: the mean of the sine's even powers, 1 / (power + 1).
    sine = np.sin(np.radians(dataset["latitude"].values))
    for power in (0, 2, 10, 62):
        mean = float((dataset["area_weight"].values * sine**power).sum())
        assert mean == pytest.approx(1.0 / (power + 1), rel=1e-13), f"sine to the {power}"


def test_fields_of_another_grid_are_refused():
    request = OutputRequest(variables=("temperature",))
    fields = {"temperature": np.zeros((1, 8, 96, 48), np.float32)}
    with pytest.raises(ValueError, match=r"\(1, 8, 96, 48\), expected \(1, 5, 64, 32\)"):
        to_dataset(fields, np.array([[0, 36]]), request, RUN)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"horizontal": GaussianGrid.exact(96, 48)}, r"\(32, 64\), expected \(48, 96\)"),
        ({"vertical_grid": VerticalGrid((0.0, 0.1, 0.4, 0.6, 0.8, 1.0))}, "level"),
        ({"numerics": "others"}, "numerics of its run is 'any', of this run 'others'"),
        ({"resolution": "T21L6"}, "resolution of its run is 'T21L5'"),
    ],
)
def test_a_file_of_another_run_is_not_continued(change, sentence, tmp_path):
    request = REQUESTS["means"]
    OutputWriter.open(tmp_path / "out.nc", empty_dataset(request, RUN)).close()
    template = empty_dataset(request, dataclasses.replace(RUN, **change))
    with pytest.raises(OutputError, match=sentence):
        OutputWriter.open(tmp_path / "out.nc", template, resume_from=0)


@pytest.mark.parametrize("pressure_levels", [(), (850.0, 500.0, 200.0)])
def test_sums_have_the_shapes_of_the_files(pressure_levels):
    names = [name for name in EVERYTHING if VARIABLES[name].kind != "half_level"]
    request = OutputRequest(
        variables=tuple(names),
        vertical="pressure" if pressure_levels else "sigma",
        pressure_levels=pressure_levels or (500.0,),
    )
    template = empty_dataset(request, RUN)
    selection = Selection.of(names, pressure_levels)
    sums = no_samples(selection, configuration(), np.float32)
    for name, total in (sums.total | sums.product).items():
        *column, rows, points = template[name].shape[1:]
        assert total.shape == (points, *column, rows), name
    core = configuration().core
    for variable in VARIABLES.values():
        *column, rows, points = SHAPES[variable.kind]
        assert shape_of(variable, core) == (points, *column, rows), variable.name


@pytest.mark.parametrize(("longitudes", "latitudes"), [(8, 4), (24, 12), (64, 32)])
@given(
    temperature=st.floats(180.0, 320.0),
    pressure_ratio=st.floats(0.5, 1.1),
)
def test_budgets_of_a_uniform_atmosphere(longitudes, latitudes, temperature, pressure_ratio):
    c, columns = PhysicalConstants(), GaussianGrid.exact(longitudes, latitudes)
    levels = jnp.full((longitudes, VERTICAL.levels, latitudes), 1.0)
    maps = levels[:, 0]
    held = ledger_stocks(
        GridState(
            3.0 * levels, 4.0 * levels, temperature * levels, levels, levels, maps * 0.0
        )._replace(log_normalized_surface_pressure=np.log(pressure_ratio) * maps),
        1000.0 * maps,
        jnp.asarray(columns.quadrature_weight / (2.0 * longitudes)),
        constants=c,
        vertical=VERTICAL,
    )
    mass = c.reference_pressure * pressure_ratio / c.gravity
    standard = c.reference_pressure / c.gravity
    enthalpy = c.specific_heat * (temperature * mass - REFERENCE_TEMPERATURE * standard)
    expected = {
        "air_mass": mass - standard,
        "water": 1e-3 * mass,
        "negative_water": 0.0,
        "enthalpy": enthalpy,
        "potential_energy": 1000.0 * mass,
        "kinetic_energy": 12.5 * mass,
    }
    scale = {"air_mass": mass, "enthalpy": c.specific_heat * temperature * mass}
    for name, value in expected.items():
        found = float(getattr(held, name))
        assert abs(found - value) <= 1e-13 * scale.get(name, abs(value)), (
            f"{name} is {found}, expected {value}"
        )


@given(longitude=st.integers(0, 63), level=st.integers(0, 4), latitude=st.integers(0, 31))
def test_the_place_of_an_extreme(longitude, level, latitude):
    field = np.zeros((64, 5, 32))
    field[longitude, level, latitude] = 7.0
    place = extreme_place(field, grid=COLUMNS)
    assert (place.value, place.level) == (7.0, level)
    assert place.longitude == COLUMNS.longitude_degrees[longitude]
    assert place.latitude == COLUMNS.latitude_degrees[latitude]


@pytest.mark.parametrize(
    "formulation",
    [ORIGINAL, CORRECTED, Formulation(latitudes_are_approximate=False)],
    ids=["original", "corrected", "exact latitudes"],
)
def test_patterns_on_the_grid_of_speedy_are_those_of_its_core(formulation):
    coefficients = jax.random.normal(jax.random.key(1), (62, 2, 32))
    transform = SpectralTransform.speedy(formulation)
    found = pattern_synthesis(transform.grid)(coefficients)
    expected = PackedTransform(transform).synthesis(coefficients)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("longitudes", "latitudes"), [(24, 12), (64, 32), (128, 64), (96, 48)])
def test_patterns_are_spherical_harmonics_at_the_points_of_any_grid(longitudes, latitudes):
    """Against SciPy's, which have the Condon-Shortley phase and the norm of the sphere."""
    columns = GaussianGrid.exact(longitudes, latitudes)
    polar, azimuth = np.pi / 2.0 - columns.latitude_radians, np.radians(columns.longitude_degrees)
    for m, l in ((0, 0), (0, 30), (1, 1), (3, 17), (12, 12), (29, 31), (30, 30), (30, 31)):
        coefficients = np.zeros((1, 31, 32), complex)
        coefficients[0, m, l - m] = 0.6 - 0.8j if m else 0.6
        found = pattern_synthesis(columns)(jnp.asarray(pack(coefficients)))[:, 0]
        harmonic = sph_harm_y(l, m, polar[None, :], azimuth[:, None])
        harmonic = (-1.0) ** m * np.sqrt(2.0 * np.pi) * harmonic * coefficients[0, m, l - m]
        expected = harmonic.real * (2.0 if m else 1.0)
        worst = float(np.abs(found - expected).max())
        assert worst <= 1e-12, f"m = {m}, l = {l}: {worst:.2e}"


def test_what_does_not_reach_the_grid_of_speedy_reaches_no_grid():
    coefficients = np.zeros((1, 31, 32), complex)
    coefficients[0, 1:, :] = np.where(np.arange(1, 31)[:, None] + np.arange(32) > 31, 1.0, 0.0)
    coefficients[0, 0] = 1j
    found = pattern_synthesis(COLUMNS)(jnp.asarray(pack(coefficients)))
    np.testing.assert_array_equal(found, 0.0)
