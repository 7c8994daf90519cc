"""How strongly the fluxes at the surface hold a warm sea back: a derivative of the port.

A sea surface that is 1 K warmer emits more, warms the air more and evaporates more.
`torch.autograd` gives all three for every column in one backward pass each; central differences
confirm them.

Run: .venv/bin/python sensitivity.py
"""

from __future__ import annotations

import sys

import torch
from surface_fluxes import LATENT_HEAT, surface_fluxes
from torch import Tensor

#: Name, sea and air temperature [K], relative to it the level above [K], humidity [g kg-1], wind.
COLUMNS = (
    ("trade winds", 301.0, 298.0, -6.5, 15.0, 8.0),
    ("calm warm pool", 303.0, 300.5, -6.5, 18.0, 2.0),
    ("cold outbreak", 281.0, 270.0, -7.0, 2.0, 15.0),
    ("summer fog", 283.0, 288.0, 1.0, 9.0, 6.0),
)
#: Step of the central differences [K].
STEP = 1e-3


def open_sea() -> dict[str, Tensor]:
    """Inputs of the port for :data:`COLUMNS`, all over open sea at latitude 0, in float64."""
    numbers = torch.tensor([column[1:] for column in COLUMNS], dtype=torch.float64)
    sea, air, above, humidity, wind = numbers.unbind(dim=1)
    nothing, one = torch.zeros_like(sea), torch.ones_like(sea)

    def lowest(value: Tensor, next_value: Tensor) -> Tensor:
        return torch.stack([next_value] * 7 + [value], dim=1)

    return {
        "normalized_surface_pressure": one,
        "eastward_wind": lowest(wind, wind),
        "northward_wind": lowest(nothing, nothing),
        "temperature": lowest(air, air + above),
        "specific_humidity": lowest(humidity, humidity),
        "geopotential": lowest(0.05 * 287.0 * air, 0.2 * 287.0 * air),
        "surface_geopotential": nothing,
        "land_fraction": nothing,
        "sea_surface_temperature": sea,
        "sea_surface_temperature_second": sea,
        "surface_downward_shortwave": 180.0 * one,
        "surface_downward_longwave": 380.0 * one,
        "land_albedo": 0.2 * one,
        "sea_albedo": 0.07 * one,
        "snow_cover": nothing,
        "land_surface_temperature": sea,
        "soil_water_availability": one,
        "cos_latitude": one,
    }


def losses(sea: Tensor, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """What the sea loses by emission, heat flux and evaporation [W m-2], `(column,)` each."""
    fluxes = surface_fluxes(**{**inputs, "sea_surface_temperature": sea})
    return {
        "emission": fluxes["surface_upward_longwave"][:, 1],
        "heat flux": fluxes["sensible_heat_flux"][:, 1],
        "evaporation": LATENT_HEAT * fluxes["evaporation"][:, 1],
    }


def derivatives(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """Derivatives of :func:`losses` with respect to sea temperature [W m-2 K-1]."""
    sea = inputs["sea_surface_temperature"].clone().requires_grad_()
    # A column depends on its own temperature alone: the sum has all derivatives in its gradient.
    return {
        name: torch.autograd.grad(loss.sum(), sea, retain_graph=True)[0]
        for name, loss in losses(sea, inputs).items()
    }


def differences(inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same by central differences."""
    sea = inputs["sea_surface_temperature"]
    warmer, colder = losses(sea + STEP, inputs), losses(sea - STEP, inputs)
    return {name: (warmer[name] - colder[name]) / (2.0 * STEP) for name in warmer}


def main() -> None:
    """Print the table; fail if derivatives and differences disagree."""
    inputs = open_sea()
    exact, approximate = derivatives(inputs), differences(inputs)
    print("W m-2 per K of sea temperature")
    print(f"{'':16}", *(f"{name:>12}" for name in (*exact, "altogether")))
    altogether = sum(exact.values())
    for i, (column, *_) in enumerate(COLUMNS):
        row = [values[i].item() for values in (*exact.values(), altogether)]
        print(f"{column:16}", *(f"{value:12.2f}" for value in row))
    error = max((exact[n] - approximate[n]).abs().max().item() for n in exact)
    print(f"largest distance from central differences: {error:.1e}")
    if error > 1e-6:
        sys.exit("the derivatives disagree with central differences")


if __name__ == "__main__":
    main()
