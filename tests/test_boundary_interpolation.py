"""Boundary data on any grid: what the interpolation keeps, and what a model is given."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.interpolation import Interpolation, global_mean
from jcm.boundary.orography import Orography
from jcm.boundary.preparation import masked_sst_anomaly, prepare_boundary_fields
from jcm.boundary.raw import DATA_FOLDER, read_climatology
from jcm.boundary.setups import aquaplanet, flat_orography
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.resolution import Resolution
from jcm.formulation import CORRECTED
from jcm.model.boundary import ModelBoundary

SOURCE = GaussianGrid.exact(96, 48)
#: Coarser and finer ones, close to the source and far from it.
SIZES = (16, 64, 88, 104, 128, 192, 320)
GRIDS = {size: GaussianGrid.exact(size, size // 2) for size in SIZES}
#: Observed fields and what they stand for.
WEIGHTS = {
    "surface_altitude": None,
    "land_area_fraction": None,
    "surface_albedo": None,
    "high_vegetation_area_fraction": None,
    "land_surface_temperature": "land",
    "surface_snow_amount": "land",
    "sea_surface_temperature": "sea",
    "sea_ice_area_fraction": "sea",
}
ROUNDING = 1e-13

sizes = st.sampled_from(SIZES)
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def observed():
    climatology = read_climatology()
    return {
        name: climatology[name].transpose(..., "longitude", "latitude").values.astype(float)
        for name in WEIGHTS
    }


@pytest.fixture(scope="module")
def on_grid():
    """Prepared fields by resolution."""
    prepared: dict[str, BoundaryFields] = {}

    def get(name: str) -> BoundaryFields:
        if name not in prepared:
            resolution, grid = grid_of(name)
            prepared[name] = prepare_boundary_fields(grid=grid, truncation=resolution.truncation)
        return prepared[name]

    return get


def grid_of(name):
    resolution = Resolution.named(name)
    return resolution, GaussianGrid.exact(resolution.longitudes, resolution.latitudes)


def weight_of(observed, name):
    land = observed["land_area_fraction"]
    return {"land": land, "sea": 1.0 - land, None: None}[WEIGHTS[name]]


@given(sizes, st.floats(-1e4, 1e4), seeds)
def test_a_constant_stays_constant(size, value, seed):
    weight = np.random.default_rng(seed).choice([0.0, 0.3, 1.0], (96, 48))
    interpolation = Interpolation(SOURCE, GRIDS[size])
    field = np.full((2, 96, 48), value)
    np.testing.assert_array_equal(np.ptp(interpolation(field)), 0.0)
    weighted = interpolation(field, weight)
    known = interpolation(weight) > 0.0
    np.testing.assert_allclose(weighted[:, known], value, rtol=1e-15, atol=0.0)
    assert np.isnan(weighted[:, ~known]).all()


@given(sizes, seeds, st.booleans())
def test_integral_and_range_are_kept(size, seed, is_weighted):
    rng = np.random.default_rng(seed)
    field = rng.normal(rng.normal(), 1.0, (3, 96, 48)) ** 3
    weight = rng.uniform(size=(96, 48)) * rng.integers(0, 2, (96, 48)) if is_weighted else None
    target = GRIDS[size]
    interpolation = Interpolation(SOURCE, target)
    result = interpolation(field, weight)
    if weight is None:
        weight, target_weight = np.ones((96, 48)), np.ones(result.shape[1:])
    else:
        target_weight = interpolation(weight)
    before = global_mean(weight * field, SOURCE)
    after = global_mean(np.where(target_weight > 0.0, target_weight * result, 0.0), target)
    np.testing.assert_allclose(after, before, rtol=0.0, atol=ROUNDING * np.abs(field).max())
    known, inside = weight > 0.0, target_weight > 0.0
    assert result[:, inside].min() >= field[:, known].min()
    assert result[:, inside].max() <= field[:, known].max()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", WEIGHTS)
def test_observed_fields_keep_integral_and_range(observed, name, size):
    field, weight, target = observed[name], weight_of(observed, name), GRIDS[size]
    interpolation = Interpolation(SOURCE, target)
    result = interpolation(field, weight)
    source_weight = np.ones((96, 48)) if weight is None else weight
    target_weight = np.ones(result.shape[-2:]) if weight is None else interpolation(weight)
    known, inside = source_weight > 0.0, target_weight > 0.0
    before = global_mean(np.where(known, source_weight * field, 0.0), SOURCE)
    after = global_mean(np.where(inside, target_weight * result, 0.0), target)
    np.testing.assert_allclose(after, before, rtol=ROUNDING, err_msg=f"integral of {name}")
    low, high = field[..., known].min(axis=-1), field[..., known].max(axis=-1)
    assert (result[..., inside] >= low[..., None]).all(), f"{name} below its range"
    assert (result[..., inside] <= high[..., None]).all(), f"{name} above its range"
    assert np.isnan(result[..., ~inside]).all()


@given(seeds)
def test_missing_values_are_not_read(seed):
    rng = np.random.default_rng(seed)
    field, weight = rng.normal(size=(96, 48)), rng.uniform(size=(96, 48))
    weight[rng.uniform(size=(96, 48)) < 0.5] = 0.0
    holes = np.where(weight > 0.0, field, np.nan)
    for size in (64, 128):
        interpolation = Interpolation(SOURCE, GRIDS[size])
        np.testing.assert_array_equal(interpolation(holes, weight), interpolation(field, weight))


@given(seeds)
def test_grid_of_the_same_size_changes_nothing(seed):
    field = np.random.default_rng(seed).normal(size=(2, 96, 48))
    field[0, 3, 4] = np.nan
    for source in (SOURCE, GaussianGrid.speedy()):
        result = Interpolation(source, SOURCE)(field)
        np.testing.assert_array_equal(result, field)
        assert result is not field


def test_means_over_whole_cells_are_those_of_the_cells():
    """Three cells of 96 longitudes make one of 32, shifted by a cell."""
    field = np.random.default_rng(5).normal(size=(96, 1)) * np.ones((96, 48))
    result = Interpolation(SOURCE, GaussianGrid.exact(32, 16))(field)
    rows = field[:, 0]
    expected = (np.roll(rows, 1) + rows + np.roll(rows, -1))[::3] / 3.0
    np.testing.assert_allclose(result, expected[:, None] * np.ones((1, 16)), rtol=1e-12)


@pytest.mark.parametrize("size", [128, 192, 320])
def test_a_finer_field_is_continuous(size):
    """A step does not become blocks: between neighbours it changes by a part of the step only."""
    field = np.zeros((96, 48))
    field[20:40, 10:30] = 1.0
    result = Interpolation(SOURCE, GRIDS[size])(field)
    largest = max(np.abs(np.diff(result, axis=axis)).max() for axis in (0, 1))
    assert largest <= 1.02 * 96 / size, f"jump of {largest:.3f} between neighbours"


def test_a_smooth_field_is_met_closely():
    def smooth(grid):
        λ = np.radians(grid.longitude_degrees)[:, None]
        return grid.sine_latitude + grid.cosine_latitude**2 * np.cos(2.0 * λ)

    for size in SIZES:
        # Second order in the wider of the two spacings.
        tolerance = 1.5 * (2.0 * np.pi / min(size, 96)) ** 2
        error = np.abs(Interpolation(SOURCE, GRIDS[size])(smooth(SOURCE)) - smooth(GRIDS[size]))
        place = np.unravel_index(error.argmax(), error.shape)
        assert error.max() < tolerance, f"{error.max():.4f} off at {place} of {size} longitudes"


def test_target_finer_in_one_direction_only_is_refused():
    with pytest.raises(ValueError, match="96 x 48 points cannot be interpolated to 128 x 32"):
        Interpolation(SOURCE, GaussianGrid.exact(128, 32))


@pytest.mark.parametrize("name", ["T21", "T31", "T42", "TL63", "T85"])
def test_fields_of_every_resolution_are_complete_and_in_range(on_grid, name):
    fields = on_grid(name)
    shape = grid_of(name)[1].longitudes, grid_of(name)[1].latitudes
    for field in dataclasses.fields(fields):
        values = getattr(fields, field.name)
        assert values.shape[-1] == shape[1]
        assert np.isfinite(values).all(), f"{field.name} is not finite"
    assert fields.land_mask.shape == shape
    np.testing.assert_allclose(fields.land_fraction + fields.sea_fraction, 1.0, rtol=1e-15)
    on_land, on_sea = fields.land_mask == 1, fields.sea_mask == 1
    assert (on_land | on_sea).all()
    np.testing.assert_array_equal(on_land, fields.land_fraction_raw >= 0.1)
    for values, mask, low, high in (
        (fields.land_temperature_monthly, on_land, 211.5, 314.7),
        (fields.sea_surface_temperature_monthly, on_sea, 236.6, 307.3),
        (fields.snow_depth_monthly, on_land, 0.0, 10000.01),
        (fields.soil_water_availability_monthly, on_land, 0.0, 1.0),
        (fields.sea_ice_fraction_monthly, on_sea, 0.0, 1.0),
    ):
        assert values[:, mask].min() >= low
        assert values[:, mask].max() <= high
    for values, mask, neutral in (
        (fields.land_temperature_monthly, on_land, 273.0),
        (fields.sea_surface_temperature_monthly, on_sea, 273.0),
        (fields.snow_depth_monthly, on_land, 0.0),
        (fields.sst_anomaly_window_initial, on_sea, 0.0),
    ):
        assert (values[:, ~mask] == neutral).all()


@pytest.mark.parametrize("name", ["T21", "T42", "T85"])
def test_climate_of_the_surface_is_that_of_the_data(on_grid, name):
    fields, reference = on_grid(name), prepare_boundary_fields()
    grid = grid_of(name)[1]
    speedy = GaussianGrid.speedy()
    for field, tolerance in (
        ("land_fraction_raw", 1e-12),
        ("bare_land_albedo", 1e-12),
        ("surface_geopotential_unfiltered", 1e-9),
        ("land_fraction", 2e-3),
    ):
        found = global_mean(getattr(fields, field), grid)
        expected = global_mean(getattr(reference, field), speedy)
        assert abs(found - expected) <= tolerance, f"{field}: mean {found}, data {expected}"
    for field, weight, tolerance in (
        ("land_temperature_monthly", "land_fraction", 0.3),
        ("sea_surface_temperature_monthly", "sea_fraction", 0.3),
    ):
        found, expected = (
            global_mean(getattr(f, field) * getattr(f, weight), g)
            / global_mean(getattr(f, weight), g)
            for f, g in ((fields, grid), (reference, speedy))
        )
        worst = np.abs(found - expected).max()
        assert worst <= tolerance, f"{field}: monthly mean {worst:.3f} K off"


def test_points_of_the_exact_grid_of_speedys_size_are_those_of_the_data(on_grid):
    fields, reference = on_grid("T31"), prepare_boundary_fields()
    for name in (
        "surface_geopotential_unfiltered",
        "land_fraction",
        "bare_land_albedo",
        "land_temperature_monthly",
        "soil_water_availability_monthly",
        "sea_surface_temperature_monthly",
        "sst_anomaly_window_initial",
    ):
        np.testing.assert_array_equal(getattr(fields, name), getattr(reference, name), name)
    apart = np.degrees(np.abs(fields.latitude_radians - reference.latitude_radians))
    assert 0.0 < apart.max() < 0.06


def test_speedys_grid_may_be_named(on_grid):
    by_default = prepare_boundary_fields()
    named = prepare_boundary_fields(grid=GaussianGrid.speedy(), truncation=30)
    for field in dataclasses.fields(by_default):
        np.testing.assert_array_equal(
            getattr(named, field.name), getattr(by_default, field.name), field.name
        )


def test_model_boundary_takes_grid_orography_and_truncation(on_grid):
    _, grid = grid_of("T42")
    boundary = ModelBoundary.observed(
        grid=grid, truncation=42, orography=Orography.named("tapered"), dtype=np.float32
    )
    assert boundary.sst_anomaly.shape == (420, 128, 64)
    assert boundary.sst_anomaly.dtype == np.float32
    np.testing.assert_array_equal(
        boundary.sst_anomaly[35:38], boundary.fields.sst_anomaly_window_initial
    )
    assert (boundary.sst_anomaly[:, boundary.fields.sea_mask == 0] == 0.0).all()
    truncated = on_grid("T42").surface_geopotential
    assert np.ptp(boundary.fields.surface_geopotential) < np.ptp(truncated)
    np.testing.assert_array_equal(
        boundary.fields.land_mask, on_grid("T42").land_mask.astype(np.float32)
    )


def test_anomalies_keep_their_integral_over_the_sea():
    land = read_climatology()["land_area_fraction"].values.T.astype(float)
    _, grid = grid_of("T42")
    everywhere = np.ones((128, 64))
    sea = Interpolation(SOURCE, grid)(1.0 - land)
    fine = masked_sst_anomaly([7, 228], everywhere)
    coarse = masked_sst_anomaly([7, 228], np.ones((96, 48)))
    after = global_mean(np.where(sea > 0.0, sea * fine, 0.0), grid)
    np.testing.assert_allclose(after, global_mean((1.0 - land) * coarse, SOURCE), rtol=1e-12)


def test_idealised_setups_work_on_any_grid(on_grid):
    fields = on_grid("T42")
    assert fields.horizontal() is grid_of("T42")[1]
    water = aquaplanet(fields, "zonal_mean_climatology")
    assert water.sea_mask.all()
    assert water.ocean_damping_factor.min() > 0.9
    np.testing.assert_array_equal(
        water.latitude_degrees_sea_model, fields.latitude_degrees_sea_model
    )
    assert not flat_orography(fields).surface_geopotential.any()
    dataset = fields.to_dataset()
    assert (dataset.sizes["longitude"], dataset.sizes["latitude"]) == (128, 64)
    bounds = dataset.longitude_bounds.values
    np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])


def test_fields_know_their_grid():
    assert prepare_boundary_fields(dtype=np.float32).horizontal() is GaussianGrid.speedy()
    corrected = prepare_boundary_fields(formulation=CORRECTED)
    assert corrected.horizontal(CORRECTED) is GaussianGrid.speedy(CORRECTED)
    assert corrected.horizontal() is SOURCE


def test_grid_too_coarse_for_the_truncation_is_refused():
    with pytest.raises(ValueError, match=r"truncation is 48, expected 1 to at most 47 on a grid"):
        prepare_boundary_fields(grid=SOURCE, truncation=48)


def test_missing_value_is_named_on_other_grids_too(tmp_path):
    climatology = read_climatology()
    climatology["land_surface_temperature"][3, 2, 5] = np.nan
    climatology.to_netcdf(tmp_path / "climatology.nc")
    (tmp_path / "sst_anomaly.nc").symlink_to(DATA_FOLDER / "sst_anomaly.nc")
    with pytest.raises(ValueError, match=r"land_temperature_monthly is missing at index \(3, "):
        prepare_boundary_fields(folder=tmp_path, grid=GRIDS[128], truncation=42)
