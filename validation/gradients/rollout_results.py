"""What the gradient checks of the whole model found, as plain numbers.

A direction v is a change of everything that a run starts from, in natural units: v itself changes
the temperature by about 1 K, the wind by about 1 m s-1, a parameter by a tenth. f(x) is the state
after some steps, every variable divided by its natural size. All errors are relative in the 2-norm.
"""

from __future__ import annotations

import dataclasses
import itertools

from validation.gradients.taylor import TaylorCurve
from validation.gradients.thresholds import DOT_PRODUCT, ERROR_BARS

#: Largest relative difference between the derivative and central differences in float64.
DIFFERENCE_TOLERANCE = 1e-6
#: Largest error bar of a difference of the Fortran that a derivative may be compared with.
DECISIVE = 1e-3
#: Largest relative difference between <J v, w> and <v, J^T w>.
ADJOINT_TOLERANCE = DOT_PRODUCT
#: Largest relative error of a derivative with respect to one number or field, besides rounding.
LIVENESS_TOLERANCE = 1e-3
#: Growths of the error that are reported, see :class:`LeadTimes`.
ERROR_THRESHOLDS = (0.01, 0.1)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Difference:
    """A central difference (f(x + h v) - f(x - h v)) / 2 h beside the derivative.

    Attributes:
        step: h.
        error: |difference - derivative| / |derivative|.
        error_bar: distance to the difference of a neighbouring step, the nearer one, in the same
            measure.
        side_gap: distance of the differences to both sides from each other, in the same measure.
        side_error: distance of the derivative from the nearest mixture of both, likewise: on a
            kink any mixture is a derivative, and on a smooth function the gap falls with h.
        branch_flips: columns times steps in which convection, condensation or clouds chose
            differently in x + h v, x - h v and x; None where that was not recorded.
        gate_flips: comparisons times steps anywhere in the model that came out differently
            somewhere on the grid; None where that was not recorded.
    """

    step: float
    error: float
    error_bar: float
    side_gap: float
    side_error: float
    branch_flips: int | None
    gate_flips: int | None

    @property
    def smooth(self) -> bool:
        """Whether no gate is known to lie between the three runs."""
        return not self.branch_flips and not self.gate_flips


@dataclasses.dataclass(frozen=True, kw_only=True)
class Agreement:
    """A derivative of JAX beside central differences of one model.

    Attributes:
        model: "jax" or "fortran".
        differences: from the largest step to the smallest.
        by_variable: error of the best difference for each variable of the result, relative to
            the derivative of that variable or, if this is more, a millionth of the whole.
    """

    model: str
    differences: tuple[Difference, ...]
    by_variable: dict[str, float]

    @property
    def best(self) -> Difference:
        """The difference to compare with.

        Of JAX that which agrees best; of the Fortran that with the smallest error bar, chosen
        without a look at the derivative.
        """
        if self.model == "fortran":
            return min(self.differences, key=lambda difference: difference.error_bar)
        return min(self.differences, key=lambda difference: difference.error)

    @property
    def error_bar(self) -> float:
        """Of the best difference."""
        return self.best.error_bar

    @property
    def largest_smooth_step(self) -> float | None:
        """The largest step from which on downwards nothing flips, None if something always does."""
        smooth = None
        for difference in reversed(self.differences):
            if not difference.smooth:
                break
            smooth = difference.step
        return smooth

    @property
    def allowed(self) -> float:
        """Largest error of the best difference that passes."""
        decides = self.model == "fortran" and self.error_bar <= DECISIVE
        return max(DIFFERENCE_TOLERANCE, ERROR_BARS * self.error_bar if decides else 0.0)

    @property
    def kink(self) -> Difference | None:
        """The difference that shows the start to lie on a kink, None if none does or need be.

        The derivative then is that of one side, or a mixture of both.
        """
        if self.best.error <= self.allowed:
            return None
        # The slopes to both sides of a jump are further apart the smaller the step.
        found = [
            smaller
            for larger, smaller in itertools.pairwise(self.differences)
            if smaller.side_gap <= 2.0 * larger.side_gap
            and smaller.side_error <= DIFFERENCE_TOLERANCE
        ]
        return min(found, key=lambda difference: difference.side_error, default=None)

    @property
    def undecided(self) -> Difference | None:
        """The difference that decides nothing, None if one does.

        What a difference is changes from step to step, the derivative lies within that
        uncertainty, and comparisons come out differently down to the smallest step, as far as
        one can see: those of the Fortran are not recorded.
        """
        if self.best.error <= self.allowed or self.kink is not None:
            return None
        surest = min(self.differences, key=lambda difference: difference.error_bar)
        within = surest.error <= ERROR_BARS * surest.error_bar
        unseen = self.model == "fortran"
        return surest if within and (unseen or not self.differences[-1].smooth) else None

    @property
    def passed(self) -> bool:
        """Whether the best difference agrees, or is known why none can."""
        explained = self.kink is not None or self.undecided is not None
        return self.best.error <= self.allowed or explained


