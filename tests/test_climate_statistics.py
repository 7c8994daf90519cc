"""The statistics of the climate comparison: what they must pass, and what they must catch."""

import dataclasses

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from validation.climate.area import area_mean, area_weight, difference
from validation.climate.climate import Climate, zonal_means
from validation.climate.drift import linear_trend
from validation.climate.judgement import compare_global_means, judge
from validation.climate.months import MONTH_DAYS
from validation.climate.reference import BLOCK_YEARS, half_unit, read_stored_climate
from validation.climate.seasons import season_means
from validation.climate.significance import (
    FALSE_DISCOVERY_RATE,
    false_discovery_mask,
    local_tests,
    probabilities,
)
from validation.climate.statistics import compare_maps, own_yardstick

YEARS = 3.0


@pytest.fixture(scope="module")
def stored(golden):
    return read_stored_climate(golden / "climate")


def member(stored, seed, *, factor=1.0, names=None):
    """Season means drawn about the stored ones with the stored scatter of three-year means."""
    random = np.random.default_rng(seed)
    maps = {}
    for name, mean in stored.climate.maps.data_vars.items():
        deviation = stored.yardstick.season_deviation(name)
        if deviation is None or (names and name not in names):
            continue
        # The mean of twelve years scatters, too.
        scatter = np.sqrt(1.0 + BLOCK_YEARS / stored.climate.years) * deviation.values
        noise = random.standard_normal(mean.shape)
        maps[name] = mean.copy(data=factor * (mean.values + scatter * noise))
    dataset = xr.Dataset(maps)
    return Climate(
        name="member",
        source="drawn",
        maps=dataset,
        zonal=zonal_means(dataset),
        years=YEARS,
        global_means={},
    )


def compared(model, stored):
    return compare_maps(model, stored.climate, stored.yardstick, stored=True)


def changed(model, name, values):
    """The same climate with another field."""
    maps = model.maps.assign({name: model.maps[name].copy(data=values)})
    return dataclasses.replace(model, maps=maps)


def test_a_member_of_the_original_has_ratios_of_about_one(stored):
    fields = [f for f in compared(member(stored, 1), stored) if f.counts]
    ratios = np.array([f.ratio for f in fields])
    assert len(fields) == 192
    assert 0.9 < np.median(ratios) < 1.1, np.median(ratios)
    assert ratios.min() > 0.6, fields[int(ratios.argmin())].label
    assert ratios.max() < 1.6, fields[int(ratios.argmax())].label
    assert judge(fields, []).passed


@pytest.mark.parametrize("years", [1.0, 12.0, 36.0])
def test_the_yardstick_scales_with_the_length_of_the_run(stored, years):
    three = stored.yardstick.of_member("temperature", 3.0).values
    other = stored.yardstick.of_member("temperature", years).values
    expected = np.sqrt((1 / years + 1 / 12) / (1 / 3 + 1 / 12))
    assert other == pytest.approx(expected * three)
    pair = stored.yardstick.of_pair("temperature", years, 3.0).values
    blocks = stored.yardstick.statistics["rms_median_temperature"].values
    assert pair == pytest.approx(np.sqrt((1 / years + 1 / 3) / (2 / 3)) * blocks)


def test_five_noisy_combinations_are_known_and_none_of_them_has_a_map(stored):
    noisy = [
        (name, index)
        for name in stored.yardstick.quantities()
        for index in np.argwhere(stored.yardstick.member_over_spatial(name).values > 0.5)
    ]
    assert len(noisy) == 5
    assert {name for name, _ in noisy} == {"temperature_tendency_boundary_layer"}


def test_a_field_that_is_ten_per_cent_too_large_is_caught(stored):
    verdict = judge(compared(member(stored, 2, factor=1.1), stored), [])
    assert not verdict.passed
    assert verdict.median > 3.0


def test_one_field_that_is_off_is_caught_and_named(stored):
    model = member(stored, 3)
    model = changed(model, "temperature", model.maps["temperature"].values + 0.5)
    verdict = judge(compared(model, stored), [])
    assert not verdict.passed
    assert "temperature" in verdict.where


def test_swapped_seasons_are_caught(stored):
    model = member(stored, 4)
    swapped = dataclasses.replace(model, maps=model.maps.isel(season=[0, 2, 1]))
    verdict = judge(compared(swapped, stored), [])
    assert not verdict.passed
    assert verdict.largest > 10.0


def test_swapped_levels_are_caught(stored):
    model = member(stored, 5)
    values = model.maps["eastward_wind"].values[:, ::-1]
    assert not judge(compared(changed(model, "eastward_wind", values), stored), []).passed


def test_a_value_that_is_not_finite_is_caught_and_placed(stored):
    model = member(stored, 6)
    values = model.maps["precipitation"].values.copy()
    values[1, 7, 11] = np.nan
    fields = compared(changed(model, "precipitation", values), stored)
    verdict = judge(fields, [])
    assert not verdict.passed
    assert "precipitation, djf: 1 values are not finite, the first in row 7" in " ".join(
        verdict.reasons
    )


def test_humidity_where_the_original_has_none_is_caught(stored):
    model = member(stored, 7)
    values = model.maps["specific_humidity"].values.copy()
    values[:, 0] = 1e-3
    fields = compared(changed(model, "specific_humidity", values), stored)
    assert any(f.failure and f.level == 0 for f in fields)
    assert not judge(fields, []).passed


def test_a_missing_quantity_is_caught(stored):
    fields = compared(member(stored, 8), stored)
    assert not judge(fields, [], absent=["evaporation"]).passed


def test_nothing_in_common_does_not_pass(stored):
    assert not judge([], []).passed


