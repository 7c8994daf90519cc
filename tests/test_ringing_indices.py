"""Spectra, regions and indices of ringing on any grid."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.resolution import Resolution
from reference.errors import InputError
from validation.climate import ringing as reference_grid
from validation.climate.reference import read_stored_climate
from validation.ringing import selftest
from validation.ringing.indices import Index, Place, field_indices, ringing_index, ringing_indices
from validation.ringing.measure import jackknife_error
from validation.ringing.regions import OPEN, REGIONS, Geography, observed_on
from validation.ringing.selftest import self_test
from validation.ringing.source import source_of
from validation.ringing.sphere import Sphere, spectrum
from validation.ringing.transects import LENGTH, lines


def sphere_of(name):
    resolution = Resolution.named(name)
    grid = GaussianGrid.exact(resolution.longitudes, resolution.latitudes)
    return Sphere.of(grid.latitude_degrees, grid.longitude_degrees, resolution.truncation)


def speedy_sphere():
    grid = GaussianGrid.speedy()
    return Sphere.of(grid.latitude_degrees, grid.longitude_degrees)


SPHERES = {
    "speedy": speedy_sphere(),
    "T31": sphere_of("T31"),
    "T63": sphere_of("T63"),
    "TL63": sphere_of("TL63"),
    "regular with poles": Sphere.of(np.arange(-90.0, 90.1, 2.5), np.arange(0.0, 360.0, 2.5)),
    "regular": Sphere.of(np.arange(-89.0, 90.0, 2.0), np.arange(1.0, 361.0, 2.0), 42),
}


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


def drawn_coefficients(sphere, seed):
    random = np.random.default_rng(seed)
    size = sphere.truncation + 1
    drawn = np.triu(
        random.standard_normal((size, size)) + 1j * random.standard_normal((size, size))
    )
    drawn[0].imag = 0.0
    return drawn


@pytest.mark.parametrize("name", SPHERES)
@given(seed=st.integers(0, 50))
def test_a_field_within_the_truncation_is_found_again(name, seed):
    sphere = SPHERES[name]
    drawn = drawn_coefficients(sphere, seed)
    field = sphere.synthesis(drawn)
    assert sphere.coefficients(field) == pytest.approx(drawn, abs=1e-9)


@pytest.mark.parametrize("name", ["T31", "T63", "TL63"])
def test_power_sums_to_the_mean_square(name):
    sphere = SPHERES[name]
    drawn = drawn_coefficients(sphere, 3)
    square = sphere.synthesis(drawn) ** 2
    assert spectrum(drawn).sum() == pytest.approx(sphere.row_weight @ square.mean(axis=-1))


@pytest.mark.parametrize("name", SPHERES)
def test_rows_weigh_like_the_sphere_and_the_mean_does_not_leak(name):
    sphere = SPHERES[name]
    assert sphere.row_weight.sum() == pytest.approx(1.0, abs=1e-12)
    power = spectrum(sphere.coefficients(np.full(sphere.shape, 1e5)))
    assert power[0] == pytest.approx(1e10)
    assert power[1:].max() < 1e-10


def test_bands_are_those_of_the_specification_at_30():
    sphere = SPHERES["speedy"]
    assert sphere.truncation == 30
    assert (sphere.tail(), sphere.upper()) == (slice(25, 31), slice(25, 31))
    assert (sphere.law(), sphere.last()) == (slice(8, 21), slice(28, 31))


@pytest.mark.parametrize(
    ("latitude", "longitude", "message"),
    [
        (np.arange(-60.0, 61.0, 2.5), np.arange(0.0, 360.0, 2.5), "expected the whole sphere"),
        (np.arange(-90.0, 91.0, 2.5), np.arange(0.0, 180.0, 2.5), "not equally spaced around"),
        (np.arange(-90.0, 91.0, 45.0), np.arange(0.0, 360.0, 2.5), "at least 8 and 16"),
    ],
)
def test_grids_that_do_not_cover_the_sphere_are_refused(latitude, longitude, message):
    with pytest.raises(InputError, match=message):
        Sphere.of(latitude, longitude)


def test_a_truncation_that_the_grid_cannot_hold_is_refused():
    grid = GaussianGrid.speedy()
    with pytest.raises(InputError, match="truncation 60 does not go with 96 longitudes"):
        Sphere.of(grid.latitude_degrees, grid.longitude_degrees, 60)


def test_regions_on_the_original_grid_are_the_stored_ones(stored):
    weight = Geography.of(SPHERES["speedy"]).weight
    for region in (*REGIONS, OPEN):
        expected = stored.spectra[f"mask_{region}"].values.astype(bool)
        differing = int(np.sum((weight[region] > 0.0) != expected))
        assert differing == 0, f"{region}: {differing} points differ"


@pytest.mark.parametrize("name", ["T63", "regular"])
def test_regions_cover_the_same_area_on_other_grids(name):
    def area(sphere):
        geography = Geography.of(sphere)
        rows = sphere.row_weight[:, None] / sphere.shape[1]
        return {r: float(np.sum(rows * (w > 0.0))) for r, w in geography.weight.items()}

    expected, found = area(SPHERES["speedy"]), area(SPHERES[name])
    for region in (*REGIONS, OPEN):
        # How much of a coast is sea depends on the points; the Himalaya has eight.
        bound = 0.5 if region == "himalaya" else 0.25
        assert found[region] == pytest.approx(expected[region], rel=bound), region


@pytest.mark.parametrize("field", ["precipitation", "surface_pressure", "evaporation"])
def test_indices_are_those_of_the_climate_comparison(stored, field):
    """Two programs for the original's grid: this one for any grid, that one for its own."""
    regions = reference_grid.Regions.of(stored.spectra)
    place = Place.of(SPHERES["speedy"], surface_geopotential=reference_grid.surface_geopotential())
    for season in range(3):
        values = stored.climate.maps[field].values[season]
        expected = reference_grid.indices(values, regions)
        found = field_indices(values, place)
        for index, value in expected.items():
            assert found[index] == pytest.approx(value, rel=1e-9), f"season {season}, {index}"


