"""Interpolation of monthly values to a date.

References:
    Specification page 24, section 2.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp

from jcm.arrays import ColumnField, MonthlyField, SharedField, SharedIndex, WindowField
from jcm.formulation import ORIGINAL, Formulation
from jcm.parameters import Number, ParameterSet, literal, parameter_set
from jcm.surface.calendar import date_fractions


@parameter_set
class InterpolationParameters(ParameterSet):
    """Parameters of the five-point interpolation."""

    one_twelfth: Number = literal(
        1.0 / 12.0,
        unit="1",
        meaning="scale of the weights, which add up to twelve times this number",
        spec="24 section 2",
    )


class Interpolation(NamedTuple):
    """Result of :func:`interpolation`.

    Attributes:
        month_fraction, year_fraction: elapsed parts of month and year [1], the shape of `month`.
        linear: linear interpolation, `(*column)`.
        five_point: nearly mean-conserving interpolation, `(*column)`.
        linear_three_slot: linear interpolation in a window of January, February and March, as if
            February were the month of the date, `(*column)`.
    """

    month_fraction: SharedField
    year_fraction: SharedField
    linear: ColumnField
    five_point: ColumnField
    linear_three_slot: ColumnField


def interpolation(
    month: SharedIndex | int,
    day: SharedIndex | int,
    monthly_values: MonthlyField,
    *,
    parameters: InterpolationParameters = InterpolationParameters(),
    formulation: Formulation = ORIGINAL,
) -> Interpolation:
    """All interpolations of monthly values to a day of a year of 365 days.

    Args:
        month: 1 to 12, a scalar or `(*column)`.
        day: from 1, shaped like `month`; 29 February extrapolates slightly.
        monthly_values: January to December, `(12, *column)`, any unit.
        parameters: see :class:`InterpolationParameters`.
        formulation: `single_precision_constants` is read.

    Returns:
        See :class:`Interpolation`.
    """
    monthly_values = jnp.asarray(monthly_values)
    month_fraction, year_fraction = date_fractions(
        month, day, formulation=formulation, dtype=monthly_values.dtype
    )
    return Interpolation(
        month_fraction=month_fraction,
        year_fraction=year_fraction,
        linear=interpolate_linear(monthly_values, month, month_fraction),
        five_point=interpolate_five_point(
            monthly_values, month, month_fraction, parameters=parameters
        ),
        linear_three_slot=interpolate_window(monthly_values[:3], month_fraction),
    )


def interpolate_linear(
    monthly_values: MonthlyField,
    month: SharedIndex | int,
    month_fraction: SharedField | float,
) -> ColumnField:
    """Linear interpolation between the middles of the months, cyclic in the year.

        x_m + |t - 1/2| (x_n - x_m)

    where n is the month before until the middle of the month, then the month after.

    Args:
        monthly_values: January to December, `(12, *column)`, any unit.
        month: m, 1 to 12, a scalar or `(*column)`.
        month_fraction: t, a scalar or `(*column)`; above 1 it extrapolates.

    Returns:
        `(*column)`, of the type of `monthly_values`.
    """
    monthly_values = jnp.asarray(monthly_values)
    t = jnp.asarray(month_fraction, monthly_values.dtype)
    first_half = t <= 0.5
    weight = jnp.where(first_half, 0.5 - t, t - 0.5)
    x = _month_value(monthly_values, month)
    neighbour = jnp.where(
        first_half, _month_value(monthly_values, month - 1), _month_value(monthly_values, month + 1)
    )
    return x + weight * (neighbour - x)


def interpolate_window(window: WindowField, month_fraction: SharedField | float) -> ColumnField:
    """Linear interpolation in a window of three months whose second is the current one.

    Args:
        window: values of the three months, `(3, *column)`, any unit.
        month_fraction: elapsed part of the month, a scalar or `(*column)`.

    Returns:
        `(*column)`, of the type of `window`.
    """
    window = jnp.asarray(window)
    t = jnp.asarray(month_fraction, window.dtype)
    first_half = t <= 0.5
    weight = jnp.where(first_half, 0.5 - t, t - 0.5)
    neighbour = jnp.where(first_half, window[0], window[2])
    return window[1] + weight * (neighbour - window[1])


def interpolate_five_point(
    monthly_values: MonthlyField,
    month: SharedIndex | int,
    month_fraction: SharedField | float,
    *,
    parameters: InterpolationParameters = InterpolationParameters(),
) -> ColumnField:
    """Interpolation whose average over each month is nearly the monthly value, cyclic in the year.

    It can overshoot. Its weights add up to 12 c, so that single-precision c = 1/12 multiplies a
    constant by 1 + 3e-8.

    Args:
        monthly_values: January to December, `(12, *column)`, any unit.
        month: 1 to 12, a scalar or `(*column)`.
        month_fraction: t, a scalar or `(*column)`; above 1 it extrapolates.
        parameters: see :class:`InterpolationParameters`.

    Returns:
        `(*column)`, of the type of `monthly_values`.
    """
    c = parameters.one_twelfth
    monthly_values = jnp.asarray(monthly_values)
    t = jnp.asarray(month_fraction, monthly_values.dtype)
    t0, t1, t2 = c * t, c * (1.0 - t), 0.25 * t * (1.0 - t)
    x = [_month_value(monthly_values, month + offset) for offset in (-2, -1, 0, 1, 2)]
    return (
        (-t1 + t2) * x[0]
        + (-c + 8.0 * t1 - 6.0 * t2) * x[1]
        + (7.0 * c + 10.0 * t2) * x[2]
        + (-c + 8.0 * t0 - 6.0 * t2) * x[3]
        + (-t0 + t2) * x[4]
    )


def _month_value(monthly_values: MonthlyField, month: SharedIndex | int) -> ColumnField:
    """Values of a month counted from 1, cyclic; one month for all columns, or one for each."""
    index = (jnp.asarray(month, jnp.int32) - 1) % 12
    if index.ndim == 0:
        return jax.lax.dynamic_index_in_dim(monthly_values, index, keepdims=False)
    # A sum with eleven zeros is exact, and cheaper than a gather; NaN in other months stays out.
    months = jnp.arange(12).reshape((12,) + (1,) * index.ndim)
    return jnp.sum(jnp.where(months == index[None], monthly_values, 0.0), axis=0)