@dataclasses.dataclass(frozen=True, kw_only=True)
class DirectionResult:
    """One direction, one number of steps.

    Attributes:
        direction: name of what is changed, or "everything".
        steps: of 40 minutes.
        sensitivity: |J v| over the root of the number of variables: 1 is a natural size.
        jax: against differences of the same model.
        fortran: against differences of the Fortran model, None if that was not asked for.
        taylor: remainders of order 1 and 2 (one-sided), None unless asked for.
    """

    direction: str
    steps: int
    sensitivity: float
    jax: Agreement
    fortran: Agreement | None = None
    taylor: TaylorCurve | None = None

    @property
    def agreements(self) -> tuple[Agreement, ...]:
        """Those that there are."""
        return (self.jax,) if self.fortran is None else (self.jax, self.fortran)

    @property
    def passed(self) -> bool:
        """Whether all agree, and the Taylor test does not contradict."""
        agree = all(agreement.passed for agreement in self.agreements)
        return agree and (self.taylor is None or self.taylor.passed)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdjointResult:
    """The dot-product test of a number of steps.

    Attributes:
        steps: of 40 minutes.
        forward: <J v, w>.
        reverse: <v, J^T w>.
    """

    steps: int
    forward: float
    reverse: float

    @property
    def error(self) -> float:
        """Relative difference of the two."""
        return abs(self.forward - self.reverse) / max(abs(self.forward), abs(self.reverse))

    @property
    def passed(self) -> bool:
        """Whether it is rounding."""
        return self.error <= ADJOINT_TOLERANCE


@dataclasses.dataclass(frozen=True, kw_only=True)
class LivenessResult:
    """Whether the model responds to one of its numbers or fields, and the derivative knows it.

    Attributes:
        name: dotted name of the leaf.
        steps: of 40 minutes.
        derivative: |J v| for a change of natural size.
        adjoint_error: |<J v, w> - <v, J^T w>| / (|J v| |w|), 0 where both vanish.
        difference: as `derivative`, by central differences of JAX.
        error: |difference - derivative| / |derivative|, 0 where both vanish.
        side_error: see :class:`Difference`.
        rounding: what rounding may add to the errors, at most.
        fortran: as `difference`, of the Fortran model; None where that has no such number.
        fortran_error: as `error`, of the Fortran model.
        fortran_side_error: as `side_error`, of the Fortran model.
        step: h of the differences, the one of some that agrees best.
        gate_flips: comparisons times steps that came out differently in the runs of JAX.
    """

    name: str
    steps: int
    derivative: float
    adjoint_error: float
    difference: float
    error: float
    side_error: float
    rounding: float
    fortran: float | None
    fortran_error: float | None
    fortran_side_error: float | None
    step: float
    gate_flips: int

    @property
    def live(self) -> bool:
        """Whether the derivative is not zero."""
        return self.derivative > 0.0

    @property
    def kink(self) -> bool:
        """Whether only both sides of a kink explain the derivative."""
        return self.passed and self.error > LIVENESS_TOLERANCE + self.rounding

    @property
    def passed(self) -> bool:
        """Whether derivative and differences are zero or not zero together, and alike."""
        seen = [self.difference] if self.fortran is None else [self.difference, self.fortran]
        if not self.live:
            return not any(seen)
        errors = [min(self.error, self.side_error)]
        if self.fortran_error is not None and self.fortran_side_error is not None:
            errors.append(min(self.fortran_error, self.fortran_side_error))
        alike = max(errors) <= LIVENESS_TOLERANCE + self.rounding
        return all(seen) and alike and self.adjoint_error <= ADJOINT_TOLERANCE


