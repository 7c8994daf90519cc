"""What comes out of the gradient checks of column processes, as plain data.

A *triple* is one column, one element of an input (a level of a variable, or a parameter) and one
element of an output. Derivatives are in units of the output per unit of the input. Everything is
NumPy, Python numbers and strings, so that a page or a JSON file can be made of it directly.
"""

from __future__ import annotations

import dataclasses
from typing import Final

import numpy as np

from validation.gradients.taylor import TaylorSummary
from validation.gradients.thresholds import (
    AGREEING_SHARE,
    CLASSIFIED_SHARE,
    DOT_PRODUCT,
    MODES,
    PAIR_FEWEST,
    PAIR_SHARE,
)

#: What a function is like at a point along a direction, in the order of the columns of a table.
#: smooth: both one-sided slopes agree. kink: it is continuous, they differ. jump: it is not
#: continuous at the point. flat: no step changes a single bit. unclassified: see the reason.
CLASSES: Final = ("smooth", "kink", "jump", "flat", "unclassified")
#: Which of the slopes at a kink a derivative takes.
TAKEN: Final = ("left", "right", "between", "neither")


@dataclasses.dataclass(frozen=True)
class ColumnsUsed:
    """Which columns were looked at.

    Attributes:
        real: columns of golden files that were taken from a model run.
        synthetic: columns of golden files that were made, many of them on a gate on purpose.
        drawn: columns drawn from a seed.
        available: columns that the golden files hold.
        seed: of the choice among them and of the drawn ones.
    """

    real: int
    synthetic: int
    drawn: int
    available: int
    seed: int

    @property
    def total(self) -> int:
        """All columns."""
        return self.real + self.synthetic + self.drawn


@dataclasses.dataclass(frozen=True)
class Excluded:
    """A variable that has no derivative, and why."""

    name: str
    role: str  # "input" or "output"
    reason: str


@dataclasses.dataclass(frozen=True)
class Triple:
    """One derivative beside its finite difference.

    Attributes:
        process: name.
        column: "FILE:INDEX" or "samples:SEED:INDEX", as `jcm-validate columns --replay` takes it.
        latitude, longitude: degrees, NaN where the column has no place.
        input: variable or parameter, such as "temperature" or "parameters.relaxation_time".
        input_place: such as "level 3"; empty for a number per column.
        output, output_place: alike.
        kind: one of `CLASSES`.
        reason: why unclassified, or which side a one-sided difference looks at; else empty.
        jax: the derivative under test.
        difference: extrapolated finite difference of the reference; NaN where there is none.
        error_bar: of the difference, same units.
        left, right: one-sided slopes; NaN where there is none.
        value: of the input at the point.
        step: natural size of the input, which steps are multiples of.
    """

    process: str
    column: str
    latitude: float
    longitude: float
    input: str
    input_place: str
    output: str
    output_place: str
    kind: str
    reason: str
    jax: float
    difference: float
    error_bar: float
    left: float
    right: float
    value: float
    step: float

    @property
    def bars(self) -> float:
        """Distance of derivative and difference in error bars; infinite where the bar is 0."""
        distance = abs(self.jax - self.difference)
        if distance == 0:
            return 0.0
        return distance / self.error_bar if self.error_bar > 0 else float("inf")


@dataclasses.dataclass(frozen=True)
class Tally:
    """Triples counted.

    Attributes:
        smooth, kink, jump, flat, unclassified: triples of each class; their sum is `total`.
        one_sided: of the smooth ones, those at an end of the declared range, where only the slope
            towards the inside exists.
        smooth_agreeing: smooth triples whose derivative is within `ERROR_BARS` of the difference.
        flat_agreeing: flat triples whose derivative is as good as zero.
        taken: at kinks, how often the derivative is the left slope, the right one, between them or
            none of these, in the order of `TAKEN`.
        jump_agreeing, jump_compared: jumps whose derivative equals the slope of its own branch, and
            jumps that have such a slope.
        reasons: unclassified triples by reason.
    """

    smooth: int = 0
    kink: int = 0
    jump: int = 0
    flat: int = 0
    unclassified: int = 0
    one_sided: int = 0
    smooth_agreeing: int = 0
    flat_agreeing: int = 0
    taken: tuple[int, int, int, int] = (0, 0, 0, 0)
    jump_agreeing: int = 0
    jump_compared: int = 0
    reasons: dict[str, int] = dataclasses.field(default_factory=dict)

    @property
    def total(self) -> int:
        """All triples."""
        return self.smooth + self.kink + self.jump + self.flat + self.unclassified

    def share(self, kind: str) -> float:
        """Share of the triples that are of class `kind`; NaN if there is none at all."""
        return getattr(self, kind) / self.total if self.total else float("nan")

    @property
    def agreeing_share(self) -> float:
        """Share of the smooth triples that agree; 1 if there is none."""
        return self.smooth_agreeing / self.smooth if self.smooth else 1.0

    def __add__(self, other: Tally) -> Tally:
        sums = {
            field.name: getattr(self, field.name) + getattr(other, field.name)
            for field in dataclasses.fields(self)
            if field.name not in ("taken", "reasons")
        }
        reasons = dict(self.reasons)
        for reason, count in other.reasons.items():
            reasons[reason] = reasons.get(reason, 0) + count
        a, b, c, d = (x + y for x, y in zip(self.taken, other.taken, strict=True))
        return Tally(**sums, taken=(a, b, c, d), reasons=reasons)


