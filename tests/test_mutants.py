"""Planted faults: each is one change at one place, and has a name that stays."""

import ast
import collections

import pytest

from validation.mutants.listing import all_mutants, mutants_of, sources
from validation.mutants.operators import OPERATORS
from validation.mutants.run import chosen
from validation.mutants.syntax import changed

SNIPPET = '''
"""A module."""
from jcm.arrays import ColumnField
LEVELS = 8
RATE: Number = literal(2.5, unit="g kg-1", meaning="a rate of 1.5", spec="11")


def rain(humidity: ColumnField, top: IndexField, flag: int, *, gates=HARD) -> ColumnField:
    """At least 3.5 of it."""
    if flag < 0:
        raise ValueError(f"flag is {flag}, expected {0.5 + 1}")
    total = jnp.zeros((4, 5))
    for k in range(1, levels):
        total += humidity[k] - 0.5 * humidity[k + 1]
        total = total.at[-1].add(humidity[-2] * 1000.0)
    raining = (humidity[0] > RATE) & gates.above(total, 7.0, scale=1.0)
    return jnp.where(raining, jnp.maximum(total, 2 * RATE), 0.0)
'''


def _found(kind: str, text: str = SNIPPET) -> list[str]:
    return [m.fault for m in mutants_of("jcm.physics.rain", text) if m.kind == kind]


def _new_sources(kind: str, text: str) -> list[str]:
    tree = ast.parse(text)
    return [
        ast.unparse(changed(tree, m.path, m.change))
        for m in mutants_of("jcm.physics.rain", text)
        if m.kind == kind
    ]


def test_constants_are_those_that_compute():
    """No texts, no refusals, no shapes; whole numbers only where they multiply."""
    assert _found("constant") == [
        "2.5 * 1.01",
        "0.5 * 1.01",
        "1000.0 * 1.01",
        "7.0 * 1.01",
        "1.0 * 1.01",
        "2 * 1.01",
    ]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("constant", "x = 3.0 * y", "x = 3.0300000000000002 * y"),
        ("index", "x = y[3]", "x = y[2]"),
        ("index", "x = y[0]", "x = y[1]"),
        ("index", "x = y[-1]", "x = y[-2]"),
        ("index", "x = y[k]", "x = y[k - 1]"),
        ("index", "for k in range(2):\n    pass", "for k in range(1):\n    pass"),
        ("comparison", "x = y > z", "x = y < z"),
        ("comparison", "x = y >= z", "x = y <= z"),
        ("comparison", "x = y == 1", "x = y != 1"),
        ("comparison", "x = gates.above(y, z, 1)", "x = gates.above(z, y, 1)"),
        ("comparison", "x = jnp.where(b, y, z)", "x = jnp.where(b, z, y)"),
        ("comparison", "x = y & z", "x = y | z"),
        ("term", "x += y", "pass"),
        ("term", "x = x.at[1].add(y)", "x = x"),
        ("extremum", "x = jnp.minimum(y, z)", "x = jnp.maximum(y, z)"),
        ("extremum", "x = gates.maximum(y, z, 1)", "x = gates.minimum(y, z, 1)"),
        ("extremum", "x = gates.positive_part(y, 1)", "x = -gates.positive_part(-y, 1)"),
        ("unit", "x = 1000.0 * y", "x = 1.0 * y"),
        ("unit", "x = exact(6.0, unit='s')", "x = exact(6.0 / 3600.0, unit='s')"),
    ],
)
def test_what_a_fault_does(kind, before, after):
    wanted = ast.unparse(ast.parse(after.replace("exact(6.0 /", "exact((6.0) /")))
    assert wanted in _new_sources(kind, before)


def test_every_operand_of_a_sum_is_dropped():
    assert _new_sources("term", "x = a - b + c") == [
        "x = a - b",
        "x = c",
        "x = a + c",
        "x = -b + c",
    ]


def test_each_input_of_a_process_gets_a_stop_gradient():
    """But whole numbers have no gradient; the docstring stays where it is."""
    assert _found("stop_gradient") == ["stop_gradient on humidity"]
    (text,) = _new_sources("stop_gradient", SNIPPET)
    function = ast.parse(text).body[-1]
    assert ast.get_docstring(function) == "At least 3.5 of it."
    assert "stop_gradient(humidity)" in ast.unparse(function.body[1])


def test_heatings_in_one_step_of_three():
    text = "r = PhysicsDriver(temperature_tendency=a + b * c + d, humidity_tendency=e, other=a + b)"
    assert len(_new_sources("one_in_three", text)) == 4


def test_every_kind_is_found_in_the_model():
    counts = collections.Counter(mutant.kind for mutant in all_mutants())
    assert set(counts) == set(OPERATORS)
    assert min(counts.values()) >= 10, counts


@pytest.mark.parametrize("module", ["jcm.surface.land_model", "jcm.dynamics.geopotential", None])
def test_every_mutant_differs_in_one_place_and_compiles(module):
    """Outside of the changed node not a thing is different."""
    text, path = (sources()[module].text, module) if module else (SNIPPET, "snippet")
    tree = ast.parse(text)
    before = ast.dump(tree)
    marker = ast.Name(id="HERE", ctx=ast.Load())
    for mutant in mutants_of("jcm.physics.rain", text):
        other = changed(tree, mutant.path, mutant.change)
        compile(other, path, "exec")
        assert ast.dump(other) != before, mutant.name
        around = [ast.dump(changed(x, mutant.path, lambda node: marker)) for x in (tree, other)]
        assert around[0] == around[1], mutant.name
    assert ast.dump(tree) == before, "the tree itself was changed"


def test_names_are_unique_and_do_not_move_with_the_lines():
    mutants = all_mutants()
    assert len({mutant.name for mutant in mutants}) == len(mutants)
    moved = "# A comment.\n\n\nUNUSED = None\n" + SNIPPET.replace(
        "total = jnp", "\n    total = jnp"
    )
    names = [m.name for m in mutants_of("jcm.physics.rain", moved)]
    assert names == [m.name for m in mutants_of("jcm.physics.rain", SNIPPET)]


def test_comments_do_not_change_the_fingerprint():
    source = sources()["jcm.physics.clouds"]
    told = type(source)(source.module, source.file, f"{source.text}\n# A remark.\n")
    other = type(source)(source.module, source.file, source.text.replace("0.25", "0.26", 1))
    assert told.fingerprint == source.fingerprint
    assert other.text != source.text
    assert other.fingerprint != source.fingerprint


def test_a_share_is_the_same_every_time_and_holds_all_constants():
    mutants = all_mutants()
    some, more = chosen(mutants, share=0.1), chosen(mutants, share=0.2)
    assert {m.name for m in some} < {m.name for m in more}
    constants = {m.name for m in mutants if m.kind == "constant"}
    assert constants == {m.name for m in some if m.kind == "constant"}
    others = len(mutants) - len(constants)
    assert (len(some) - len(constants)) / others == pytest.approx(0.1, abs=0.03)
    assert [m.kind for m in some[: len(constants)]] == ["constant"] * len(constants)


def test_a_selection_by_name_and_kind():
    found = chosen(all_mutants(), only="physics.clouds/*", kinds=["extremum"])
    assert found
    assert {(m.module, m.kind) for m in found} == {("jcm.physics.clouds", "extremum")}
    name = next(m.name for m in all_mutants() if "[" in m.name and "*" not in m.name)
    assert [m.name for m in chosen(all_mutants(), only=name)] == [name]
