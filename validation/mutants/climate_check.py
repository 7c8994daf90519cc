"""Mutants put to the test of `jcm-validate consistency`: a climate told from three short runs."""

from __future__ import annotations

from pathlib import Path

from validation.mutants.outcome import Outcome, fingerprint_of


class ClimateCheck:
    """The ensemble consistency test in single precision.

    It is the one check that compiles the model, hence the last.

    Attributes:
        name, catcher, roots: as `Check` asks for.
    """

    name = "consistency of the climate"
    catcher = "climate"
    roots = ("jcm.model.model",)

    def __init__(self, golden: Path) -> None:
        self._golden = golden

    def run(self) -> Outcome:
        """See :class:`validation.mutants.outcome.Check`."""
        import jax

        from validation.consistency.compare import compare_consistency
        from validation.consistency.request import checked_consistency_request

        request = checked_consistency_request(
            models=["jax"], precisions=["float32"], golden=self._golden, output=Path("unused")
        )
        with jax.disable_jit(False), jax.enable_x64(False):
            result = compare_consistency(request, lambda text: None)
        case = result.cases[0]
        seen = fingerprint_of({} if case.trio is None else {"scores": case.trio.scores})
        if result.passed:
            return Outcome("", seen)
        words = case.stopped or "the runs do not have the climate of the ensemble"
        return Outcome(f"{self.name}: {words}", seen)
