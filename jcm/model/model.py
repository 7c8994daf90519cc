"""The whole model: atmosphere, land, sea and ice.

References:
    Specification pages 00 and 27.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import difflib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import cftime
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import DTypeLike

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.setups import flat_orography
from jcm.dynamics.core import Core
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.parameters import DynamicsParameters
from jcm.dynamics.planet import Planet, check_parameters_are_read
from jcm.dynamics.resolution import Resolution
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, SpectralState
from jcm.formulation import ORIGINAL, Formulation
from jcm.model import loop
from jcm.model.boundary import ModelBoundary
from jcm.model.configuration import PHYSICS, Configuration, DinosaurConfiguration, Inputs, Physics
from jcm.model.ledger import empty_ledger
from jcm.model.mass import dry_air_of
from jcm.model.parameters import ModelParameters
from jcm.model.range import RangeError, range_sentence
from jcm.model.state import DailyFields, KeptShortwave, ModelState
from jcm.model.stepping import StepDetails, clock, daily_update, initial_surface, start_up
from jcm.output.dataset import RunDescription
from jcm.physics.sppt import SpptState, initial_sppt_state
from jcm.surface.calendar import MINUTES_PER_STEP, STEPS_PER_DAY, check_date
from jcm.surface.coupling import CouplingFlags
from jcm.surface.sst_anomaly_window import check_sst_anomaly_dates
from jcm.vertical_grid import VerticalGrid

if TYPE_CHECKING:
    from jcm.boundary.orography import Orography

#: Length of the leapfrog interval, and of the two steps at the start [s].
SECONDS_PER_STEP = 60.0 * MINUTES_PER_STEP
CORES = ("speedy", "dinosaur")
#: Resolution of each core unless another is asked for; that of SPEEDY's own is fixed.
DEFAULT_RESOLUTION = {"speedy": "T30", "dinosaur": "T31"}


class Model:
    """SPEEDY in JAX.

    A model is what does not change during a run; the state is handed from call to call::

        model = jcm.Model()
        state = model.initial_state()
        state = model.advance(state, days=10)

    Models that differ in parameters, boundary data or start date share their compiled programs.

    Args:
        core: "speedy", the numerics of the original, or "dinosaur", any resolution and layers.
        resolution: name of a truncation and its grid, see
            :class:`jcm.dynamics.resolution.Resolution`; "T30" with core "speedy", "T31" by default
            with core "dinosaur".
        vertical_grid: the layers, SPEEDY's eight by default; others with core "dinosaur" only.
        numerics: of core "dinosaur".
        formulation: a :class:`jcm.formulation.Formulation`, or "original" or "corrected".
        parameters: those of the formulation by default.
        boundary: the observed data that come with the package by default, on the model's grid.
        orography: how the observed orography is filtered where `boundary` is not given; see
            :class:`jcm.boundary.orography.Orography`.
        start_date: first day of the run; between February 1979 and November 2013.
        coupling: which parts of the surface are interactive.
        co2_trend: whether the absorption by CO₂ grows with the date.
        sppt: whether the tendencies of the physics are perturbed stochastically.
        seed: of the perturbation.
        physics: "speedy", "held_suarez" or "none"; with the dry ones the ground is flat unless
            `boundary` is given.
        dtype: precision, `jnp.float32` or `jnp.float64`; the latter needs `jax_enable_x64`.

    Raises:
        ValueError: for an unknown resolution, core, physics or precision, a choice that the core
            does not have, a date that does not exist or lies outside the data; names what was
            expected.
    """

    def __init__(
        self,
        *,
        core: str = "speedy",
        resolution: str | None = None,
        vertical_grid: VerticalGrid | None = None,
        numerics: DinosaurNumerics | None = None,
        formulation: Formulation | str = ORIGINAL,
        parameters: ModelParameters | None = None,
        boundary: ModelBoundary | None = None,
        orography: Orography | None = None,
        start_date: datetime.datetime = datetime.datetime(1982, 1, 1),
        coupling: CouplingFlags = CouplingFlags(),
        co2_trend: bool = False,
        sppt: bool = False,
        seed: int = 0,
        physics: Physics = "speedy",
        dtype: DTypeLike = jnp.float32,
    ) -> None:
        _check_choice("core", core, CORES)
        _check_choice("physics", physics, PHYSICS)
        if isinstance(formulation, str):
            formulation = Formulation.named(formulation)
        self.core_name = core
        self.resolution = DEFAULT_RESOLUTION[core] if resolution is None else resolution
        self.dtype = _checked_dtype(dtype)
        self.start_date = _checked_start(start_date, formulation)
        self.seed = seed
        self.parameters = parameters or ModelParameters.for_formulation(formulation)
        dinosaur = None
        if core == "dinosaur":
            dinosaur = _dinosaur(
                self.resolution, vertical_grid, numerics, self.parameters, formulation
            )
        else:
            _check_speedy_core(self.resolution, vertical_grid, numerics)
        self.configuration = Configuration(
            formulation=formulation,
            coupling=coupling,
            co2_trend=co2_trend,
            sppt=sppt,
            physics=physics,
            dinosaur=dinosaur,
        )
        if boundary is None:
            boundary = self._observed_boundary(orography)
        elif orography is not None:
            raise ValueError("orography is chosen where the boundary data are prepared, not both")
        self._boundary = jax.tree.map(np.asarray, boundary)
        self._check_boundary()

    def with_boundary(self, change: Callable[[BoundaryFields], BoundaryFields]) -> Model:
        """The same model with other boundary data.

        Args:
            change: makes them of the present ones, as :mod:`jcm.boundary.setups` does.
        """
        boundary = dataclasses.replace(self._boundary, fields=change(self._boundary.fields))
        model = copy.copy(self)
        model.__dict__.pop("inputs", None)
        model._boundary = jax.tree.map(np.asarray, boundary)
        return model

    @property
    def formulation(self) -> Formulation:
        """Which peculiarities of the original are in effect."""
        return self.configuration.formulation

    @functools.cached_property
    def inputs(self) -> Inputs:
        """Everything that a step reads and does not change, on the device."""
        core = self.configuration.core
        filtered = np.asarray(self._boundary.fields.surface_geopotential, np.float64)
        grid = core.horizontal
        weight = grid.quadrature_weight / (2.0 * grid.longitudes)
        # They are kept, and must be numbers even if the first to ask is being traced.
        with jax.ensure_compile_time_eval():
            with jax.enable_x64(True):
                surface_geopotential = np.asarray(core.spectral_map(jnp.asarray(filtered)))
            return Inputs(
                parameters=self.parameters,
                step_constants=self._step_constants(2.0 * SECONDS_PER_STEP),
                boundary=self._boundary.astype(self.dtype),
                surface_geopotential=self._array(surface_geopotential),
                area_weight=self._array(weight),
            )

    def initial_state(self) -> ModelState:
        """The reference atmosphere at rest, after the start-up steps; its date is the start date.

        Raises:
            RangeError: if the atmosphere leaves its range at once.
        """
        core = self.configuration.core
        atmosphere, _, _ = core.initial_state(
            self._geopotential_at_rest,
            self.parameters.dynamics,
            self.parameters.constants,
            self.dtype,
        )
        return self.state_from_rest(atmosphere)

    def state_from_rest(self, atmosphere: SpectralState) -> ModelState:
        """The state at the start date with a given atmosphere, after the start-up steps.

        Args:
            atmosphere: spectral, in the layout of the core.
        """
        return _cold_start(
            atmosphere,
            self._start,
            self.inputs,
            initial_sppt_state(jax.random.key(self.seed), self.levels, self.dtype)
            if self.configuration.sppt
            else None,
            self._step_constants(0.5 * SECONDS_PER_STEP),
            self._step_constants(SECONDS_PER_STEP),
            configuration=self.configuration,
        )

    def state_from_grid(self, atmosphere: GridState) -> ModelState:
        """The state at the start date with a given atmosphere on the grid; core "dinosaur" only.

        Args:
            atmosphere: fields `(longitude, level, latitude)`; the geopotential is not read.

        Raises:
            ValueError: with core "speedy", or for a field of another shape.
        """
        core = self.configuration.core
        if self.configuration.dinosaur is None:
            raise ValueError("a state from fields on the grid needs core 'dinosaur'")
        shape = (core.horizontal.longitudes, core.grid.levels, core.horizontal.latitudes)
        for name, field in atmosphere._asdict().items():
            expected = (shape[0], shape[2]) if name.startswith("log") else shape
            if np.shape(field) != expected:
                raise ValueError(f"{name} has shape {np.shape(field)}, expected {expected}")
        fields = jax.tree.map(lambda field: jnp.asarray(field, self.dtype), atmosphere)
        return self.state_from_rest(core.spectral_state(fields))

    def advance(
        self, state: ModelState, *, days: float | int | None = None, steps: int | None = None
    ) -> ModelState:
        """The state `days` or `steps` later.

        Args:
            state: between two steps.
            days: a multiple of a time step, 1/36 day.
            steps: number of time steps, instead of days.

        Returns:
            The state.

        Raises:
            RangeError: if the atmosphere leaves its range. The error says which field, where and
                when, and carries the last good state.
            ValueError: for a duration that is not a whole number of steps.
        """
        wanted = whole_steps(days=days, steps=steps)
        result = loop.advance(
            state,
            (),
            empty_ledger(self.dtype),
            self.inputs,
            jnp.asarray(wanted, jnp.int32),
            configuration=self.configuration,
            selections=(),
        )
        self.check_range(state, result)
        return result.state

    def check_range(self, start: ModelState, result: loop.Advanced) -> None:
        """Refuse a result that left the accepted range.

        Args:
            start: the state that the steps began with.
            result: of :func:`jcm.model.loop.advance`.

        Raises:
            RangeError: with the last good state.
        """
        if bool(result.in_range):
            return
        good = int(result.steps_in_range)
        last_good = self.advance(start, steps=good) if good else start
        details = self.details_of_next_step(last_good)
        sentence = range_sentence(result.state, details, self.date(result.state), self)
        raise RangeError(sentence, last_good)

    def scan(self, state: ModelState, steps: int) -> ModelState:
        """As :meth:`advance`, in a form that can be differentiated in reverse; nothing is checked.

        Args:
            state: between two steps.
            steps: number of time steps; another number is another compilation.
        """
        return loop.scan(state, self.inputs, steps, configuration=self.configuration)

    def details_of_next_step(self, state: ModelState) -> StepDetails:
        """What the next step sees and computes: the atmosphere on the grid, the physics."""
        return loop.details_of_next_step(state, self.inputs, configuration=self.configuration)

    def date(self, state: ModelState) -> cftime.datetime:
        """The model date of a state, in the calendar of the model."""
        return self.description.date(int(state.step))

    @functools.cached_property
    def description(self) -> RunDescription:
        """What the files of this model's runs have in common."""
        precision = np.dtype(self.dtype).name
        return RunDescription(
            start_date=self.start_date,
            vertical_grid=self.configuration.core.grid,
            horizontal=self.configuration.core.horizontal,
            formulation=self.formulation,
            source=f"jcm, core {self.core_name}, {self.resolution}L{self.levels}, {precision}",
        )

    @property
    def levels(self) -> int:
        """Number of levels."""
        return self.configuration.core.grid.levels

    @property
    def _start(self) -> jax.Array:
        date = self.start_date
        return jnp.asarray([date.year, date.month, date.day, date.hour, date.minute], jnp.int32)

    def _observed_boundary(self, orography: Orography | None) -> ModelBoundary:
        """The data that come with the package, on the grid of the core."""
        date, dinosaur = self.start_date, self.configuration.dinosaur
        on_grid: dict[str, Any] = {}
        if dinosaur is not None:
            on_grid = {
                "grid": self.configuration.core.horizontal,
                "truncation": dinosaur.resolution.truncation,
                "dtype": self.dtype,
            }
        boundary = ModelBoundary.observed(
            date.year, date.month, formulation=self.formulation, orography=orography, **on_grid
        )
        if self.configuration.physics == "speedy":
            return boundary
        return dataclasses.replace(boundary, fields=flat_orography(boundary.fields))

    @property
    def _geopotential_at_rest(self) -> np.ndarray:
        """Over which the atmosphere rests at the start; the core truncates it.

        SPEEDY truncates the observed orography for this, to which the digits of its numbers belong;
        an orography that was filtered otherwise is taken as it is.
        """
        fields = self._boundary.fields
        observed = np.asarray(fields.surface_geopotential_unfiltered, np.float64)
        filtered = np.asarray(fields.surface_geopotential, np.float64)
        if self.configuration.dinosaur is not None:
            return filtered
        transform = SpeedyCore.speedy(self.formulation).transform
        truncated = transform.synthesis(transform.truncate(transform.analysis(observed)))
        same = np.abs(truncated - filtered).max() <= 1e-6 * np.abs(truncated).max()
        return observed if same else filtered

    def _check_boundary(self) -> None:
        grid = self.configuration.core.horizontal
        found = np.shape(self._boundary.fields.surface_geopotential)
        expected = (grid.longitudes, grid.latitudes)
        if found != expected:
            raise ValueError(
                f"the boundary data lie on a grid of {found} points, expected {expected} for "
                f"{self.resolution}: prepare them with grid=model.configuration.core.horizontal"
            )

    def _step_constants(self, seconds: float) -> Any:
        return self.configuration.core.step_constants(
            self.parameters.dynamics, self.parameters.constants, seconds, dtype=self.dtype
        )

    def _array(self, values: np.ndarray) -> jax.Array:
        return jnp.asarray(values, self.dtype)


