"""The Jinja environment of all report pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def template_environment(filters: Mapping[str, Callable[..., Any]]) -> jinja2.Environment:
    """An environment that escapes what it fills in and refuses what a template does not know.

    Args:
        filters: by the name that templates call them by.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= filters
    return environment
