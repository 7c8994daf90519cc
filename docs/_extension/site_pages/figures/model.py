"""Figures of what is more than one column process: driver, layers, patterns, dynamics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from reference import golden
from reference.declarations import PROCESSES
from reference.dynamics import diffusion_constants
from reference.formulas import DECIMAL_HALF_LEVEL_SIGMA, FULL_LEVEL_SIGMA
from reference.sppt import sppt_noise, sppt_sequence
from site_pages.figures.drawing import (
    BLUE,
    COLOURS,
    RED,
    SIGMA,
    VIOLET,
    YELLOW,
    panels,
    run,
    vertical_axis,
)

_GOLDEN = Path(__file__).parents[4] / "tests" / "golden"
_DAY = 86400.0


def constants() -> Figure:
    """The eight layers, and the weights that interpolate to their boundaries."""
    figure, (axes,) = panels(1)
    for half in DECIMAL_HALF_LEVEL_SIGMA:
        axes.axhline(half, color="0.7", lw=0.6)
    for k, sigma in enumerate(FULL_LEVEL_SIGMA):
        axes.plot([0.35, 0.65], [sigma, sigma], color=BLUE)
        axes.text(0.68, sigma, f"level {k}", va="center", fontsize=6)
        axes.text(0.32, sigma, f"{sigma:.3g}", va="center", ha="right", fontsize=6)
    vertical_axis(axes)
    axes.set(xlim=(0, 1), xticks=[])
    return figure


def physics_driver() -> Figure:
    """Tendencies of all processes in a convecting column of a model run."""
    process = PROCESSES["physics_driver"]
    columns = golden.read(process, _GOLDEN)[0]
    rain = np.where(
        columns.real & (columns.inputs["shortwave_step"] == 1),
        columns.outputs["convective_precipitation"],
        0.0,
    )
    chosen = int(np.argmax(rain))
    inputs = {name: values[chosen : chosen + 1] for name, values in columns.inputs.items()}
    result = run("physics_driver", **inputs)
    figure, axes = panels(2)
    for panel, quantity, factor, parts in (
        (
            axes[0],
            "temperature",
            _DAY,
            ("convection", "condensation", "shortwave", "longwave", "vertical_diffusion"),
        ),
        (
            axes[1],
            "specific_humidity",
            _DAY,
            ("convection", "condensation", "vertical_diffusion"),
        ),
    ):
        for part, colour in zip(
            ("convection", "condensation", "shortwave", "longwave", "vertical_diffusion"),
            COLOURS,
            strict=False,
        ):
            if part in parts:
                values = factor * result[f"{quantity}_tendency_{part}"][0]
                panel.plot(values, SIGMA, color=colour, label=part.replace("_", " "))
        total = factor * result[f"{quantity}_tendency"][0]
        panel.plot(total, SIGMA, "k--", lw=1.0, label="all, with surface fluxes")
        vertical_axis(panel)
    axes[0].set_xlabel("temperature tendency [K/day]")
    axes[1].set_xlabel("humidity tendency [g/kg/day]")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    latitude, longitude = columns.latitude[chosen], columns.longitude[chosen] % 360
    axes[1].set_title(f"{latitude:.0f}°N {longitude:.0f}°E, {columns.date[chosen]}")
    return figure


def sppt() -> Figure:
    """A pattern, and how it is correlated in time."""
    calls = 30
    _, patterns = sppt_sequence(sppt_noise(seed=1, calls=calls, levels=1))
    figure, axes = panels(2, widths=(3, 2))
    latitudes = np.linspace(-87.2, 87.2, 48)
    image = axes[0].pcolormesh(
        np.arange(96) * 3.75, latitudes, patterns[0, 0].T, cmap="RdBu_r", vmin=-1, vmax=1,
        rasterized=True,
    )  # fmt: skip
    figure.colorbar(image, ax=axes[0], label="pattern r")
    axes[0].set(xlabel="longitude [°E]", ylabel="latitude [°N]")
    flat = patterns[:, 0].reshape(calls, -1)
    lags = np.arange(13)
    correlation = [
        np.mean([np.corrcoef(flat[i], flat[i + lag])[0, 1] for i in range(calls - lag)])
        for lag in lags
    ]
    axes[1].plot(lags * 40 / 60, correlation, color=BLUE, marker=".", label=f"{calls} calls")
    axes[1].plot(lags * 40 / 60, np.exp(-lags / 9.0), color=RED, label="exp(-t / 6 h)")
    axes[1].set(xlabel="hours", ylabel="correlation", ylim=(0, 1.05))
    axes[1].legend()
    return figure


def dynamics() -> Figure:
    """Damping times against total wavenumber, and the response of the time filter."""
    rates = diffusion_constants(4800.0)
    l = np.arange(1, 31)
    strong = np.array([rates["damping_temperature_vorticity"][0, n] for n in l])
    extra = np.array([rates["damping_extra"][0, n] for n in l])
    figure, axes = panels(2)
    for rate, label, colour in (
        (strong, "∇⁸, 2.4 h", BLUE),
        (extra, "∇², 12 h, all levels", YELLOW),
        (strong + extra, "both", RED),
    ):
        axes[0].semilogy(l, 1.0 / (3600.0 * rate), color=colour, label=label)
    axes[0].set(xlabel="total wavenumber l", ylabel="damping time [h]", ylim=(1, 1e4))
    axes[0].legend()
    frequency = np.linspace(0.01, 0.5, 50)
    for same, label, colour in ((True, "as coded", BLUE), (False, "Williams (2009)", VIOLET)):
        speed = [_filtered(ω, uses_filtered_value=same) for ω in frequency]
        axes[1].plot(frequency, [abs(a) for a in speed], color=colour, label=f"{label}: amplitude")
        phase = [np.angle(a) / ω for a, ω in zip(speed, frequency, strict=True)]
        axes[1].plot(frequency, phase, "--", color=colour, label=f"{label}: phase speed")
    axes[1].set(xlabel="ω Δt", ylabel="per step, exact: 1", ylim=(0.97, 1.03))
    axes[1].legend(fontsize=6, loc="upper left")
    return figure


def _filtered(ω: float, *, uses_filtered_value: bool) -> complex:
    """Amplification of the physical mode of dX/dt = iωX per step of the leapfrog with filter."""
    ε, w = 0.05, 0.53
    step = np.zeros((2, 2), complex)
    for column, (earlier, now) in enumerate(np.eye(2)):
        new = earlier + 2j * ω * now
        displacement = earlier - 2.0 * now + new
        filtered = now + w * ε * displacement
        second = filtered if uses_filtered_value else earlier
        step[:, column] = filtered, new - (1.0 - w) * ε * (second - 2.0 * now + new)
    values = np.linalg.eigvals(step)
    return values[np.argmin(abs(values - np.exp(1j * ω)))]