def whole_steps(*, days: float | int | None, steps: int | None) -> int:
    """Number of time steps in a duration.

    Raises:
        ValueError: if none or both are given, or the duration is no whole number of steps.
    """
    if (days is None) == (steps is None):
        raise ValueError("give either days or steps")
    if steps is None:
        number = days * STEPS_PER_DAY
        steps = round(number)
        if abs(number - steps) > 1e-6:
            raise ValueError(
                f"a run of {days} days is {number} time steps of {MINUTES_PER_STEP} minutes, "
                "expected a whole number"
            )
    if steps < 0:
        raise ValueError(f"a run has {steps} steps, expected 0 or more")
    return steps


@functools.partial(jax.jit, static_argnames=("configuration",))
def _cold_start(
    atmosphere: SpectralState,
    start: jax.Array,
    inputs: Inputs,
    sppt: SpptState | None,
    half_step: Any,
    first_step: Any,
    *,
    configuration: Configuration,
) -> ModelState:
    """The first state of a run: surface, daily fields, both time levels."""
    dtype = atmosphere.temperature.dtype
    core = configuration.core
    surface = initial_surface(start, inputs, configuration=configuration)
    levels = core.grid.levels
    columns = (core.horizontal.longitudes, core.horizontal.latitudes)
    maps = jnp.zeros(columns, dtype)

    def stack(*shape: int) -> jax.Array:
        return jnp.zeros((columns[0], *shape, columns[1]), dtype)

    shortwave = KeptShortwave(
        longwave_transmissivity=stack(levels, 4),
        stratospheric_correction=stack(2),
        temperature_tendency_shortwave=stack(levels),
        toa_net_shortwave=maps,
        surface_downward_shortwave=maps,
        surface_net_shortwave=maps,
        cloud_top_level=jnp.full(columns, levels, jnp.int32),
        cloud_cover=maps,
        stratiform_cloud_cover=maps,
    )
    state = ModelState(
        earlier=atmosphere,
        later=None,
        surface=surface,
        daily=_no_daily_fields(core, dtype),
        shortwave=shortwave,
        dry_air_pressure=jnp.zeros((), dtype),
        start=start,
        step=jnp.zeros((), jnp.int32),
        sppt=sppt,
    )
    state = state._replace(
        daily=daily_update(
            surface, clock(state, 0, configuration), inputs, configuration=configuration
        )
    )
    state = state._replace(dry_air_pressure=dry_air_of(atmosphere, inputs, core=core))
    return start_up(state, inputs, half_step, first_step, configuration=configuration)