@dataclasses.dataclass(frozen=True, kw_only=True)
class LeadTimes:
    """Derivative and differences along a run, `(lead,)` or `(size, lead)`.

    Attributes:
        hours: lead times.
        sizes: steps h of the central differences, from large to small. The first is 1, a
            perturbation of the size of errors of observation.
        errors: |difference - derivative| / |derivative|.
        derivative_growth: |J v| over its value at the first lead.
        perturbation_growth: |f(x + h v) - f(x - h v)| / 2 h over |J v| at the first lead.
        branch_flips: columns times steps since the start, as in :class:`Difference`.
    """

    hours: tuple[float, ...]
    sizes: tuple[float, ...]
    errors: tuple[tuple[float, ...], ...]
    derivative_growth: tuple[float, ...]
    perturbation_growth: tuple[tuple[float, ...], ...]
    branch_flips: tuple[tuple[int, ...], ...]

    def exceeded(self, size: float, threshold: float) -> float | None:
        """First lead [h] at which the error of a size exceeds a threshold, None if none does."""
        errors = self.errors[self.sizes.index(size)]
        pairs = zip(self.hours, errors, strict=True)
        return next((hours for hours, error in pairs if not error <= threshold), None)

    @property
    def best_errors(self) -> tuple[float, ...]:
        """Smallest error over all sizes, at each lead."""
        return tuple(min(column) for column in zip(*self.errors, strict=True))


@dataclasses.dataclass(frozen=True, kw_only=True)
class RolloutResult:
    """Everything about one core.

    Attributes:
        core: "speedy" or "dinosaur".
        resolution: "T30" or "T31".
        start: where the runs begin, in words.
        directions: by direction and number of steps.
        adjoints: by number of steps.
        liveness: of every floating-point number of the parameters and of the state's variables.
        lead_times: see :class:`LeadTimes`.
        seconds: that it took, compilation included.
    """

    core: str
    resolution: str
    start: str
    directions: tuple[DirectionResult, ...]
    adjoints: tuple[AdjointResult, ...]
    liveness: tuple[LivenessResult, ...]
    lead_times: LeadTimes
    seconds: float

    @property
    def kinks(self) -> tuple[str, ...]:
        """Directions and lengths, and leaves, whose start lies on a kink."""
        return (
            *(_named(r) for r in self.directions if any(a.kink for a in r.agreements)),
            *(r.name for r in self.liveness if r.kink),
        )

    @property
    def undecided(self) -> tuple[str, ...]:
        """Directions and lengths about which the differences of a model decide nothing."""
        return tuple(_named(r) for r in self.directions if any(a.undecided for a in r.agreements))

    @property
    def failures(self) -> tuple[str, ...]:
        """A sentence for everything that fell short."""
        return (
            *(_direction_failure(self.core, r) for r in self.directions if not r.passed),
            *(_adjoint_failure(self.core, r) for r in self.adjoints if not r.passed),
            *(_liveness_failure(self.core, r) for r in self.liveness if not r.passed),
        )

    @property
    def passed(self) -> bool:
        """Whether nothing fell short."""
        return not self.failures


def _named(result: DirectionResult) -> str:
    return f"{result.direction}, {result.steps} steps"


def _direction_failure(core: str, result: DirectionResult) -> str:
    parts = [
        f"{agreement.model} differences by {agreement.best.error:.2g} "
        f"(step {agreement.best.step:.1g}, error bar {agreement.error_bar:.1g})"
        for agreement in result.agreements
        if not agreement.passed
    ]
    if result.taylor is not None and not result.taylor.passed:
        parts.append(f"a remainder of second order, whose slope is {result.taylor.slope_two:.3g}")
    return (
        f"core {core}, {result.steps} steps, direction {result.direction}: the derivative differs "
        f"from {' and from '.join(parts)}."
    )


def _adjoint_failure(core: str, result: AdjointResult) -> str:
    return (
        f"core {core}, {result.steps} steps: forward and reverse mode differ by {result.error:.2g},"
        f" expected at most {ADJOINT_TOLERANCE:g}."
    )


def _liveness_failure(core: str, result: LivenessResult) -> str:
    of_fortran = "" if result.fortran is None else f", of the Fortran {result.fortran:.3g}"
    return (
        f"core {core}, {result.steps} steps: the derivative with respect to {result.name} is "
        f"{result.derivative:.3g}, the difference of JAX {result.difference:.3g}{of_fortran}; "
        f"relative error {result.error:.2g}, forward against reverse {result.adjoint_error:.2g}."
    )
