"""Plugin of pytest: in another project's test file three lines hold a port against SPEEDY.

    def test_convection(port_matches_reference):
        port_matches_reference("convection", my_port.convection)

or, for all processes of a port at once,

    @pytest.mark.speedy_process("convection", "clouds")
    def test_port(speedy_process):
        speedy_process.matches(getattr(my_port, speedy_process.name))

Options of the command line: `--speedy-golden DIR`, numbers of the original to compare with besides
drawn columns, and `--speedy-samples N`, how many columns are drawn.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    import numpy as np

    from reference.process import Process


class SpeedyProcess:
    """A process that a test is about.

    Attributes:
        name: of the process.
        golden: folder with numbers of the original, or None.
        samples: columns to draw.
    """

    def __init__(self, name: str, golden: Path | None, samples: int) -> None:
        self.name = name
        self.golden = golden
        self.samples = samples

    @functools.cached_property
    def declaration(self) -> Process:
        """Inputs, outputs, units and branches."""
        from validation.testing import declared

        return declared(self.name)

    def columns(self, number: int, seed: int = 0) -> dict[str, np.ndarray]:
        """Inputs of drawn columns by name, `(column, *inner dimensions)`."""
        from reference.sampling import sample

        return sample(self.declaration, number, seed)

    def expected(self, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """What the Fortran reference makes of `inputs`."""
        from reference import kernels

        return kernels.run(self.declaration, inputs)

    def matches(self, implementation: Callable[..., Any] | str, **options: Any) -> None:
        """See :func:`validation.testing.port_matches_reference`."""
        from validation.testing import port_matches_reference

        given = {"golden": self.golden, "samples": self.samples} | options
        port_matches_reference(self.name, implementation, **given)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the plugin."""
    group = parser.getgroup("speedy", "comparison with SPEEDY")
    group.addoption(
        "--speedy-golden", metavar="DIR", help="folder with numbers of the original SPEEDY"
    )
    group.addoption(
        "--speedy-samples", metavar="N", type=int, default=2000, help="columns drawn per process"
    )


def pytest_configure(config: pytest.Config) -> None:
    """The marker of the plugin."""
    config.addinivalue_line(
        "markers", "speedy_process(*names): the processes that `speedy_process` takes in turn"
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test per process that the marker names, or for every process there is."""
    if "speedy_process" not in metafunc.fixturenames:
        return
    from reference.declarations import PROCESSES

    marker = metafunc.definition.get_closest_marker("speedy_process")
    names = marker.args if marker is not None and marker.args else tuple(sorted(PROCESSES))
    metafunc.parametrize("speedy_process", names, indirect=True)


@pytest.fixture
def speedy_process(request: pytest.FixtureRequest) -> SpeedyProcess:
    """See :class:`SpeedyProcess`."""
    golden = request.config.getoption("--speedy-golden")
    samples = request.config.getoption("--speedy-samples")
    return SpeedyProcess(request.param, Path(golden) if golden else None, samples)


@pytest.fixture
def port_matches_reference(request: pytest.FixtureRequest) -> Callable[..., None]:
    """See :func:`validation.testing.port_matches_reference`; options of the command line apply."""
    golden = request.config.getoption("--speedy-golden")
    samples = request.config.getoption("--speedy-samples")

    def matches(process: str, implementation: Callable[..., Any] | str, **options: Any) -> None:
        SpeedyProcess(process, Path(golden) if golden else None, samples).matches(
            implementation, **options
        )

    return matches
