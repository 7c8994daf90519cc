"""Names, units, axes and levels of a port: there and back nothing is lost, and there is right."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.sampling import sample
from validation.porting.layout import LEVELS, Layout, VariableLayout

CONVECTION, RADIATION = PROCESSES["convection"], PROCESSES["longwave_radiation"]


def _theirs(variable, **said):
    process = CONVECTION
    columns = sample(process, 4, seed=3)
    layout = Layout(inputs={variable: VariableLayout(**said)})
    found = layout.inputs_for(process, columns, "float64")
    return columns[variable], found[said.get("name", variable)]


@pytest.mark.parametrize(
    ("variable", "units", "factor"),
    [
        ("specific_humidity", "kg kg-1", 1e-3),
        ("specific_humidity", "kg/kg", 1e-3),
        ("specific_humidity", "1", 1e-3),
        ("dry_static_energy", "kJ kg-1", 1e-3),
        ("normalized_surface_pressure", "Pa", 1e5),
        ("normalized_surface_pressure", "hPa", 1e3),
    ],
)
def test_units_are_converted(variable, units, factor):
    ours, theirs = _theirs(variable, units=units)
    np.testing.assert_allclose(theirs, factor * ours, rtol=1e-14)


def test_a_temperature_is_converted_with_its_zero():
    columns = sample(RADIATION, 3, seed=1)
    layout = Layout(inputs={"temperature": VariableLayout(units="degC", name="t")})
    found = layout.inputs_for(RADIATION, columns, "float64")["t"]
    np.testing.assert_allclose(found, columns["temperature"] - 273.15, rtol=1e-12)


def test_scale_and_offset():
    ours, theirs = _theirs("specific_humidity", scale=-2.0, offset=5.0)
    np.testing.assert_allclose(theirs, -2.0 * ours + 5.0, rtol=1e-15)


def test_axes_and_levels_are_turned():
    ours, theirs = _theirs("specific_humidity", axes=("level", "column"), levels="bottom_up")
    np.testing.assert_array_equal(theirs, ours[:, ::-1].T)


@given(
    levels=st.sampled_from(["top_down", "bottom_up"]),
    first=st.integers(-1, 2),
    none=st.one_of(st.none(), st.integers(20, 30)),
    axes=st.sampled_from([None, ("level", "column"), ("column", "level")]),
    units=st.sampled_from([None, "kg m-2 s-1"]),
)
def test_outputs_come_back_as_they_were(levels, first, none, axes, units):
    """Their outputs, made of ours by hand, are ours again."""
    rng = np.random.default_rng(5)
    top = rng.integers(2, 9, size=6).astype(np.int32)
    flux, rain = rng.normal(size=(6, LEVELS)), rng.random(6)
    position = LEVELS - 1 - top if levels == "bottom_up" else top
    nothing = first + LEVELS if none is None else none
    their_flux = flux[:, ::-1] if levels == "bottom_up" else flux
    common = {"levels": levels, "first_level": first, "none": none, "axes": axes}
    layout = Layout(
        outputs={
            "convective_precipitation": VariableLayout(units=units, name="rain", **common),
        },
        default=VariableLayout(**common),
    )
    found = layout.outputs_from(
        CONVECTION,
        {
            "convection_top_level": np.where(top == LEVELS, nothing, position + first),
            "convective_dry_static_energy_flux": (
                their_flux.T if axes == ("level", "column") else their_flux
            ),
            "rain": rain * (1e-3 if units else 1.0),
        },
    )
    np.testing.assert_array_equal(found["convection_top_level"], top)
    np.testing.assert_array_equal(found["convective_dry_static_energy_flux"], flux)
    np.testing.assert_allclose(found["convective_precipitation"], rain, rtol=1e-14)


def test_bands_keep_their_place():
    columns = sample(PROCESSES["physics_driver"], 3, seed=2)
    layout = Layout(default=VariableLayout(axes=("band", "level", "column"), levels="bottom_up"))
    with pytest.raises(InputError, match="lack 'stratospheric_term'"):
        layout.inputs_for(PROCESSES["physics_driver"], columns, "float64")
    axes = ("band", "stratospheric_term", "level", "column")
    layout = Layout(default=VariableLayout(axes=axes, levels="bottom_up"))
    found = layout.inputs_for(PROCESSES["physics_driver"], columns, "float32")
    ours = columns["longwave_transmissivity_in"]
    np.testing.assert_array_equal(
        found["longwave_transmissivity_in"],
        np.transpose(ours[:, ::-1], (2, 1, 0)).astype(np.float32),
    )


def test_a_unit_of_another_kind_is_refused():
    with pytest.raises(InputError, match=r"specific_humidity is in 'g kg-1', .* 'm s-1'"):
        _theirs("specific_humidity", units="m s-1")
    with pytest.raises(InputError, match="cannot be converted to 'furlongs per'"):
        _theirs("specific_humidity", units="furlongs per")