@dataclasses.dataclass(frozen=True)
class GateDistance:
    """How far the columns are from the nearest gate when one input moves.

    Distances are in natural sizes of the input; both directions, every element of the input.

    Attributes:
        columns: (column, element) pairs looked at.
        on_gate: pairs whose gates change within the smallest step of a difference.
        beyond: pairs whose gates do not change within the largest step tried.
        farthest: largest step tried, in natural sizes.
        quantiles: smallest distance, and the distances that 1, 10 and 50 per cent of the pairs fall
            below; infinite where that is beyond the largest step.
        nearest: the smallest distance, in words: column, element and what changes there.
    """

    columns: int
    on_gate: int
    beyond: int
    farthest: float
    quantiles: tuple[float, float, float, float]
    nearest: str


@dataclasses.dataclass(frozen=True)
class InputResult:
    """All triples of one input variable or parameter.

    Attributes:
        name: of the variable or parameter.
        kind: "variable" or "parameter".
        units: of a variable; empty for a parameter.
        elements: levels, bands and so on.
        tally: of all columns.
        real: of the columns from a model run, which the thresholds are about.
        median_bar: median over the smooth triples of error bar / |difference|, a measure of how
            sharp the comparison is; NaN if there is none.
        worst: the smooth triple farthest from its difference, in error bars; None if there is none.
        gates: None for a parameter.
    """

    name: str
    kind: str
    units: str
    elements: int
    tally: Tally
    real: Tally
    median_bar: float
    worst: Triple | None
    gates: GateDistance | None


@dataclasses.dataclass(frozen=True)
class LivePair:
    """Whether an output responds to an input, in the reference and in the derivative.

    Attributes:
        input, output: names of variables or parameters.
        reference: "smooth" if some triple has a slope beyond its error bar, "jumps" if the output
            moves, but by jumps or by rounding only, "none" if no step in any column changes a bit.
        derivative: "live" if it is nonzero in some column, else "dead".
        smooth: triples of the pair that are smooth.
        agreeing: smooth ones whose derivative is within `ERROR_BARS` of the difference.
    """

    input: str
    output: str
    reference: str
    derivative: str
    smooth: int = 0
    agreeing: int = 0

    @property
    def passed(self) -> bool:
        """Live where the reference has a slope, dead where it ignores the input."""
        if self.reference == "jumps":
            return True
        return (self.reference == "smooth") == (self.derivative == "live")

    @property
    def beyond(self) -> float:
        """Share of the smooth triples that disagree; 0 if these are but a few."""
        number = self.smooth - self.agreeing
        return number / self.smooth if number > PAIR_FEWEST else 0.0

    @property
    def right(self) -> bool:
        """Whether not more than a few of the smooth derivatives disagree."""
        return self.beyond <= PAIR_SHARE


@dataclasses.dataclass(frozen=True)
class ModeAgreement:
    """Forward against reverse mode.

    Attributes:
        columns: columns of the dot-product test, each with a direction of its own.
        dot_product: largest |<J v, w> - <v, Jᵀ w>| / sum of the absolute terms.
        dot_product_column: where that is.
        jacobian_columns: columns whose complete Jacobian was made in both modes.
        jacobian: largest difference of the two, scaled by natural sizes and relative to the largest
            scaled element of the column's Jacobian.
        jacobian_place: column, input and output where that is.
    """

    columns: int
    dot_product: float
    dot_product_column: str
    jacobian_columns: int
    jacobian: float
    jacobian_place: str

    @property
    def passed(self) -> bool:
        """Whether both are within rounding."""
        return self.dot_product <= DOT_PRODUCT and self.jacobian <= MODES


