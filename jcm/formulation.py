"""The peculiarities of the original program, each a named switch.

Every switch is true in formulation `ORIGINAL`, which reproduces the reference model digit by digit,
and false in `CORRECTED`, which does what the published equations say. The Fortran reference has the
same switches under the same names.
"""

from __future__ import annotations

import dataclasses
from typing import Any


def _quirk(meaning: str, spec: str) -> Any:
    return dataclasses.field(default=True, metadata={"meaning": meaning, "spec": spec})


@dataclasses.dataclass(frozen=True, kw_only=True)
class Formulation:
    """Which peculiarities of the original are in effect. Hashable, hence static under `jax.jit`."""

    single_precision_constants: bool = _quirk(
        "decimal constants are rounded to single precision; the band table, the calendar fractions "
        "and some constant expressions are evaluated in single precision",
        "00 Precision",
    )
    latitudes_are_approximate: bool = _quirk(
        "the latitudes are the asymptotic first guess for the Gaussian nodes, in single precision "
        "if the constants are; corrected: the nodes",
        "30 section 1",
    )
    condensation_cap_limits_heating_only: bool = _quirk(
        "the cap of large-scale condensation limits the latent heating but not the loss of water; "
        "corrected: it limits both",
        "12 Special cases",
    )
    cloud_top_in_layer_1_reflects_bare_albedo: bool = _quirk(
        "a cloud top in layer 1 reflects its bare albedo, as if it were a flux in W m-2, and takes "
        "nothing from the downward beam; corrected: it reflects that share of the flux",
        "13 B Quirks",
    )
    stratiform_cloud_hides_cloud_in_lowest_layer: bool = _quirk(
        "a cloud top in the lowest layer is overwritten by the stratiform cloud; corrected: the "
        "layer transmits (1 - a_c c)(1 - a_s c_s)",
        "13 B Quirks",
    )
    ozone_season_one_sided: bool = _quirk(
        "the seasonal term of ozone is cut off at zero; corrected: it is antisymmetric in time",
        "15 section 3",
    )
    zenith_uses_separate_declination: bool = _quirk(
        "the zenith factor has a simpler solar declination than the insolation; corrected: one "
        "declination for both",
        "15 section 3",
    )
    orographic_drag_amplitude_is_inverse_height: bool = _quirk(
        "the orographic drag enhancement is multiplied by 1/(g H_d), which switches it off; "
        "corrected: amplitude 1",
        "20 Orographic drag factor",
    )
    sea_heat_flux_adds_turbulent_fluxes: bool = _quirk(
        "the net heat flux into the sea gains the sensible and latent heat that the sea loses; "
        "corrected: it loses them",
        "20 step 18",
    )
    slow_models_damped_per_call: bool = _quirk(
        "damping times of land, sea and ice, meant as days, count calls of 40 minutes; corrected: "
        "they are days",
        "22, 23 Quirks",
    )
    sst_anomaly_window_shifts_every_call: bool = _quirk(
        "on the first day of a month the window of anomalies shifts at every call and takes in the "
        "current month; corrected: once, and the next month",
        "23 Observed SST anomaly window",
    )
    sst_anomaly_uses_start_year: bool = _quirk(
        "anomalies of the start year are used in every year; corrected: those of the current year",
        "23 Observed SST anomaly window",
    )
    el_nino_weight_skips_its_edges: bool = _quirk(
        "the El Nino weight is zero on the meridian where its ramp meets its plateau; corrected: "
        "one",
        "23 El Nino weight",
    )
    every_fourth_year_is_leap: bool = _quirk(
        "every year divisible by four is a leap year; corrected: the Gregorian rule",
        "24 section 1",
    )
    leap_day_outside_its_month: bool = _quirk(
        "fractions of month and year use a 365-day table in leap years, so that 29 February lies "
        "outside its month; corrected: a 366-day table",
        "24 section 1",
    )
    extra_diffusion_acts_on_all_levels: bool = _quirk(
        "the second-order diffusion meant for the stratosphere acts on all levels; corrected: on "
        "the top level",
        "34 D1",
    )
    filter_uses_filtered_value: bool = _quirk(
        "the second half of the time filter sees the value that its first half has filtered; "
        "corrected: both see the same displacement (Williams 2009)",
        "35 S1",
    )
    mean_log_pressure_is_conserved: bool = _quirk(
        "the global mean of the logarithm of surface pressure is constant in time, and mass is "
        "not; corrected: the mass of dry air is",
        "32 T3",
    )

    @classmethod
    def named(cls, name: str) -> Formulation:
        """The formulation called `name`, "original" or "corrected".

        Raises:
            ValueError: for any other name.
        """
        try:
            return {"original": ORIGINAL, "corrected": CORRECTED}[name]
        except KeyError:
            raise ValueError(
                f"formulation must be 'original' or 'corrected', got {name!r}"
            ) from None


ORIGINAL = Formulation()
CORRECTED = Formulation(**{field.name: False for field in dataclasses.fields(Formulation)})
