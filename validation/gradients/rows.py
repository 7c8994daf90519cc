"""A row of the list of comparisons that all reports share."""

from __future__ import annotations

from typing import Any


def comparison(
    process: str, output: str, input_: str, reference: str, found: float, tolerance: float,
    passed: bool, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """One row; `measure` is what `tolerance` bounds.

    Args:
        process: name, or "rollout" and the core.
        output: name.
        input_: name of what is varied.
        reference: what the derivative is compared with.
        found: the measure.
        tolerance: largest one that passes, or smallest of a slope.
        passed: whether it does.
        **more: what else the row says.
    """
    return {
        "process": process,
        "output": output,
        "input": input_,
        "implementation": "jax",
        "reference": reference,
        "measure": found,
        "tolerance": tolerance,
        "passed": bool(passed),
        **more,
    }
