"""The judgement of `jcm-validate dynamics` fed with wrong numbers: it must notice each of them."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pytest
import xarray as xr

from reference.errors import InputError
from validation.dynamics.comparison import Tolerance, compare_bits, compare_field
from validation.dynamics.files import Field, GoldenFile, date_in
from validation.dynamics.rms import rms_eastward_wind, rms_temperature
from validation.dynamics.runs import COLD_START, Start

START = Start(COLD_START, datetime.datetime(1982, 1, 1), datetime.datetime(1982, 1, 1), None)
TOLERANCE = Tolerance(value=1e-12, source="test")


def spectral(bits=None, seed=0):
    """A field of eight levels, each ten times smaller than the one below."""
    random = np.random.default_rng(seed)
    size = 10.0 ** -np.arange(8.0)[:, None, None]
    values = size * (random.normal(size=(8, 31, 32)) + 1j * random.normal(size=(8, 31, 32)))
    return Field("temperature", values, ("level", "m", "n"), "K", bits)


def compare(expected, found, precision="float64", **more):
    return compare_field(
        expected,
        found,
        process="test",
        implementation="port",
        precision=precision,
        tolerance=TOLERANCE,
        **more,
    )


def test_the_same_field_passes_with_margin_zero():
    field = spectral()
    comparison = compare(field, field.values.copy())
    assert comparison.passed
    assert comparison.margin == 0


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda v: None, "gives no output temperature"),
        (lambda v: v[:, :, :-1], r"shape \(8, 31, 31\)"),
        (lambda v: v.swapaxes(-1, -2), "the last two axes exchanged"),
        (lambda v: v.real, "float64, expected complex"),
        (lambda v: v.astype(np.complex64), "complex64, expected complex"),
        (lambda v: np.where(np.arange(32) == 3, np.nan, v), "gives nan .* n 3"),
        (lambda v: np.where(np.arange(31)[:, None] == 2, np.inf, v), "gives inf .* m 2"),
    ],
)
def test_what_cannot_be_compared_falls_short_with_a_reason(damage, words):
    field = spectral()
    comparison = compare(field, damage(field.values.copy()))
    assert not comparison.passed
    assert comparison.margin == math.inf
    assert comparison.as_record()["reason"] == comparison.measure.reason
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(comparison.measure.reason)


def test_swapped_levels_fall_short_and_the_place_is_named():
    field = spectral()
    comparison = compare(field, field.values[[1, 0, *range(2, 8)]])
    assert not comparison.passed
    record = comparison.as_record()
    assert record["worst"]["level"] in (0, 1)
    assert {"m", "n"} <= record["worst"]["index"].keys()
    worst = record["worst"]
    assert worst["difference"] == worst["value"] - worst["expected"]


def test_exchanged_wavenumbers_fall_short():
    field = spectral()
    exchanged = field.values.copy()
    exchanged[:, :, :31] = exchanged[:, :, :31].swapaxes(1, 2)
    assert not compare(field, exchanged).passed


def test_a_wrong_sign_of_the_imaginary_part_falls_short():
    field = spectral()
    comparison = compare(field, field.values.conj())
    assert not comparison.passed
    assert comparison.measure.worst.part == "imaginary"


@pytest.mark.parametrize(("bits", "rounding"), [(None, 0.0), (40, 2.0**-41)])
def test_the_tolerance_is_sharp_and_includes_the_storage(bits, rounding):
    field = spectral(bits)
    maximum = max(np.abs(field.values.real).max(), np.abs(field.values.imag).max())
    limit = (TOLERANCE.value + rounding) * maximum
    within, beyond = field.values.copy(), field.values.copy()
    # At a coefficient that is zero, so that the difference is the number itself.
    field.values[7, 0, 0] = within[7, 0, 0] = beyond[7, 0, 0] = 0.0
    within[7, 0, 0] = limit * (1 - 1e-15)
    beyond[7, 0, 0] = np.nextafter(limit, math.inf) * (1 + 1e-15)
    assert compare(field, within).passed
    comparison = compare(field, beyond)
    assert not comparison.passed, comparison.measure
    assert comparison.storage_rounding == rounding
    assert ("mantissa" in comparison.tolerance_source) == (bits is not None)


def test_a_zero_field_must_be_zero():
    field = Field("vorticity", np.zeros((8, 31, 32), complex), ("level", "m", "n"), "s-1")
    assert compare(field, field.values.copy()).passed
    wrong = field.values.copy()
    wrong[3, 4, 5] = 1e-300
    comparison = compare(field, wrong)
    assert not comparison.passed
    assert comparison.measure.worst.index == {"level": 3, "m": 4, "n": 5}


def test_whole_numbers_must_be_equal():
    field = Field("mask", np.ones((31, 32), dtype=np.int32), ("m", "n"), "1")
    assert compare(field, np.ones((31, 32), dtype=bool)).passed
    wrong = np.ones((31, 32), dtype=np.int64)
    wrong[5, 6] = 2
    comparison = compare(field, wrong)
    assert not comparison.passed
    assert comparison.tolerance == 0


def test_the_place_on_the_grid_is_told_in_degrees():
    field = Field("wind", np.zeros((48, 8)), ("latitude", "longitude_subset"), "m s-1")
    wrong = field.values.copy()
    wrong[10, 3] = 1.0
    coordinates = {"latitude": np.linspace(-87, 87, 48), "longitude_subset": 45.0 * np.arange(8)}
    worst = compare(field, wrong, coordinates=coordinates).measure.worst
    assert worst.longitude == 135.0
    assert worst.latitude == coordinates["latitude"][10]


def bits(expected, found):
    return compare_bits(
        expected, found, process="restart", implementation="port", precision="float64",
        reference="itself",
    )  # fmt: skip


def test_bit_for_bit_means_every_bit():
    field = spectral()
    assert bits(field, field.values.copy()).passed
    last_bit, sign_of_zero = field.values.copy(), field.values.copy()
    last_bit[2, 3, 4] = np.nextafter(last_bit[2, 3, 4].real, 9.0) + 1j * last_bit[2, 3, 4].imag
    assert not bits(field, last_bit).passed
    field.values[0, 0, 0] = 0.0
    sign_of_zero[0, 0, 0] = complex(0.0, -0.0)
    assert not bits(field, sign_of_zero).passed


# Golden files.


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "dynamics").mkdir()
    return tmp_path


def write(folder, **variables):
    data = {f"{name}_{part}": (("m", "n"), values) for name, both in variables.items()
            for part, values in zip(("real", "imaginary"), both, strict=True)}  # fmt: skip
    xr.Dataset(data).to_netcdf(folder / "dynamics" / "file.nc")
    return GoldenFile(folder, "dynamics/file.nc")


def test_parts_become_a_complex_field(folder):
    file = write(folder, scalar=(np.ones((2, 3)), 2 * np.ones((2, 3))))
    np.testing.assert_array_equal(file.field("scalar").values, np.full((2, 3), 1 + 2j))
    assert file.field("scalar").bits is None


def test_a_golden_file_with_a_hole_is_refused(folder):
    hole = np.ones((2, 3))
    hole[1, 2] = np.nan
    file = write(folder, scalar=(np.ones((2, 3)), hole))
    with pytest.raises(InputError, match=r"scalar_imaginary is nan at index \(1, 2\)"):
        file.field("scalar")
    with pytest.raises(InputError, match="lacks variable curl_real"):
        file.field("curl")
    with pytest.raises(InputError, match="lacks dimension case"):
        file.size("case")


def test_how_many_bits_were_stored_is_read_from_the_file(golden):
    file = GoldenFile(golden, "dynamics/cold_start.nc")
    assert file.field("temperature_mid").bits == 40
    assert file.field("temperature_early").bits is None
    trajectory = GoldenFile(golden, "dynamics/trajectory_dynamics_only.nc")
    assert trajectory.field("vorticity").storage_rounding == 2.0**-45


def test_a_date_is_found_in_a_sentence():
    assert date_in("cold start 1982-01-01 00:00", "x") == datetime.datetime(1982, 1, 1)
    with pytest.raises(InputError, match="expected a date"):
        date_in("some day", "attribute dates")
    with pytest.raises(InputError, match="expected a date"):
        date_in("1982-13-01 00:00", "attribute dates")


# Root mean squares.


def test_a_degree_everywhere_is_a_degree():
    warm = np.zeros((8, 31, 32), complex)
    warm[4, 0, 0] = math.sqrt(2.0)
    rms = rms_temperature(warm, np.zeros_like(warm))
    np.testing.assert_allclose(rms, np.arange(8) == 4, atol=1e-6)


def test_solid_rotation_has_the_wind_that_belongs_to_it():
    # u = U cos φ has the vorticity 2 U sin φ / a; sin φ = √(2/3) P(0, 1), and ⟨cos² φ⟩ = 2/3.
    state = {name: np.zeros((8, 31, 32), complex) for name in ("vorticity", "divergence")}
    state["vorticity"][2, 0, 1] = 2.0 * 10.0 / 6.371e6 * math.sqrt(2.0 / 3.0)
    rest = {name: np.zeros_like(values) for name, values in state.items()}
    rms = rms_eastward_wind(state, rest)
    assert rms[2] == pytest.approx(10.0 * math.sqrt(2.0 / 3.0), rel=1e-4)
    assert rms[[0, 1, 3]].max() == 0