@dataclasses.dataclass(frozen=True)
class JacobianOfColumn:
    """The complete Jacobian of one column, for a heat map.

    Attributes:
        column: as in :class:`Triple`.
        inputs, outputs: (name, place) of every row and column of the matrices.
        input_sizes, output_sizes: natural sizes; `matrix * input_sizes / output_sizes[:, None]` is
            dimensionless.
        matrix: derivative under test, `(output, input)`.
        difference, error_bar: of the reference, NaN where there is none.
        kinds: indices into `CLASSES`.
    """

    column: str
    inputs: list[tuple[str, str]]
    outputs: list[tuple[str, str]]
    input_sizes: np.ndarray
    output_sizes: np.ndarray
    matrix: np.ndarray
    difference: np.ndarray
    error_bar: np.ndarray
    kinds: np.ndarray


@dataclasses.dataclass(frozen=True)
class ProcessGradients:
    """Everything about one process.

    Attributes:
        process: name.
        differentiable: False for a process of whole numbers; then only `excluded` says anything.
        columns: which were looked at.
        inputs: one per input variable and parameter.
        excluded: what has no derivative, by declaration.
        disagreeing: smooth triples beyond `ERROR_BARS`, worst first, at most a few dozen.
        jumps_disagreeing: jumps whose derivative is not that of its branch, alike.
        live: every (input, output) pair.
        taylor: curves of the derivative under test along one direction per column, against its own
            values.
        taylor_reference: the same with the values of the reference; None without one.
        modes: forward against reverse.
        jacobians: a few columns.
        reference: "fortran" or another port that the differences are of.
        seconds: duration.
    """

    process: str
    differentiable: bool
    columns: ColumnsUsed
    inputs: list[InputResult]
    excluded: list[Excluded]
    disagreeing: list[Triple]
    jumps_disagreeing: list[Triple]
    live: list[LivePair]
    taylor: TaylorSummary | None
    taylor_reference: TaylorSummary | None
    modes: ModeAgreement | None
    jacobians: list[JacobianOfColumn]
    reference: str
    seconds: float

    @property
    def tally(self) -> Tally:
        """Triples of all inputs and columns."""
        return sum((result.tally for result in self.inputs), Tally())

    @property
    def real(self) -> Tally:
        """Triples of all inputs, in columns from a model run."""
        return sum((result.real for result in self.inputs), Tally())

    @property
    def dead_or_alive(self) -> list[LivePair]:
        """Pairs that are live in one and dead in the other."""
        return [pair for pair in self.live if not pair.passed]

    @property
    def wrong(self) -> list[LivePair]:
        """Pairs whose derivatives disagree not only here and there."""
        return [pair for pair in self.live if not pair.right]

    @property
    def failures(self) -> list[str]:
        """What does not hold, a sentence each; empty if all is well."""
        if not self.differentiable:
            return []
        found = []
        for words, tally in (("", self.tally), ("real columns' ", self.real)):
            if tally.agreeing_share < AGREEING_SHARE:
                found.append(
                    f"{self.process}: {tally.agreeing_share:.3%} of the {words}smooth derivatives "
                    f"are within the error bars of the differences, expected {AGREEING_SHARE:.1%}."
                )
        for pair in self.dead_or_alive:
            found.append(
                f"{self.process}: d {pair.output} / d {pair.input} is {pair.derivative}, but the "
                f"reference responds: {pair.reference}."
            )
        for pair in self.wrong:
            found.append(
                f"{self.process}: d {pair.output} / d {pair.input} is within the error bars of the "
                f"differences in {pair.agreeing} of {pair.smooth} smooth triples only."
            )
        for name, summary in (("", self.taylor), (" of the reference", self.taylor_reference)):
            if summary is None:
                continue
            if summary.unexplained:
                found.append(
                    f"{self.process}: the Taylor remainder{name} of {summary.unexplained} columns "
                    f"has not slope 2, and no kink explains it."
                )
            if summary.classified_share < CLASSIFIED_SHARE:
                found.append(
                    f"{self.process}: {summary.classified_share:.2%} of the real columns have a "
                    f"Taylor slope{name}, expected {CLASSIFIED_SHARE:.1%}."
                )
        if self.modes is not None and not self.modes.passed:
            found.append(
                f"{self.process}: forward and reverse mode differ by {self.modes.dot_product:.1e} "
                f"(dot product), {self.modes.jacobian:.1e} (Jacobian)."
            )
        return found

    @property
    def passed(self) -> bool:
        """Whether nothing fails."""
        return not self.failures