def _no_daily_fields(core: Core, dtype: DTypeLike) -> DailyFields:
    """Daily fields before the first update, all zero."""
    maps = jnp.zeros((core.horizontal.longitudes, core.horizontal.latitudes), dtype)
    rows = maps[0]
    spectral = jnp.zeros_like(core.spectral_map(maps))
    return DailyFields(
        *[maps] * 4, *[rows] * 5, *[spectral] * 2, co2_absorptivity=jnp.zeros((), dtype)
    )


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    if value not in choices:
        near = difflib.get_close_matches(value, choices, n=1, cutoff=0.0)[0]
        raise ValueError(
            f"{name} {value!r} is not known, did you mean {near!r}? expected one of {choices}"
        )


def _dinosaur(
    resolution: str,
    vertical_grid: VerticalGrid | None,
    numerics: DinosaurNumerics | None,
    parameters: ModelParameters,
    formulation: Formulation,
) -> DinosaurConfiguration:
    """What the Dinosaur core is made of.

    Raises:
        ValueError: for an unknown resolution, or a parameter that the core would ignore.
    """
    usual = DynamicsParameters.for_formulation(formulation)
    check_parameters_are_read(parameters.dynamics, usual)
    return DinosaurConfiguration(
        resolution=Resolution.named(resolution),
        vertical_grid=vertical_grid or VerticalGrid.speedy(formulation),
        numerics=numerics or DinosaurNumerics(),
        planet=Planet.of(parameters.dynamics, parameters.constants),
    )


