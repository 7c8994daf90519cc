"""Names of the files of a stored climate."""

from __future__ import annotations

from pathlib import Path

MONTHLY, SEASONAL = "monthly_climatology.nc", "season_climatology.nc"
VARIABILITY, SPECTRA = "internal_variability.nc", "spectra.nc"
GLOBAL_MEANS, RINGING, VARIANT = (
    "global_means.csv",
    "ringing_indices.csv",
    "top_level_diffusion.csv",
)


def is_stored_climate(folder: Path) -> bool:
    """Whether a folder looks like a stored climate."""
    return folder.is_dir() and any((folder / name).exists() for name in (MONTHLY, SEASONAL))
