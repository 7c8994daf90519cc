"""The choices of orography: what each filter does to ripples over the sea, and what it leaves."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from jcm.boundary.harmonics import ExactHarmonics, SpeedyHarmonics
from jcm.boundary.interpolation import global_mean
from jcm.boundary.orography import (
    Orography,
    filtered_orography,
    regularized,
    sea_roughness,
    taper_factors,
    with_smoothed_fraction,
)
from jcm.boundary.preparation import prepare_boundary_fields
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.spectral_transform import SpectralTransform
from jcm.formulation import CORRECTED, ORIGINAL

NAMES = ("raw", "truncated", "tapered", "tapered_power", "tapered_lanczos", "regularized")
FILTERS = NAMES[2:]
#: Of l ≤ 5. At T21 Lanczos weights take 8 % of l = 5, the power p = 1 takes 6 %.
LARGE_SCALE_CHANGE = {
    "tapered": 0.01,
    "tapered_power": 0.06,
    "tapered_lanczos": 0.09,
    "regularized": 0.02,
}
#: Name -> harmonics and the arguments of the preparation.
CASES = {
    "T21": (GaussianGrid.exact(64, 32), 21),
    "T31": (GaussianGrid.exact(96, 48), 31),
    "T42": (GaussianGrid.exact(128, 64), 42),
    "T63": (GaussianGrid.exact(192, 96), 63),
}
SMALL = ExactHarmonics(GaussianGrid.exact(32, 16), 10)

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module", params=["SPEEDY", *CASES])
def case(request):
    """Harmonics, observed geopotential and share of sea."""
    if request.param == "SPEEDY":
        harmonics, fields = SpeedyHarmonics(ORIGINAL), prepare_boundary_fields()
    else:
        grid, truncation = CASES[request.param]
        harmonics = ExactHarmonics(grid, truncation)
        fields = prepare_boundary_fields(grid=grid, truncation=truncation)
    return harmonics, fields.surface_geopotential_unfiltered, fields.sea_fraction


def random_coefficients(seed, harmonics=SMALL, largest=None):
    rng = np.random.default_rng(seed)
    l = harmonics.total_wavenumber
    spectral = rng.normal(size=l.shape) + 1j * rng.normal(size=l.shape)
    spectral[0] = spectral[0].real
    return np.where(l <= (harmonics.truncation if largest is None else largest), spectral, 0.0)


@given(seeds)
def test_exact_harmonics_return_every_coefficient(seed):
    spectral = random_coefficients(seed)
    back = SMALL.analysis(SMALL.synthesis(spectral))
    np.testing.assert_allclose(back, spectral, rtol=0.0, atol=1e-13)


@given(seeds)
def test_analysis_is_the_adjoint_of_synthesis(seed):
    """2 <f S(a)> is the inner product of the coefficients of f with a."""
    spectral = random_coefficients(seed)
    field = np.random.default_rng(seed + 1).normal(size=(32, 16))
    products = (SMALL.analysis(field).conj() * spectral).real
    inner = products[0].sum() + 2.0 * products[1:].sum()
    mean = float(global_mean(field * SMALL.synthesis(spectral), SMALL.grid))
    assert abs(2.0 * mean - inner) <= 1e-12 * np.abs(products).sum()


def test_exact_harmonics_are_those_of_the_dynamics_on_the_exact_grid():
    transform = SpectralTransform.speedy(CORRECTED)
    harmonics = ExactHarmonics(transform.grid, 30)
    field = np.random.default_rng(3).normal(size=(96, 48))
    expected = transform.truncate(transform.analysis(field))
    np.testing.assert_allclose(harmonics.analysis(field), expected[:, :31], rtol=0.0, atol=1e-14)
    np.testing.assert_allclose(
        harmonics.synthesis(expected[:, :31]), transform.synthesis(expected), rtol=0.0, atol=1e-12
    )


def test_truncated_is_the_orography_of_the_original(golden):
    with xr.open_dataset(golden / "surface/boundary_fields.nc") as file:
        expected = file["surface_geopotential"].values.T
    fields = prepare_boundary_fields(orography=Orography.named("truncated"))
    difference = np.abs(fields.surface_geopotential - expected)
    place = np.unravel_index(difference.argmax(), difference.shape)
    assert difference.max() <= 1e-14 * np.abs(expected).max(), f"{difference.max():.2e} at {place}"


@pytest.mark.parametrize("name", NAMES)
def test_global_mean_is_kept(case, name):
    harmonics, observed, sea = case
    filtered = filtered_orography(observed, sea, Orography.named(name), harmonics)
    before, after = (float(global_mean(field, harmonics.grid)) for field in (observed, filtered))
    # SPEEDY's latitudes are not quite Gaussian: its transform does not quite return the mean.
    tolerance = 2e-3 if isinstance(harmonics, SpeedyHarmonics) else 1e-12
    assert abs(after - before) <= tolerance * before


@pytest.mark.parametrize("name", FILTERS)
def test_filters_take_ripples_from_the_sea_and_leave_large_scales(case, name):
    harmonics, observed, sea = case
    before = harmonics.analysis(observed)
    after = harmonics.analysis(filtered_orography(observed, sea, Orography.named(name), harmonics))
    left = sea_roughness(after, sea, harmonics) / sea_roughness(before, sea, harmonics)
    assert left < 0.5, f"{left:.2f} of the roughness over the sea is left"
    large = (harmonics.total_wavenumber <= 5) & (np.abs(before) > 0.0)
    change = np.abs(after - before)[large].max() / np.abs(before)[large].max()
    assert change < LARGE_SCALE_CHANGE[name], f"large scales change by {change:.1%}"


def test_raw_is_what_was_observed(case):
    harmonics, observed, sea = case
    raw = filtered_orography(observed, sea, Orography.named("raw"), harmonics)
    np.testing.assert_array_equal(raw, observed)


@pytest.mark.parametrize("fraction", [0.5, 0.9, 0.97])
def test_regularized_reaches_the_fraction_asked_for(case, fraction):
    harmonics, observed, sea = case
    before = harmonics.analysis(observed)
    after, penalty = with_smoothed_fraction(before, sea, fraction, harmonics)
    reached = 1.0 - sea_roughness(after, sea, harmonics) / sea_roughness(before, sea, harmonics)
    assert abs(reached - fraction) <= 1e-4
    assert penalty > 0.0


def test_regularized_solves_its_equation_and_so_has_the_least_cost():
    sea = (np.random.default_rng(0).uniform(size=(32, 16)) < 0.6).astype(float)
    height, penalty = random_coefficients(1), 20.0
    best = regularized(height, sea, penalty, SMALL)

    def cost(spectral):
        misfit = SMALL.synthesis(spectral - height)
        return float(global_mean(misfit**2, SMALL.grid)) + penalty * float(
            global_mean(sea, SMALL.grid)
        ) * sea_roughness(spectral, sea, SMALL)

    least = cost(best)
    for seed in range(10):
        step = 1e-2 * random_coefficients(100 + seed)
        up, down = cost(best + step), cost(best - step)
        assert up > least
        assert down > least
        assert abs(up - down) <= 1e-6 * (up - least), "the cost has a slope at the solution"


@given(seeds)
def test_regularized_leaves_land_alone_where_there_is_no_sea(seed):
    height = random_coefficients(seed)
    no_sea = np.zeros((32, 16))
    np.testing.assert_allclose(regularized(height, no_sea, 10.0, SMALL), height, rtol=1e-12)
    unchanged, penalty = with_smoothed_fraction(height, no_sea, 0.9, SMALL)
    np.testing.assert_array_equal(unchanged, height)
    assert penalty == 0.0


def test_a_smooth_field_is_left_alone(case):
    """Each filter, with the penalty that the real orography calls for."""
    harmonics, observed, sea = case
    smooth = 1e4 * random_coefficients(7, harmonics, largest=2)
    scale = np.abs(smooth).max()
    for name in ("truncated", *FILTERS[:3]):
        filtered = smooth * taper_factors(Orography.named(name), harmonics)
        if name == "truncated":
            filtered = harmonics.analysis(
                filtered_orography(
                    harmonics.synthesis(smooth), sea, Orography.named(name), harmonics
                )
            )
        change = np.abs(filtered - smooth).max() / scale
        assert change < 0.02, f"{name} changes it by {change:.1%}"
    _, penalty = with_smoothed_fraction(harmonics.analysis(observed), sea, 0.9, harmonics)
    change = np.abs(regularized(smooth, sea, penalty, harmonics) - smooth).max() / scale
    assert change < 0.02, f"regularisation changes it by {change:.1%}"


def test_flat_orography_stays_flat(case):
    harmonics, observed, sea = case
    for name in NAMES:
        flat = filtered_orography(0.0 * observed, sea, Orography.named(name), harmonics)
        np.testing.assert_array_equal(flat, 0.0, err_msg=name)


@given(st.sampled_from(["exponential", "power", "lanczos"]), st.floats(0.01, 1.0))
def test_tapers_fall_from_one_to_their_last_factor(taper, last):
    orography = Orography(kind="tapered", taper=taper, last_factor=last)
    factors = taper_factors(orography, SMALL)
    l = SMALL.total_wavenumber
    by_wavenumber = np.array([factors[0, n] for n in range(11)])
    assert by_wavenumber[0] == 1.0
    assert (np.diff(by_wavenumber) <= 0.0).all()
    assert (by_wavenumber > 0.0).all()
    np.testing.assert_array_equal(factors, np.where(l <= 10, by_wavenumber[np.minimum(l, 10)], 0.0))
    if taper != "lanczos":
        assert by_wavenumber[-1] == pytest.approx(last, rel=1e-12)


def test_exponential_taper_is_that_of_sardeshmukh_and_hoskins():
    """Their n₀ follows from the last factor: S(n) = exp{-[n (n+1) / (n₀ (n₀+1))]^r}."""
    factors = taper_factors(Orography.named("tapered"), SMALL)[0]
    n, r = np.arange(11), 2.0
    scale = 10 * 11 / np.log(10.0) ** (1.0 / r)
    np.testing.assert_allclose(factors, np.exp(-((n * (n + 1) / scale) ** r)), rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_names_give_orographies(name):
    orography = Orography.named(name)
    assert orography.kind == name.split("_")[0]
    assert hash(orography) == hash(Orography.named(name))
    assert Orography() == Orography.named("truncated")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "smooth"}, "kind of the orography is 'smooth', expected one of raw, truncated"),
        ({"taper": "box"}, "taper of the orography is 'box', expected one of exponential"),
        ({"last_factor": 0.0}, "last_factor of the orography is 0.0, expected more than 0"),
        ({"power": -1.0}, "power of the orography is -1.0, expected more than 0"),
        ({"smoothed_fraction": 1.0}, "smoothed_fraction of the orography is 1.0, expected more"),
    ],
)
def test_bad_choices_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        Orography(**arguments)


def test_unknown_name_is_answered_with_a_near_one():
    with pytest.raises(ValueError, match="'regularised' is not known, did you mean 'regularized'"):
        Orography.named("regularised")


@pytest.mark.parametrize("name", NAMES)
def test_preparation_takes_the_choice(name):
    """The drag of mountains follows the orography that the model sees."""
    orography = Orography.named(name)
    fields = prepare_boundary_fields(
        formulation=CORRECTED, grid=CASES["T31"][0], truncation=31, orography=orography
    )
    expected = filtered_orography(
        fields.surface_geopotential_unfiltered,
        fields.sea_fraction,
        orography,
        ExactHarmonics(*CASES["T31"]),
    )
    np.testing.assert_array_equal(fields.surface_geopotential, expected)
    highest = np.unravel_index(expected.argmax(), expected.shape)
    assert fields.orographic_drag_factor[highest] == fields.orographic_drag_factor.max() > 1.5
