"""A run is made, and what its processes see and compute at chosen steps is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

import numpy as np
import xarray as xr

from reference.declarations import PROCESSES
from reference.errors import InputError, KernelError, ReferenceUnavailableError
from reference.process import Process
from validation.dynamics.runs import STEPS_PER_DAY
from validation.ports import PortError
from validation.recording.grid_files import boundary_fields, correction_fields
from validation.recording.proof import Agreement, Agreements
from validation.recording.request import RecordRequest
from validation.recording.seen import (
    COLUMNS,
    LATITUDES,
    LONGITUDES,
    SHORTWAVE_INTERVAL,
    Run,
    Seen,
    date_inputs,
    rows,
)
from validation.recording.stages import (
    COUPLING,
    DAILY,
    MONTHLY,
    PHYSICS_SEQUENCE,
    SHORTWAVE_ONLY,
    Arrays,
    Columns,
    Stage,
    coupling_stages,
    daily_stages,
    driver_stage,
    physics_stages,
)
from validation.recording.starts import Checkpoint, checkpoint_state, start_of_checkpoint
from validation.recording.tables import Rows, Table, sequence_dataset

Announce = Callable[[str], None]

#: Processes of which one call serves all columns.
_WITHOUT_PLACE = ("calendar", "sst_anomaly_window")
_SEQUENCE = "physics/physics_driver_sequence.nc"
_GRID = np.arange(COLUMNS)


@dataclasses.dataclass(frozen=True)
class Recording:
    """What was recorded.

    Attributes:
        request: what was asked.
        files: data sets by path below the folder of golden numbers.
        agreements: how close the recorded numbers are to those that the run used.
        remarks: sentences about what is missing and why.
    """

    request: RecordRequest
    files: dict[str, xr.Dataset]
    agreements: list[Agreement]
    remarks: list[str]


def make_run(request: RecordRequest) -> Run:
    """The model that is asked for, at its start.

    Raises:
        InputError: if it cannot start there.
        ReferenceUnavailableError: if it is the Fortran and this was not built.
    """
    start = request.start
    if request.model == "fortran":
        from reference import kernels

        if not kernels.available():
            raise ReferenceUnavailableError(kernels.unavailable_reason())
        from validation.recording.fortran_run import FortranRun

        run: Run = FortranRun()
        run.begin(start_of_checkpoint(start) if isinstance(start, Checkpoint) else start)
        return run
    from validation.recording.jax_run import JaxRun

    jax_run = JaxRun(request.precision)
    if isinstance(start, Checkpoint):
        jax_run.continue_from(*jax_run.in_own_precision(checkpoint_state, start))
    else:
        jax_run.begin(start)
    return jax_run


def record(request: RecordRequest, run: Run, announce: Announce = lambda text: None) -> Recording:
    """Go through the steps of a run and keep what is asked for.

    Short-wave radiation and clouds, and the daily update, are recorded of the last step that
    computed them: what a recorded step keeps of them is then explained by the recording.

    Args:
        request: see :class:`RecordRequest`.
        run: at its start; see :func:`make_run`. It is at the end of the last step afterwards.
        announce: called with a phrase before every recorded step.

    Raises:
        InputError: if the run stops before its last step, or a process refuses what it was given.
    """
    recorder = _Recorder(request, run)
    for step in recorder.visited:
        announce(f"step {step - recorder.first}")
        run.advance(step - run.step)
        seen = run.watch()
        try:
            recorder.add(seen)
        except (KernelError, PortError) as error:
            raise InputError(f"step {step - recorder.first}: {str(error).rstrip('.')}.") from None
    return recorder.recording()


class _Recorder:
    def __init__(self, request: RecordRequest, run: Run) -> None:
        self._request, self._run = request, run
        self.first = run.step
        self._chosen = {self.first + step for step in request.steps}
        self._shortwave = self._in_force(SHORTWAVE_INTERVAL, SHORTWAVE_ONLY)
        self._daily = self._in_force(STEPS_PER_DAY, DAILY)
        self.visited = sorted(self._chosen | self._shortwave | self._daily)
        self._columns = _drawn(request)
        self._places = _places(self._columns)
        self._monthly = {name: v[self._columns] for name, v in run.monthly().items()}
        self._tables: dict[str, Table] = {}
        self._agreements = Agreements()
        self._updates: list[tuple[Seen, Arrays]] = []
        self._interpolated: set[tuple[int, ...]] = set()

    def add(self, seen: Seen) -> None:
        """Record a step: all of it, or what others keep of it."""
        if seen.step in self._daily:
            self._add_daily(seen)
        if seen.step not in self._chosen | self._shortwave:
            return
        driver = self._drawn_from(seen.driver)
        single = self._wants(PHYSICS_SEQUENCE)
        stages = physics_stages(self._process, driver) if single else []
        if seen.step not in self._chosen:
            self._keep([s for s in stages if s.process.name in SHORTWAVE_ONLY], seen.step)
            return
        whole = self._driver(seen, driver)
        self._keep([*stages, whole], seen.step)
        self._agreements.add_told(seen, [whole], self._columns)
        self._agreements.add_physics(stages, whole)
        if self._wants(COUPLING):
            self._add_coupling(seen, whole)

    def _add_coupling(self, seen: Seen, whole: Stage) -> None:
        fluxes = {
            "net_surface_heat_flux_land": whole.outputs["net_surface_heat_flux"][:, 0],
            "net_surface_heat_flux_sea": whole.outputs["net_surface_heat_flux"][:, 1],
            "sensible_heat_flux_sea": whole.outputs["sensible_heat_flux"][:, 1],
            "evaporation_sea": whole.outputs["evaporation"][:, 1],
            "surface_downward_shortwave": whole.outputs["surface_downward_shortwave"],
        }
        date = date_inputs(self._run.start_date, seen.step + 1)
        given = self._drawn_from(seen.coupling) | fluxes
        coupled = coupling_stages(self._process, date, given, self._monthly)
        self._agreements.add_told(seen, coupled, self._columns)
        self._keep_interpolations(coupled, seen.step)
        self._keep([s for s in coupled if s.process.name != "interpolation"], seen.step)

    def recording(self) -> Recording:
        """All files."""
        wanted = {PROCESSES[name].golden[0].path for name in self._request.processes}
        files = {
            path: table.dataset(self._run.dtype)
            for path, table in self._tables.items()
            if path in wanted
        }
        self._shape_window(files)
        remarks = self._absences(wanted - files.keys())
        consecutive = _longest_run(self._request.steps)
        driver = PROCESSES["physics_driver"].golden[0].path
        if driver in files and len(consecutive) > 1:
            files[_SEQUENCE] = sequence_dataset(files[driver], consecutive)
        names = self._request.processes
        if "slab_constants" in names:
            path = PROCESSES["slab_constants"].golden[0].path
            files[path] = boundary_fields(self._process, self._run)
        if "orographic_correction" in names and self._updates:
            path = PROCESSES["orographic_correction"].golden[1].path
            files[path] = correction_fields(self._process, self._run, self._updates)
        remarks = [r for r in remarks if r]
        return Recording(self._request, files, self._agreements.listed(), remarks)

    def _wants(self, names: Iterable[str]) -> bool:
        """Whether any of some processes is asked for; each costs a compilation in JAX."""
        return any(name in self._request.processes for name in names)

    def _in_force(self, interval: int, names: Iterable[str]) -> set[int]:
        """Steps, from the start on, at which what the chosen ones keep was computed."""
        if not self._wants(names):
            return set()
        last = {step - step % interval for step in self._chosen}
        return {step for step in last if step >= self.first}

    def _process(self, name: str, inputs: Columns) -> Columns:
        return self._run.port.run(PROCESSES[name], inputs)

    def _drawn_from(self, values: Arrays) -> Arrays:
        return {name: array[self._columns] for name, array in values.items()}

    def _driver(self, seen: Seen, driver: Arrays) -> Stage:
        if seen.driver_outputs is None:
            return driver_stage(self._process, driver)
        process = PROCESSES["physics_driver"]
        inputs = {v.name: driver[v.name] for v in process.inputs}
        return Stage(process, inputs, self._drawn_from(seen.driver_outputs))

    def _add_daily(self, seen: Seen) -> None:
        assert seen.daily is not None
        date = date_inputs(self._run.start_date, seen.step)
        calendar, *others = daily_stages(self._process, date, self._drawn_from(seen.daily))
        # Its date is that of the beginning; the model tells that of the end.
        self._agreements.add_told(seen, others, self._columns)
        self._keep([calendar], seen.step)
        zonal, forcing, correction = others
        self._keep([zonal], seen.step)
        shared = [s for s in (forcing, correction) if s.process.name in self._request.processes]
        if shared:
            path = forcing.process.golden[0].path
            self._table(path).add(shared, self._rows(seen.step))
        self._updates.append((seen, date))

    def _keep(self, stages: Iterable[Stage], step: int) -> None:
        for one in stages:
            if one.process.name in self._request.processes:
                place = one.process.name not in _WITHOUT_PLACE
                table = self._table(one.process.golden[0].path, "column" if place else "row")
                table.add([one], self._rows(step, place=place))

    def _keep_interpolations(self, coupled: list[Stage], step: int) -> None:
        """Monthly values are interpolated once a day."""
        calendar = coupled[0].outputs
        day = tuple(int(calendar[name][0]) for name in ("year", "month", "day"))
        if "interpolation" not in self._request.processes or day in self._interpolated:
            return
        self._interpolated.add(day)
        table = self._table(PROCESSES["interpolation"].golden[0].path)
        done = [one for one in coupled if one.process.name == "interpolation"]
        for number, one in enumerate(done):
            attributes = {
                "units": "1",
                "long_name": "which monthly field",
                "flag_values": np.arange(len(MONTHLY), dtype=np.int32),
                "flag_meanings": " ".join(MONTHLY),
            }
            field = np.full(len(self._columns), number, np.int32)
            table.add([one], self._rows(step, further={"monthly_field": (field, attributes)}))

    def _table(self, path: str, dimension: str = "column") -> Table:
        return self._tables.setdefault(path, Table(dimension))

    def _rows(self, step: int, *, place: bool = True, further: dict | None = None) -> Rows:
        latitude, longitude = self._places if place else (np.zeros(0), np.zeros(0))
        return Rows(
            self._run.start_date, step, step - self.first, latitude, longitude, further or {}
        )

    @staticmethod
    def _shape_window(files: dict[str, xr.Dataset]) -> None:
        """The start of the run stands once in the file of the window, rows say which run."""
        path = PROCESSES["sst_anomaly_window"].golden[0].path
        if path not in files:
            return
        starts = [name for name in files[path] if str(name).startswith("start_")]
        for name in starts:
            first = files[path][name].isel(row=[0]).rename(row="nrun")
            files[path] = files[path].drop_vars(name).assign({name: first})
        run = np.zeros(files[path].sizes["row"], np.int32)
        described = {"units": "1", "long_name": "index of the run", "role": "input"}
        files[path] = files[path].assign(run=("row", run, described))

    def _absences(self, paths: set[str]) -> list[str]:
        """Why files are missing."""
        sentences = []
        for name in self._request.processes:
            process: Process = PROCESSES[name]
            if process.golden[0].path in paths and name != "slab_constants":
                sentences.append(
                    f"{name} is not recorded: the run began after the step that computed it."
                )
        return sentences


def _drawn(request: RecordRequest) -> np.ndarray:
    """Indices of the recorded columns, ascending."""
    if request.columns is None:
        return _GRID
    generator = np.random.default_rng(request.seed)
    return np.sort(generator.choice(COLUMNS, size=request.columns, replace=False))


def _places(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of columns in degrees."""
    from jcm.dynamics.gaussian_grid import GaussianGrid

    grid = GaussianGrid.speedy()
    latitude = rows(grid.latitude_degrees)
    longitude = np.tile(grid.longitude_degrees, LATITUDES)
    assert len(longitude) == LATITUDES * LONGITUDES
    return latitude[columns], longitude[columns]


def _longest_run(steps: tuple[int, ...]) -> list[int]:
    """The longest stretch of consecutive steps."""
    best: list[int] = []
    current: list[int] = []
    for step in steps:
        current = [*current, step] if current and step == current[-1] + 1 else [step]
        best = max(best, current, key=len)
    return best
