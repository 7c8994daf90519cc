"""How thorough an attribution is; apart from the rest, which takes long to import."""

from __future__ import annotations

import enum
from pathlib import Path

DEFAULT_OUTPUT = Path("validation-report/attribution")


class Profile(enum.StrEnum):
    """How thorough the attribution is."""

    quick = "quick"
    full = "full"
