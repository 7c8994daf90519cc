"""The whole model: atmosphere, land, sea and ice.

References:
    Specification pages 00 and 27.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import functools
from collections.abc import Callable, Mapping
from typing import Any

import cftime
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import DTypeLike

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.orography import Orography
from jcm.boundary.setups import flat_orography
from jcm.dynamics.dinosaur_numerics import DinosaurNumerics
from jcm.dynamics.speedy_core import SpeedyCore
from jcm.dynamics.state import GridState, SpectralState
from jcm.formulation import ORIGINAL, Formulation
from jcm.model import loop
from jcm.model.boundary import ModelBoundary
from jcm.model.choices import (
    CORES,
    DEFAULT_OROGRAPHY,
    DEFAULT_RESOLUTION,
    check_choice,
    check_speedy_core,
    checked_dtype,
    checked_start,
    dinosaur_configuration,
    whole_steps,
)
from jcm.model.cold_start import cold_start
from jcm.model.configuration import PHYSICS, Configuration, Correction, Inputs, Physics
from jcm.model.description import run_description
from jcm.model.ledger import empty_ledger
from jcm.model.parameters import ModelParameters
from jcm.model.range import RangeError, range_sentence
from jcm.model.state import ModelState
from jcm.model.stepping import StepDetails
from jcm.names import with_leaves
from jcm.output.dataset import RunDescription
from jcm.physics.gates import HARD, Gates
from jcm.physics.sppt import initial_sppt_state
from jcm.physics.vertical_levels import check_vertical_grid
from jcm.surface.calendar import MINUTES_PER_STEP
from jcm.surface.coupling import CouplingFlags
from jcm.vertical_grid import VerticalGrid

#: Length of the leapfrog interval, and of the two steps at the start [s].
SECONDS_PER_STEP = 60.0 * MINUTES_PER_STEP
#: Inputs from which the constants of a step are derived.
_SHAPING_STEP = ("parameters.dynamics.", "parameters.constants.")


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
        orography: how the observed orography is filtered where `boundary` is not given, see
            :class:`jcm.boundary.orography.Orography`; "truncated" by default with core "speedy",
            "regularized" with core "dinosaur".
        start_date: first day of the run; between February 1979 and November 2013.
        coupling: which parts of the surface are interactive.
        co2_trend: whether the absorption by CO₂ grows with the date.
        sppt: whether the tendencies of the physics are perturbed stochastically.
        seed: of the perturbation.
        physics: "speedy", "held_suarez" or "none"; with the dry ones the ground is flat unless
            `boundary` is given.
        correction: adds tendencies to those of SPEEDY's physics, a column network for instance; see
            :data:`jcm.model.configuration.Correction`.
        gates: of a width, `Gates(width=0.05)`, they make every step a smooth function of the state;
            see :class:`jcm.physics.gates.Gates`.
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
        correction: Correction | None = None,
        gates: Gates = HARD,
        dtype: DTypeLike = jnp.float32,
    ) -> None:
        check_choice("core", core, CORES)
        check_choice("physics", physics, PHYSICS)
        if isinstance(formulation, str):
            formulation = Formulation.named(formulation)
        self.core_name = core
        self.resolution = DEFAULT_RESOLUTION[core] if resolution is None else resolution
        self.dtype = checked_dtype(dtype)
        self.start_date = checked_start(start_date, formulation)
        self.seed = seed
        self.parameters = parameters or ModelParameters.for_formulation(formulation)
        dinosaur = None
        if core == "dinosaur":
            dinosaur = dinosaur_configuration(
                self.resolution, vertical_grid, numerics, self.parameters, formulation
            )
        else:
            check_speedy_core(self.resolution, vertical_grid, numerics)
        self.configuration = Configuration(
            formulation=formulation,
            coupling=coupling,
            co2_trend=co2_trend,
            sppt=sppt,
            physics=physics,
            correction=correction,
            gates=gates,
            dinosaur=dinosaur,
        )
        if physics == "speedy":
            check_vertical_grid(self.configuration.core.grid)
        elif correction is not None:
            raise ValueError(f"a correction is added to the physics of SPEEDY, got {physics!r}")
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

    def inputs_with(self, values: Mapping[str, Any]) -> Inputs:
        """The inputs with other numbers in some places; for derivatives they may be traced.

        Args:
            values: by dotted name, such as "parameters.physics.clouds.cloud_albedo" or
                "boundary.sst_anomaly".

        Raises:
            ValueError: for an unknown name, another shape, or a number that the core has compiled
                in.
        """
        core, inputs = self.configuration.core, with_leaves(self.inputs, values, what="input")
        if any(name.startswith(_SHAPING_STEP) for name in values):
            p = inputs.parameters
            constants = core.step_constants(
                p.dynamics, p.constants, 2.0 * SECONDS_PER_STEP, dtype=self.dtype
            )
            inputs = inputs._replace(step_constants=constants)
        if "boundary.fields.surface_geopotential" in values:
            surface = core.spectral_map(inputs.boundary.fields.surface_geopotential)
            inputs = inputs._replace(surface_geopotential=surface)
        return inputs

    def initial_state(self) -> ModelState:
        """The reference atmosphere at rest, after the start-up steps; its date is the start date.

        Raises:
            RangeError: if the atmosphere leaves its range at once.
        """
        return self.state_from_rest(self._resting_atmosphere())

    def state_shapes(self) -> ModelState:
        """A state without values: the template that a checkpoint is read into."""
        return jax.eval_shape(self.state_from_rest, self._resting_atmosphere())

    def state_from_rest(self, atmosphere: SpectralState) -> ModelState:
        """The state at the start date with a given atmosphere, after the start-up steps.

        Args:
            atmosphere: spectral, in the layout of the core.
        """
        return cold_start(
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
        self,
        state: ModelState,
        *,
        days: float | int | None = None,
        steps: int | None = None,
        inputs: Inputs | None = None,
    ) -> ModelState:
        """The state `days` or `steps` later.

        Args:
            state: between two steps.
            days: a multiple of a time step, 1/36 day.
            steps: number of time steps, instead of days.
            inputs: of :meth:`inputs_with`, or the model's own.

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
            self.inputs if inputs is None else inputs,
            jnp.asarray(wanted, jnp.int32),
            configuration=self.configuration,
            selections=(),
        )
        self.check_range(state, result, inputs)
        return result.state

    def check_range(
        self, start: ModelState, result: loop.Advanced, inputs: Inputs | None = None
    ) -> None:
        """Refuse a result that left the accepted range.

        Args:
            start: the state that the steps began with.
            result: of :func:`jcm.model.loop.advance`.
            inputs: with which the steps were made, if not the model's own.

        Raises:
            RangeError: with the last good state.
        """
        if bool(result.in_range):
            return
        good = int(result.steps_in_range)
        last_good = self.advance(start, steps=good, inputs=inputs) if good else start
        details = self.details_of_next_step(last_good, inputs)
        sentence = range_sentence(result.state, details, self.date(result.state), self)
        raise RangeError(sentence, last_good)

    def scan(
        self,
        state: ModelState,
        steps: int,
        *,
        inputs: Inputs | None = None,
        memory: float | None = None,
    ) -> ModelState:
        """As :meth:`advance`, in a form that can be differentiated in reverse; nothing is checked.

        Args:
            state: between two steps.
            steps: number of time steps; another number is another compilation.
            inputs: of :meth:`inputs_with`, or the model's own.
            memory: bytes that a derivative in reverse may take; the less, the more is computed
                twice. Without it the state of every step is kept.

        Raises:
            ValueError: if `memory` does not suffice for these steps.
        """
        return loop.scan(
            state,
            self.inputs if inputs is None else inputs,
            steps,
            configuration=self.configuration,
            memory=memory,
        )

    def details_of_next_step(self, state: ModelState, inputs: Inputs | None = None) -> StepDetails:
        """What the next step sees and computes: the atmosphere on the grid, the physics."""
        inputs = self.inputs if inputs is None else inputs
        return loop.details_of_next_step(state, inputs, configuration=self.configuration)

    def date(self, state: ModelState) -> cftime.datetime:
        """The model date of a state, in the calendar of the model."""
        return self.description.date(int(state.step))

    @functools.cached_property
    def description(self) -> RunDescription:
        """What the files of this model's runs have in common."""
        return run_description(self.configuration, self.start_date, np.dtype(self.dtype))

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
            date.year,
            date.month,
            formulation=self.formulation,
            orography=orography or Orography.named(DEFAULT_OROGRAPHY[self.core_name]),
            **on_grid,
        )
        if self.configuration.physics == "speedy":
            return boundary
        return dataclasses.replace(boundary, fields=flat_orography(boundary.fields))

    def _resting_atmosphere(self) -> SpectralState:
        core, p = self.configuration.core, self.parameters
        resting = (self._geopotential_at_rest, p.dynamics, p.constants, self.dtype)
        return core.initial_state(*resting)[0]

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
