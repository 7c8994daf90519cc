"""What passes: every number that decides about a derivative, and why it is what it is."""

from __future__ import annotations

from typing import Final

#: A derivative may be this many error bars of the finite difference away from the difference. The
#: bar is an estimate of the error, not a bound of it.
ERROR_BARS: Final = 5.0
#: Share of the smooth (column, input, output) triples that must agree to `ERROR_BARS`.
AGREEING_SHARE: Final = 0.999
#: Of one (input, output) pair, the share of its smooth triples that may disagree, and how many may
#: whatever the share: one derivative that is wrong everywhere hardly shows among all of a process.
PAIR_SHARE: Final = 0.1
PAIR_FEWEST: Final = 2
#: Slope of the second-order Taylor remainder of a smooth function against the step, log over log.
TAYLOR_SLOPE: Final = (1.9, 2.1)
#: Share of the real columns whose Taylor curve has slope two or is linear to rounding. The others
#: must have a kink in the way that is found without using the derivative.
CLASSIFIED_SHARE: Final = 0.999
#: <J v, w> against <v, Jᵀ w>, relative to the sum of the absolute values of the terms: what is left
#: is the rounding of both modes.
DOT_PRODUCT: Final = 1e-12
#: Forward against reverse Jacobian of a column, relative to the largest scaled element.
MODES: Final = 1e-12
#: A difference whose error bar exceeds this share of its value, and `MEANINGLESS_SCALE` as well,
#: says nothing about a derivative.
MEANINGLESS_SHARE: Final = 0.1
#: The same relative to (natural size of the output) / (natural size of the input): slopes below it
#: are as good as zero, and a bar below it is sharp whatever the slope is.
MEANINGLESS_SCALE: Final = 1e-6
#: Smallest step of a difference in units in the last place of the value that moves. Fewer, and the
#: rounding of what moves decides about the difference (the known trap: a step below one unit lets a
#: planted `stop_gradient` pass).
SMALLEST_STEP_ULP: Final = 64