def test_indices_of_the_climatology_are_the_printed_ones(stored):
    found = ringing_indices(stored.climate)
    compared = 0
    for key, printed in stored.ringing.items():
        if key in found and np.isfinite(printed.deviation):
            off = abs(found[key].value - printed.mean)
            assert off <= printed.rounding + 1.5 * printed.deviation, f"{key}: {found[key].value}"
            compared += 1
    assert compared > 200


def test_spectral_indices_do_not_depend_on_the_grid(stored):
    """The same field on a grid of twice the points, cut off at the same truncation."""
    coarse, fine = SPHERES["T31"], SPHERES["T63"]
    fine = Sphere.of(fine.latitude, fine.longitude, 31)
    values = stored.climate.maps["precipitation"].values[0]
    spectral = coarse.coefficients(values)
    places = [Place.of(sphere) for sphere in (coarse, fine)]
    on_coarse, on_fine = (
        field_indices(place.sphere.synthesis(spectral), place) for place in places
    )
    for index in ("E", "p", "frac", "end"):
        assert on_fine[index] == pytest.approx(on_coarse[index], rel=1e-9), index
    # Amplitudes, as far as the points of a region stand for its area.
    for index, bound in (("A_open", 0.05), ("A_antarctica", 0.2), ("X_andes", 0.4)):
        assert on_fine[index] == pytest.approx(on_coarse[index], rel=bound), index