def test_a_global_mean_four_standard_errors_off_is_caught(stored):
    reference = stored.climate
    spread = reference.global_means

    def off(scores):
        means = {
            key: dataclasses.replace(
                mean,
                mean=mean.mean
                + scores.get(key, 0.0) * mean.deviation * np.sqrt(1 / YEARS + 1 / mean.years),
                years=YEARS,
            )
            for key, mean in spread.items()
        }
        model = dataclasses.replace(reference, global_means=means)
        return judge(
            compared(member(stored, 9), stored), compare_global_means(model, reference, spread)
        )

    assert off({}).passed
    assert off({("precipitation", None): 2.9}).passed
    assert not off({("precipitation", None): -3.1}).passed
    assert not off({("toa_net_energy", None): 4.0}).passed
    # One profile value of a hundred may well exceed three standard errors.
    assert off({("temperature", 4): 3.05}).passed
    assert not off({("temperature", 4): 8.0}).passed
    assert not off({("precipitation", None): np.nan}).passed


@given(seed=st.integers(0, 1000))
def test_pure_noise_is_hardly_ever_significant(seed):
    random = np.random.default_rng(seed)
    probability = random.random(4608)
    assert false_discovery_mask(probability).mean() < 0.01


def test_the_share_of_false_discoveries_is_controlled():
    random = np.random.default_rng(0)
    rates = []
    for _ in range(50):
        probability = random.random(2000)
        probability[:200] = 1e-9
        rejected = false_discovery_mask(probability)
        assert rejected[:200].all()
        rates.append(rejected[200:].sum() / rejected.sum())
    assert np.mean(rates) < FALSE_DISCOVERY_RATE


def test_members_are_not_stippled_and_real_differences_are(stored):
    names = ("precipitation", "temperature", "surface_pressure")
    model = member(stored, 10, names=names)
    tests = local_tests(model, stored.climate, stored.yardstick)
    assert np.mean([test.rejected for test in tests]) < 0.01
    # Drawn with a known scatter, but tested by Student's t: fewer than 5 % exceed the level.
    assert 0.01 < np.mean([test.exceeding for test in tests]) < 0.06
    pressure = model.maps["surface_pressure"].values.copy()
    pressure[:, :5] += 2000.0
    tests = local_tests(
        changed(model, "surface_pressure", pressure), stored.climate, stored.yardstick
    )
    found = [test for test in tests if test.variable == "surface_pressure"]
    assert all(test.stippled[:5].mean() > 0.9 for test in found)
    assert all(test.stippled[10:].mean() < 0.02 for test in found)


def test_a_local_test_needs_scatter():
    deviation = np.array([[1.0, 0.0, 1e-14]])
    found = probabilities(
        np.array([[3.0, 1.0, 1.0]]), np.zeros((1, 3)), deviation, years=(3.0, 3.0)
    )
    assert np.isfinite(found).tolist() == [[True, False, False]]
    # sd √2 for two means of three years: t = 3 / √2 with 11 degrees of freedom.
    assert found[0, 0] == pytest.approx(0.0574, abs=2e-4)


def test_own_years_give_the_same_yardstick(stored):
    random = np.random.default_rng(0)
    years = xr.Dataset(
        {
            "surface_pressure": (
                ("year", "season", "latitude", "longitude"),
                random.standard_normal((8, 3, 48, 96)),
            )
        }
    )
    reference = dataclasses.replace(stored.climate, yearly=years)
    # The difference of means over 3 and 8 years of white noise.
    expected = np.sqrt(1 / 3 + 1 / 8)
    assert own_yardstick(reference, "surface_pressure", 3.0) == pytest.approx(expected, rel=0.02)


def test_seasons_weigh_months_by_their_days():
    months = xr.DataArray(np.arange(1.0, 13.0), dims="month")
    annual, djf, jja = season_means(months).values
    days = np.array(MONTH_DAYS)
    assert annual == pytest.approx((np.arange(1, 13) * days).sum() / 365)
    assert djf == pytest.approx((31 * 1 + 28 * 2 + 31 * 12) / 90)
    assert jja == pytest.approx((30 * 6 + 31 * 7 + 31 * 8) / 92)


@given(shift=st.floats(-10, 10), factor=st.floats(0.1, 10))
def test_measures_of_a_linear_change(shift, factor):
    random = np.random.default_rng(1)
    weight = area_weight()
    field = random.standard_normal((48, 96))
    measures = difference(factor * field + shift, field, weight)
    mean = area_mean(field, weight)
    assert measures.correlation == pytest.approx(1.0)
    assert measures.deviation_ratio == pytest.approx(factor)
    assert measures.bias == pytest.approx((factor - 1) * mean + shift, abs=1e-9)
    squares = measures.bias**2 + measures.centred_rms**2
    assert measures.rms**2 == pytest.approx(squares, rel=1e-6, abs=1e-12)


def test_a_trend_and_its_error():
    time = np.arange(240) / 12.0
    cycle = np.tile(np.sin(2 * np.pi * np.arange(12) / 12), 20)
    noise = 0.1 * np.random.default_rng(2).standard_normal(240)
    trend, error = linear_trend(0.5 * time + 10 * cycle + noise)
    assert abs(trend - 0.5) < 4 * error
    assert error == pytest.approx(0.1 / np.sqrt(240 * 20**2 / 12), rel=0.3)
    drift, uncertainty = linear_trend(10 * cycle + noise)
    assert abs(drift) < 4 * uncertainty


@pytest.mark.parametrize(
    ("text", "unit"),
    [("0.973", 5e-4), ("2.66e+03", 5.0), ("-1", 5e-3), ("661", 0.5), ("0.7", 5e-4)],
)
def test_rounding_of_printed_numbers(text, unit):
    assert half_unit(text) == pytest.approx(unit)