def _check_speedy_core(
    resolution: str, vertical_grid: VerticalGrid | None, numerics: DinosaurNumerics | None
) -> None:
    """Refuse what SPEEDY's own core does not have.

    Raises:
        ValueError: naming it.
    """
    if resolution != DEFAULT_RESOLUTION["speedy"]:
        Resolution.named(resolution)
        raise ValueError(
            f"core 'speedy' has resolution 'T30', got {resolution!r}: core 'dinosaur' has others"
        )
    for name, value in (("vertical_grid", vertical_grid), ("numerics", numerics)):
        if value is not None:
            raise ValueError(f"core 'speedy' has its own {name}: core 'dinosaur' takes others")


def _checked_dtype(dtype: DTypeLike) -> np.dtype:
    checked = np.dtype(dtype)
    if checked not in (np.float32, np.float64):
        raise ValueError(f"dtype must be float32 or float64, got {checked}")
    if checked == np.float64 and not jax.config.jax_enable_x64:
        raise ValueError(
            "float64 needs double precision switched on in JAX: "
            "jax.config.update('jax_enable_x64', True)"
        )
    return checked


def _checked_start(date: datetime.datetime, formulation: Formulation) -> datetime.datetime:
    check_date(date.year, date.month, date.day, date.hour, date.minute, formulation=formulation)
    check_sst_anomaly_dates(date.year, date.month, date.year, date.month, formulation=formulation)
    return date