@pytest.mark.parametrize("name", ["speedy", "T63", "regular"])
def test_alternation_of_a_wave_is_its_amplitude_and_of_a_bowl_is_none(name):
    sphere = SPHERES[name]
    sea = np.ones(sphere.shape, bool)
    bowl = np.broadcast_to(sphere.latitude[:, None] ** 2, sphere.shape)
    for region, there in lines(sphere, sea).items():
        columns = region in ("himalaya", "antarctica")
        spacing = there.rows if columns else there.columns
        step = int(abs(spacing[0, 1] - spacing[0, 0]))
        index = np.arange(sphere.shape[0 if columns else 1]) // step
        wave = 3.0 * (-1.0) ** index
        field = np.broadcast_to(wave[:, None] if columns else wave, sphere.shape)
        if columns:
            strength, frequency = there.alternation(field)
            assert strength == pytest.approx(3.0), region
            assert frequency == pytest.approx(1.0), region
        assert there.alternation(bowl) == (0.0, 0.0), region
        assert there.weight.sum() == pytest.approx(1.0)


@pytest.mark.parametrize("name", ["speedy", "T63"])
def test_lines_lie_at_sea_and_are_not_longer_than_stated(name):
    sphere = SPHERES[name]
    geography = Geography.of(sphere)
    for region, there in lines(sphere, geography.sea).items():
        assert len(there.starts) >= 4, region
        assert geography.sea[there.rows, there.columns].all(), region
        north = np.radians(sphere.latitude[there.rows])
        east = np.radians(sphere.longitude[there.columns])
        first, last = (0, -1)
        cosine = np.sin(north[:, first]) * np.sin(north[:, last]) + np.cos(
            north[:, first]
        ) * np.cos(north[:, last]) * np.cos(east[:, first] - east[:, last])
        assert 6371.0 * np.arccos(np.clip(cosine, -1, 1)).max() <= LENGTH, region


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(1).standard_normal(7)
    left_out = np.array([np.delete(values, i).mean() for i in range(7)])
    expected = values.std(ddof=1) / np.sqrt(7)
    assert jackknife_error(left_out) == pytest.approx(expected)
    assert np.isnan(jackknife_error(left_out[:1]))


@pytest.mark.parametrize("name", [*SPHERES, "T21", "T106", "TC31"])
def test_every_index_passes_its_self_test(name):
    sphere = SPHERES.get(name) or sphere_of(name)
    tests = self_test(Place.of(sphere))
    assert len(tests) >= 20
    assert not [test.in_words() for test in tests if not test.passed]


def test_an_index_that_sees_smooth_fields_fails_its_self_test(monkeypatch):
    def with_rms(field, place):
        return {**field_indices(field, place), "rms": field.std(axis=(-2, -1))}

    monkeypatch.setattr(selftest, "field_indices", with_rms)
    failed = [test.index for test in self_test(Place.of(SPHERES["speedy"])) if not test.passed]
    assert failed == ["rms"]


def test_an_index_that_does_not_see_the_step_fails_its_self_test(monkeypatch):
    def blind(field, place):
        return {**field_indices(field, place), "E": np.zeros(len(field))}

    monkeypatch.setattr(selftest, "field_indices", blind)
    failed = [test.index for test in self_test(Place.of(SPHERES["speedy"])) if not test.passed]
    assert failed == ["E"]


def test_the_ringing_index_is_the_ratio_of_the_tails(stored):
    found = ringing_indices(stored.climate)
    doubled = {
        key: Index(2.0 * index.value, index.error) if key[2].startswith("A_") else index
        for key, index in found.items()
    }
    assert ringing_index(found, found) == pytest.approx(1.0)
    assert ringing_index(doubled, found) == pytest.approx(2.0)
    assert np.isnan(ringing_index({}, found))


def test_the_observed_field_is_exact_on_its_own_grid():
    altitude = observed_on(SPHERES["speedy"], "surface_altitude")
    assert altitude.max() == pytest.approx(5016.867, abs=1e-3)


def test_a_dataset_without_coordinates_is_refused():
    with pytest.raises(InputError, match="no coordinate latitude"):
        source_of(xr.Dataset({"precipitation": ("x", np.zeros(3))}))
