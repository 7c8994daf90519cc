"""The items of the attribution: each changes one thing, and the chain ends at the default."""

import dataclasses

import pytest

from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.resolution import Resolution
from jcm.formulation import Formulation
from jcm.model.choices import DEFAULT_OROGRAPHY
from reference.errors import InputError
from validation.attribution.items import (
    CHAIN,
    DEFAULT,
    DEFAULTS,
    FORTRAN,
    ORIGINAL_CORE,
    PUBLISHED,
    SINGLE,
    WITHOUT_EFFECT,
    all_items,
    chosen,
)
from validation.attribution.profile import Profile
from validation.attribution.request import (
    AttributionRequest,
    checked_attribution_request,
    expected_seconds,
)
from validation.climate.model_options import check_option_names
from validation.climate.months import calendar_months

ITEMS = {item.name: item for item in all_items()}
#: Where several things change at once, on purpose.
TOGETHER = {PUBLISHED}


def settings(item):
    """Everything that decides the numbers of a run."""
    options = dict(item.options)
    if item.core == "dinosaur":
        options = {**DEFAULTS, **options}
    return {
        "model": item.model,
        "precision": item.precision,
        "core": item.core,
        **{f"formulation.{name}": value for name, value in item.formulation},
        **options,
    }


def changes(item):
    before, after = settings(ITEMS[item.parent]), settings(item)
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize("name", [name for name, item in ITEMS.items() if item.form == SINGLE])
def test_a_single_change_changes_one_thing(name):
    changed = changes(ITEMS[name])
    assert len(changed) == 1 or (name in TOGETHER and len(changed) > 1), f"{name}: {changed}"


def test_a_link_of_the_chain_changes_one_thing():
    for item in ITEMS.values():
        if item.form == CHAIN and item.name != FORTRAN and item.core == ITEMS[item.parent].core:
            changed = changes(item) - {"model"}
            assert len(changed) <= 1, f"{item.name}: {changed}"


def test_the_chain_leads_from_the_fortran_to_the_default():
    links = [item for item in ITEMS.values() if item.form == CHAIN]
    assert links[0].name == FORTRAN
    assert links[0].parent is None
    assert [item.parent for item in links[1:]] == [item.name for item in links[:-1]]
    assert links[-1].name == DEFAULT
    assert links[-1].options == ()


def test_the_default_is_that_of_the_model():
    numerics = DinosaurNumerics()
    found = {name: getattr(numerics, name) for name in DEFAULTS if hasattr(numerics, name)}
    found["dynamics_steps"] = numerics.steps_at(Resolution.named(DEFAULTS["resolution"]))
    found["diffusion"] = numerics.diffusion.name
    for name in ("orographic_correction", "zonal_drag"):
        found[name] = getattr(numerics.diffusion, name)
    found["orography"] = DEFAULT_OROGRAPHY["dinosaur"]
    assert {name: DEFAULTS[name] for name in found} == found


def test_parents_come_first_and_no_two_runs_are_the_same():
    seen = {}
    for item in ITEMS.values():
        assert item.parent is None or item.parent in seen, item.name
        key = tuple(sorted(settings(item).items()))
        assert key not in seen.values(), f"{item.name} is run twice"
        seen[item.name] = key


def test_every_switch_of_the_formulation_has_an_item_or_a_reason():
    run = {name for item in ITEMS.values() for name, _ in item.formulation}
    switches = {field.name for field in dataclasses.fields(Formulation)}
    assert run | set(WITHOUT_EFFECT) == switches


def test_all_options_are_known_to_the_harness():
    for item in ITEMS.values():
        check_option_names(dict(item.options))


def test_the_name_of_an_item_does_not_decide_the_numbers_of_its_run():
    months = tuple(calendar_months(1982, 12))
    item = ITEMS[ORIGINAL_CORE]
    run = item.run(months)
    other = dataclasses.replace(item, name="another").run(months)
    assert (run.name, other.name) == (ORIGINAL_CORE, "another")
    assert run._settings() == other._settings()


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_what_an_item_is_compared_with_is_run(name):
    found = {item.name: item for item in chosen(all_items(), [name])}
    assert {FORTRAN, name} <= set(found)
    for item in found.values():
        assert item.parent is None or item.parent in found
        if item.form == SINGLE:
            assert item.parent == ITEMS[item.name].parent


def test_a_link_across_left_out_links_tells_all_changes():
    found = {item.name: item for item in chosen(all_items(), [DEFAULT])}
    assert list(found) == [FORTRAN, DEFAULT]
    assert found[DEFAULT].parent == FORTRAN
    for item in ITEMS.values():
        if item.form == CHAIN and item.name != FORTRAN:
            assert item.change in found[DEFAULT].change


def test_the_quick_profile_is_short_and_the_full_one_complete(golden):
    quick = checked(golden, Profile.quick)
    assert (quick.years, quick.spinup_months) == (1, 6)
    assert quick.expected_minutes(2) < 20.0
    assert [month.month for month in quick.months] == [*range(1, 13), *range(1, 7)]
    full = checked(golden, Profile.full)
    assert (full.years, full.spinup_months) == (3, 12)
    assert {item.name for item in full.items()} == set(ITEMS)
    assert any("every_fourth_year" in sentence for sentence in full.remarks())


def test_the_longest_runs_come_first(golden):
    request = checked(golden, Profile.full)
    by_name = {item.name: item for item in request.items()}
    seconds = [expected_seconds(by_name[run.name], 48) for run in request.runs()]
    assert seconds == sorted(seconds, reverse=True)


def checked(golden, profile=Profile.quick, **changed) -> AttributionRequest:
    given = {"only": None, "years": None, "spinup": None, "output": golden / "nowhere", **changed}
    return checked_attribution_request(profile=profile, golden=golden, **given)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"only": ["dinosaur-flat"]}, "did you mean 'dinosaur-flat-orography'"),
        ({"years": 0}, "--years is 0, expected at least 1"),
        ({"spinup": 0.3}, "--spinup is 0.3 years, expected 0 or more, in whole months"),
        ({"spinup": -1.0}, "--spinup is -1.0 years"),
    ],
)
def test_bad_options_are_told_in_a_sentence(golden, changed, message):
    with pytest.raises(InputError) as told:
        checked(golden, **changed)
    assert message in str(told.value)


def test_a_golden_folder_without_a_climate_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds no stored climate"):
        checked(tmp_path)


def test_the_command_line_repeats_the_request(golden):
    request = checked(golden, only=["dinosaur-sil3"], years=2, spinup=0.25)
    words = request.command_line()
    assert "--only dinosaur-sil3 --years 2 --spinup 0.25" in words
