import pytest
from hypothesis import given
from hypothesis import strategies as st

from jcm.constants import PhysicalConstants
from jcm.dynamics.dinosaur_core import make_dinosaur_core
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.planet import Planet
from jcm.dynamics.resolution import Resolution
from jcm.vertical_grid import VerticalGrid


@pytest.mark.parametrize(
    ("name", "longitudes", "kind"),
    [
        *(("T21", 64, "quadratic"), ("T30", 96, "quadratic"), ("T31", 96, "quadratic")),
        *(("T42", 128, "quadratic"), ("T63", 192, "quadratic"), ("T85", 256, "quadratic")),
        *(("T106", 320, "quadratic"), ("T170", 512, "quadratic"), ("T213", 640, "quadratic")),
        *(("T340", 1024, "quadratic"), ("T425", 1280, "quadratic"), ("TL63", 128, "linear")),
        *(("TL255", 512, "linear"), ("TC79", 320, "cubic"), ("TC23", 96, "cubic")),
    ],
)
def test_resolutions_have_their_customary_grids(name, longitudes, kind):
    found = Resolution.named(name)
    assert (found.longitudes, found.latitudes, found.grid_kind) == (
        longitudes,
        longitudes // 2,
        kind,
    )


@given(truncation=st.integers(5, 850), kind=st.sampled_from(["T", "TL", "TC"]))
def test_grids_hold_the_products_that_their_kind_promises(truncation, kind):
    found = Resolution.named(f"{kind}{truncation}")
    order = {"T": 3, "TL": 2, "TC": 4}[kind]
    assert found.longitudes >= order * truncation + 1
    assert found.longitudes < order * truncation + 9


@pytest.mark.parametrize("name", ["31", "t31", "T4", "T9999", "TQ31", "T31L8", ""])
def test_a_resolution_that_does_not_exist_is_refused_in_a_sentence(name):
    with pytest.raises(ValueError, match="expected"):
        Resolution.named(name)


@pytest.mark.parametrize(
    ("name", "steps"), [("T21", 1), ("T31", 1), ("T42", 2), ("T63", 2), ("T85", 3), ("T425", 14)]
)
def test_the_dynamics_takes_shorter_steps_at_higher_resolution(name, steps):
    assert DinosaurNumerics().steps_at(Resolution.named(name)) == steps


@pytest.mark.parametrize("name", ["T106", "T425"])
def test_high_resolutions_can_be_made(name):
    planet = Planet.of(DynamicsParameters(), PhysicalConstants())
    layers, numerics = VerticalGrid.speedy(), DinosaurNumerics()
    core = make_dinosaur_core(Resolution.named(name), layers, numerics, planet)
    assert core.horizontal.longitudes == Resolution.named(name).longitudes
    assert core.harmonics.modal_axes[1].max() == Resolution.named(name).truncation + 1


@pytest.mark.parametrize(
    "choice",
    [
        {"integrator": "euler"},
        {"dynamics_steps": 0},
        {"physics_evaluations": "often"},
        {"robert_coefficient": 0.7},
    ],
)
def test_an_unknown_choice_of_numerics_is_refused(choice):
    with pytest.raises(ValueError, match="expected"):
        DinosaurNumerics(**choice)
