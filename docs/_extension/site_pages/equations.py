"""Equations are checked while the site is built.

MathJax shows a mistake to the reader, in red. The converter of docutils knows less LaTeX, and
refuses what it does not know: the build fails instead.
"""

from __future__ import annotations

import itertools

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

_LOGGER = logging.getLogger(__name__)


def setup(app: Sphinx) -> None:
    """Check every page after it has been read."""
    app.connect("doctree-read", _check)


def _check(_app: Sphinx, document: nodes.document) -> None:
    for node in itertools.chain(document.findall(nodes.math), document.findall(nodes.math_block)):
        try:
            tex2mathml(node.astext())
        except MathError as error:
            _LOGGER.warning("equation %r: %s", node.astext(), error, location=node)
