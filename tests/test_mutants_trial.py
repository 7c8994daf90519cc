"""Faults planted into the running model: caught by whom they should be, gone afterwards."""

import ast
import dataclasses
import json
import re
import time
from pathlib import Path

import jax
import pytest
from typer.testing import CliRunner

from reference import kernels
from reference.errors import InputError
from validation.mutants.__main__ import app
from validation.mutants.explanations import explanation_of, read_explanations
from validation.mutants.listing import all_mutants, sources
from validation.mutants.planting import ImportGraph
from validation.mutants.report import Score, write_page
from validation.mutants.run import WorkerError, try_all
from validation.mutants.store import Entry, Store
from validation.mutants.trial import CAUGHT, SURVIVED, UNREACHED, Bench, Verdict, in_time

GOLDEN = Path(__file__).parent / "golden"
needs_fortran = pytest.mark.skipif(not kernels.available(), reason="derivatives of the Fortran")


@pytest.fixture(scope="module")
def modules():
    return sources()


@pytest.fixture(scope="module")
def mutants(modules):
    return all_mutants(modules)


@pytest.fixture(scope="module")
def bench():
    with jax.disable_jit(), jax.enable_x64(True):
        yield Bench(GOLDEN)


def _one(mutants, module, kind, words=""):
    return next(m for m in mutants if m.module == module and m.kind == kind and words in m.name)


@pytest.mark.parametrize(
    ("kind", "module", "words"),
    [
        ("constant", "jcm.physics.large_scale_condensation", "relaxation_time"),
        ("index", "jcm.physics.large_scale_condensation", "_threshold.σ"),
        ("comparison", "jcm.physics.large_scale_condensation", "q[k] > limit"),
        ("term", "jcm.surface.land_model", "anomaly + heating"),
        ("extremum", "jcm.physics.large_scale_condensation", "gates.minimum"),
        (
            "unit",
            "jcm.physics.large_scale_condensation",
            "condensation/unit/specific_humidity",
        ),
        ("one_in_three", "jcm.physics.physics_driver", "temperature_tendency_condensation"),
    ],
)
def test_a_fault_of_each_kind_is_caught_by_columns(bench, mutants, modules, kind, module, words):
    mutant = _one(mutants, module, kind, words)
    verdict = bench.try_out(mutant, modules[module])
    assert (verdict.status, verdict.by) == (CAUGHT, "columns"), mutant.name
    assert not verdict.raised, verdict.why


@needs_fortran
def test_a_stop_gradient_is_caught_by_gradients(bench, mutants, modules):
    module = "jcm.surface.land_model"
    mutant = _one(mutants, module, "stop_gradient", "net_surface_heat_flux_land")
    verdict = bench.try_out(mutant, modules[module])
    assert (verdict.status, verdict.by) == (CAUGHT, "gradients"), verdict


def test_a_fault_that_raises_is_caught_and_said_to_raise(bench, mutants, modules):
    module = "jcm.physics.large_scale_condensation"
    mutant = _one(mutants, module, "term", "column_sink")
    broken = dataclasses.replace(mutant, change=lambda _: ast.parse("1 / 0", mode="eval").body)
    verdict = bench.try_out(broken, modules[module])
    assert verdict.status == CAUGHT
    assert verdict.raised


def test_the_model_is_itself_again_afterwards(modules, mutants):
    import jcm.physics.convection as before
    from jcm.model import stepping

    mutant = _one(mutants, before.__name__, "constant", "relaxation_time")
    value = before.ConvectionParameters().relaxation_time
    graph = ImportGraph()
    with graph.planted(mutant.module, modules[mutant.module].code(mutant)):
        from jcm.model.parameters import ModelParameters
        from jcm.physics.convection import ConvectionParameters

        assert ConvectionParameters().relaxation_time == pytest.approx(1.01 * value)
        planted = ModelParameters().physics.convection.relaxation_time
        assert planted == pytest.approx(1.01 * value), "a module that uses it was not replaced"
    import jcm.model.stepping as stepping_after
    import jcm.physics.convection as after

    assert after is before
    assert stepping_after is stepping
    assert after.ConvectionParameters().relaxation_time == value


def test_a_module_taken_from_its_package_is_the_planted_one(modules, mutants):
    """`from package import module` finds what the package holds, whatever `sys.modules` says."""
    from jcm.dynamics import spectral_operators as before

    mutant = _one(mutants, before.__name__, "constant")
    with ImportGraph().planted(mutant.module, modules[mutant.module].code(mutant)):
        from jcm.dynamics import spectral_operators as planted
    from jcm.dynamics import spectral_operators as after

    assert planted is not before
    assert after is before


