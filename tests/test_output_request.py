"""The catalogue of output variables and what a request refuses."""

from __future__ import annotations

import csv
import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.output.catalogue import VARIABLES, lookup
from jcm.output.request import OutputRequest


def test_second_moments_belong_to_variables_of_the_same_kind():
    for variable in VARIABLES.values():
        for name in variable.moment_of:
            assert lookup(name).kind == variable.kind, variable.name
            assert not lookup(name).moment_of, variable.name


def test_every_entry_is_complete_and_fluxes_say_their_sign():
    for name, variable in VARIABLES.items():
        assert variable.name == name
        assert variable.units
        assert variable.long_name
        flux = variable.units in ("W m-2", "N m-2", "mm day-1", "kg m-2 s-1")
        if flux:
            assert "positive" in variable.long_name, f"{name} does not say which way is positive"


def test_units_are_those_of_the_reference_climate(golden):
    with open(golden / "climate" / "global_means.csv") as file:
        units = {row["variable"]: row["unit"] for row in csv.DictReader(file)}
    units["snow_depth"] = units["snow_depth"].replace("mm", "kg m-2")  # of liquid water: the same
    shared = VARIABLES.keys() & units.keys()
    assert len(shared) >= 40
    wrong = {name: (VARIABLES[name].units, units[name]) for name in shared}
    assert not {name: pair for name, pair in wrong.items() if pair[0] != pair[1]}


@pytest.mark.parametrize("name", sorted(VARIABLES))
def test_names_are_found(name):
    assert lookup(name).name == name
    with pytest.raises(ValueError, match=f"nearest is '{name}'"):
        lookup(name + "_")


@given(st.text())
def test_any_other_name_is_refused_with_one_that_exists(name):
    if name in VARIABLES:
        return
    with pytest.raises(ValueError, match="nearest is") as error:
        lookup(name)
    assert str(error.value).rsplit("'", 2)[1] in VARIABLES


def test_cell_methods():
    temperature = lookup("temperature")
    assert temperature.cell_methods("mean", 40) == "time: mean (interval: 240 minutes)"
    assert temperature.cell_methods("snapshot", 40) == "time: point"
    variance = lookup("precipitation_variance")
    assert variance.cell_methods("mean", 40) == "time: variance (interval: 40 minutes)"
    land = lookup("snow_depth")
    assert land.cell_methods("snapshot", 40) == "area: mean where land time: point"
    covariance = lookup("eastward_northward_wind_covariance").cell_methods("mean", 40)
    assert covariance.startswith("time: mean (interval: 240 minutes comment: of the product")


def test_lengths_of_periods():
    def steps(every):
        return OutputRequest(variables=("temperature",), every=every).steps_per_period

    assert steps("day") == 36
    assert steps(datetime.timedelta(hours=6)) == 9
    assert steps(5) == 5
    assert steps("month") is None


def test_requests_are_hashable_and_take_lists():
    request = OutputRequest(variables=["temperature"], pressure_levels=[500, 250])
    assert request == OutputRequest(variables=("temperature",), pressure_levels=(500.0, 250.0))
    assert len({request, request}) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"variables": ()}, "variables is empty"),
        ({"variables": "temperature"}, "sequence of names, got 'temperature'"),
        ({"variables": ("temprature",)}, "no output variable 'temprature'.*'temperature'"),
        ({"variables": ("temperature", "temperature")}, "names 'temperature' twice"),
        ({"statistic": "snap"}, "statistic must be 'snapshot' or 'mean', got 'snap'"),
        ({"vertical": "presure"}, "vertical must be 'pressure' or 'sigma', got 'presure'"),
        ({"every": "months"}, "every must be 'month' or 'day'.*got 'months'"),
        ({"every": 0}, "positive number of time steps, got 0"),
        ({"every": True}, "positive number of time steps, got True"),
        ({"every": 1.5}, "positive number of time steps, got 1.5"),
        ({"every": datetime.timedelta(hours=1)}, "multiple of the time step of 40 minutes"),
        ({"every": datetime.timedelta(0)}, "multiple of the time step of 40 minutes"),
        ({"vertical": "pressure", "pressure_levels": ()}, "pressure_levels is empty"),
        ({"pressure_levels": (500.0, -1.0)}, r"pressure_levels\[1\] is -1, expected hPa"),
        ({"pressure_levels": (50000.0,)}, r"pressure_levels\[0\] is 50000, expected hPa"),
        ({"pressure_levels": (500.0, float("nan"))}, r"pressure_levels\[1\] is nan"),
        ({"pressure_levels": (500.0, 700.0, 300.0)}, "increase or decrease throughout"),
        ({"pressure_levels": (500.0, 500.0)}, "increase or decrease throughout"),
        (
            {"variables": ("temperature_variance",), "statistic": "snapshot"},
            "temperature_variance is a second moment",
        ),
        ({"variables": ("sigma_dot",), "vertical": "pressure"}, "sigma_dot is a velocity through"),
    ],
)
def test_what_makes_no_sense_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        OutputRequest(**{"variables": ("temperature",)} | arguments)
