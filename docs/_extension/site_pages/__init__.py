"""What the documentation site computes while it is built: tables, figures, API pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> dict[str, Any]:
    """Entry point of Sphinx; tables and figures are used by the tests, too, without Sphinx."""
    from site_pages import directives, docstrings, equations

    directives.setup(app)
    docstrings.setup(app)
    equations.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
