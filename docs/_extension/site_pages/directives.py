"""Directives of the pages: tables, figures and API that are made from the code.

```{process-interface} convection      inputs, outputs, branches
```{process-constants} convection      parameters with value, unit, meaning and source
```{process-figure} convection         a figure drawn by the code; the text below is its caption
```{formulation-switches} NAME ...     peculiarities of the original, by the name of the switch
```{thresholds} columns                what a report judges by, from the code that judges
```{package-api} jcm.physics           every public module of a package
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from reference import kernels
from reference.declarations import PROCESSES
from reference.documentation import gate_table, input_table, output_table
from site_pages.figures import FIGURES, draw
from site_pages.tables import constants_section, switch_table
from site_pages.thresholds import threshold_table

_FIGURE_FOLDER = "_build/figures"


def setup(app: Sphinx) -> None:
    """Register all directives."""
    app.add_directive("process-interface", ProcessInterface)
    app.add_directive("process-constants", ProcessConstants)
    app.add_directive("process-figure", ProcessFigure)
    app.add_directive("formulation-switches", FormulationSwitches)
    app.add_directive("thresholds", Thresholds)
    app.add_directive("package-api", PackageApi)


class _Markdown(SphinxDirective):
    """A directive that stands for Markdown text."""

    required_arguments = 1
    final_argument_whitespace = True
    #: From the argument to the text; raises KeyError for one that does not exist.
    text: ClassVar[Callable[[str], str]]

    def run(self) -> list[nodes.Node]:
        """Parse the text in the place of the directive."""
        try:
            text = type(self).text(self.arguments[0])
        except KeyError as error:
            raise self.error(f"{self.name}: {error.args[0]!r} does not exist") from None
        return self.parse_text_to_nodes(text)


def _interface(name: str) -> str:
    process = PROCESSES[name]
    module = f"jcm.{process.package}.{name}"
    return (
        f"{process.summary} JAX: {{py:func}}`{module}.{name}`. Fortran: "
        f"`fortran_speedy/{process.package}/{name}.f90`. Declaration: "
        f"`reference/declarations/{name}.py`.\n\n"
        f"**Inputs**\n\n{input_table(process)}\n**Outputs**\n\n{output_table(process)}\n"
        f"**Branches** that the validation counts\n\n{gate_table(process)}"
    )


class ProcessInterface(_Markdown):
    """Inputs, outputs and branches of a declared process."""

    text = staticmethod(_interface)


class ProcessConstants(_Markdown):
    """The constants of a page."""

    text = staticmethod(constants_section)


class FormulationSwitches(_Markdown):
    """Peculiarities of the original, by the names of their switches."""

    text = staticmethod(lambda names: switch_table(names.split()))


class Thresholds(_Markdown):
    """What a report judges by."""

    text = staticmethod(threshold_table)


class ProcessFigure(SphinxDirective):
    """A figure, drawn anew in every build; the content is its caption."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Draw, and place the image with its caption."""
        name = self.arguments[0]
        if name not in FIGURES:
            raise self.error(f"there is no figure {name!r}, expected one of {sorted(FIGURES)}")
        if not kernels.available():
            raise self.error(kernels.unavailable_reason())
        folder = Path(self.env.srcdir) / _FIGURE_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.svg").write_text(draw(name), encoding="utf-8")
        caption = self.parse_content_to_nodes()
        words = " ".join(node.astext() for node in caption).replace("\n", " ")
        figure = nodes.figure("", nodes.image(uri=f"/{_FIGURE_FOLDER}/{name}.svg", alt=words))
        figure += nodes.caption("", "", *(child for node in caption for child in node.children))
        return [figure]


class PackageApi(SphinxDirective):
    """Every public module of a package, with its public members."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """One section per module, in the order of their names."""
        package = importlib.import_module(self.arguments[0])
        modules = sorted(
            module.name
            for module in pkgutil.iter_modules(package.__path__)
            if not module.ispkg and not module.name.startswith("_")
        )
        text = "".join(
            f"## `{package.__name__}.{name}`\n\n```{{eval-rst}}\n"
            f".. automodule:: {package.__name__}.{name}\n   :members:\n```\n\n"
            for name in modules
        )
        return self.parse_text_to_nodes(text, allow_section_headings=True)
