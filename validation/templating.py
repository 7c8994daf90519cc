"""The Jinja environment of all report pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jinja2

_TEMPLATES = Path(__file__).parent / "templates"


def template_environment(
    filters: Mapping[str, Callable[..., Any]], *, html: bool = True
) -> jinja2.Environment:
    """An environment that refuses what a template does not know.

    Args:
        filters: by the name that templates call them by.
        html: whether what is filled in is escaped for HTML.
    """
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        autoescape=html,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= filters
    return environment
