"""What a check of one golden file is, and how a port is held against it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from validation.dynamics.comparison import FieldComparison, Tolerance, compare_field
from validation.dynamics.files import Field, GoldenFile, exists
from validation.model_ports import Arrays, DynamicsPort

Fields = dict[str, Field]

#: Of transforms, operators and single steps. In single precision as for the columns.
SINGLE = {"float64": 1e-12, "float32": 2e-5}
#: Of 36 steps without physics. In single precision errors of the steps add up at the worst.
DAY_WITHOUT_PHYSICS = {"float64": 1e-11, "float32": 36 * SINGLE["float32"]}

_MEANING = {
    (SINGLE["float64"]): "single operation or step in double precision",
    (SINGLE["float32"]): "single operation or step in single precision",
    (DAY_WITHOUT_PHYSICS["float64"]): "36 steps without physics in double precision",
    (DAY_WITHOUT_PHYSICS["float32"]): "36 times that of a step in single precision",
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Check:
    """A golden file of the dynamics and how a port computes what it holds.

    Attributes:
        name: of the comparison.
        summary: one sentence.
        spec: page of the specification.
        paths: golden files that are needed; the first holds the numbers.
        expected: fields as the original computed them.
        follow: the same from a port, by the same names.
        tolerances: largest field measure that passes, by precision.
        special: the same for single fields.
        remainders: fields that are a small remainder of others, by the name of one of those; in
            single precision they are measured relative to that.
    """

    name: str
    summary: str
    spec: str
    paths: tuple[str, ...]
    expected: Callable[[Mapping[str, GoldenFile]], Fields]
    follow: Callable[[Mapping[str, GoldenFile], DynamicsPort], Arrays]
    tolerances: Mapping[str, float] = dataclasses.field(default_factory=lambda: SINGLE)
    special: Mapping[str, Mapping[str, float]] = dataclasses.field(default_factory=dict)
    remainders: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def available(self, folder: Path) -> bool:
        """Whether a golden folder holds the files."""
        return all(exists(folder, path) for path in self.paths)

    def read(self, folder: Path) -> dict[str, GoldenFile]:
        """The files by name without folder and suffix.

        Raises:
            InputError: if one is missing or damaged.
        """
        return {Path(path).stem: GoldenFile(folder, path) for path in self.paths}

    def tolerance(self, output: str, precision: str, expected: Fields) -> Tolerance:
        """What passes for one field."""
        value = self.special.get(output, self.tolerances)[precision]
        source = _MEANING[value]
        whole = self.remainders.get(output)
        if whole is not None and precision == "float32":
            value *= max(1.0, _maximum(expected[whole]) / _maximum(expected[output]))
            source += f", relative to {whole}, of which this is a small remainder"
        return Tolerance(value=value, source=source)


def _maximum(field: Field) -> float:
    return float(np.abs(field.values).max())


def judge_check(
    check: Check, files: Mapping[str, GoldenFile], port: DynamicsPort
) -> list[FieldComparison]:
    """Compare every field of a check.

    Raises:
        InputError: if the golden files lack something or hold numbers that are not finite.
    """
    expected = check.expected(files)
    found, error = _followed(check, files, port)
    coordinates = grid_coordinates(next(iter(files.values())))
    return [
        compare_field(
            field.renamed(name),
            found.get(name),
            process=check.name,
            implementation=port.name,
            precision=port.precision,
            tolerance=check.tolerance(name, port.precision, expected),
            source=check.paths[0],
            coordinates=coordinates,
            error=error,
        )
        for name, field in expected.items()
    ]


def _followed(
    check: Check, files: Mapping[str, GoldenFile], port: DynamicsPort
) -> tuple[Arrays, str]:
    try:
        return check.follow(files, port), ""
    except Exception as error:  # a broken port is a failed comparison, not the end of all
        return {}, f"{port.name} raised {type(error).__name__}: {error}"


def grid_coordinates(file: GoldenFile) -> dict[str, np.ndarray]:
    """Degrees along the horizontal axes, as far as a file holds them."""
    coordinates = {n: file.values(n) for n in ("latitude", "longitude") if file.holds(n)}
    if file.holds("longitude_subset_index"):
        coordinates["longitude_subset"] = 3.75 * file.values("longitude_subset_index")
    return coordinates