def test_what_hangs_is_stopped():
    def hang():
        with in_time(0.05):
            while True:
                pass

    with pytest.raises(Exception, match=r"no answer after computing for 0\.05 s"):
        hang()
    with in_time(0.05):
        pass
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass


def _entry(mutant, modules, status=SURVIVED, by="", why=""):
    verdict = Verdict(status, by, why=why, shows_in=("convection",) * (status == SURVIVED))
    return Entry(mutant.name, modules[mutant.module].fingerprint, "2001-02-03", verdict)


def test_verdicts_are_read_again_unless_the_source_changed(tmp_path, modules, mutants):
    store = Store(tmp_path / "verdicts.jsonl")
    first, second = mutants[0], mutants[-1]
    store.add(first, modules[first.module], Verdict(CAUGHT, "columns"))
    store.add(second, modules[second.module], Verdict(SURVIVED, shows_in=("clouds",)))
    found = store.read(modules, mutants)
    assert found[first.name].verdict == Verdict(CAUGHT, "columns")
    assert found[second.name].verdict.shows_in == ("clouds",)
    text = (tmp_path / "verdicts.jsonl").read_text()
    other = text.replace(modules[first.module].fingerprint, "0" * 16)
    (tmp_path / "verdicts.jsonl").write_text(other)
    assert first.name not in store.read(modules, mutants)


def test_a_broken_last_line_is_passed_over_and_a_broken_file_refused(tmp_path, modules, mutants):
    path = tmp_path / "verdicts.jsonl"
    store = Store(path)
    mutant = mutants[0]
    store.add(mutant, modules[mutant.module], Verdict(UNREACHED))
    path.write_text(path.read_text() + '{"name": "phy')
    assert list(store.read(modules, mutants)) == [mutant.name]
    path.write_text('{"name": "phy\n' + path.read_text())
    with pytest.raises(InputError, match="line 1 is not a verdict"):
        store.read(modules, mutants)


def test_unexplained_survivors_are_counted_and_told(tmp_path, modules, mutants):
    first, second, third = mutants[:3]
    entries = {
        first.name: _entry(first, modules, CAUGHT, "columns"),
        second.name: _entry(second, modules),
        third.name: _entry(third, modules, UNREACHED),
    }
    score = Score(mutants, entries, {})
    assert [m.name for m in score.unexplained] == [second.name]
    assert (score.total.tried, score.total.reaching, score.total.fast) == (3, 2, 1)
    assert score.total.share == pytest.approx(0.5)
    explained = Score(mutants, entries, {second.name: "It has a reason."})
    assert not explained.unexplained
    write_page(explained, tmp_path / "page.md")
    page = (tmp_path / "page.md").read_text()
    assert "It has a reason." in page
    assert "not explained" not in page
    assert f"3 of\n{len(mutants)} mutants tried" in page


def test_explanations_are_sentences_about_mutants_that_exist(mutants, tmp_path):
    table = read_explanations()
    for key in table:
        assert any(explanation_of(m.name, {key: table[key]}) for m in mutants), key
    (tmp_path / "bad.toml").write_text('"a/b" = "no sentence"\n')
    with pytest.raises(InputError, match="not a sentence"):
        read_explanations(tmp_path / "bad.toml")


def test_the_command_tries_and_goes_on(tmp_path, mutants):
    mutant = _one(mutants, "jcm.surface.land_model", "term", "anomaly + heating")
    results = tmp_path / "verdicts.jsonl"
    options = ["--only", mutant.name, "--workers", "1", "--results", str(results)]
    options += ["--golden", str(GOLDEN)]
    runner = CliRunner()
    first = runner.invoke(app, options)
    assert first.exit_code == 0, first.output
    assert "1 mutants to try" in first.output
    (line,) = results.read_text().splitlines()
    assert json.loads(line)["verdict"]["by"] == "columns"
    second = runner.invoke(app, options)
    assert second.exit_code == 0, second.output
    assert "to try" not in second.output


def test_bad_requests_are_told(tmp_path, modules, mutants):
    runner = CliRunner()
    for options, words in (
        (["--kind", "typo"], "--kind is typo, expected one of constant"),
        (["--share", "0"], "--share is 0, expected a number above 0"),
        (["--workers", "0"], "--workers is 0"),
        (["--only", "nothing/*"], "no mutant has such a name"),
    ):
        done = runner.invoke(app, options)
        assert done.exit_code == 2, done.output
        assert re.search(words, " ".join(done.output.split())), done.output
    with pytest.raises(WorkerError, match="does not exist"):
        try_all(
            [_one(mutants, "jcm.surface.land_model", "term")],
            modules,
            Store(tmp_path / "verdicts.jsonl"),
            golden=tmp_path / "nowhere",
            workers=1,
            announce=lambda mutant, verdict: None,
        )
