"""All parameters of the model, each set under the name of its part."""

from __future__ import annotations

from jcm.constants import PhysicalConstants
from jcm.dynamics.parameters import DynamicsParameters
from jcm.parameters import ParameterSet, parameter_set
from jcm.physics.daily_forcing import DailyForcingParameters
from jcm.physics.held_suarez import HeldSuarezParameters
from jcm.physics.orographic_correction import OrographicCorrectionParameters
from jcm.physics.physics_parameters import PhysicsParameters
from jcm.physics.sppt import SpptParameters
from jcm.physics.zonal_forcing import ZonalForcingParameters
from jcm.surface.coupling import CouplingParameters


@parameter_set
class ModelParameters(ParameterSet):
    """One copy of every number that the time step reads; a pytree, traced under `jax.jit`.

    What belongs to the preparation of boundary data is in
    :class:`jcm.boundary.preparation.BoundaryParameters`.
    """

    constants: PhysicalConstants = PhysicalConstants()
    dynamics: DynamicsParameters = DynamicsParameters()
    physics: PhysicsParameters = PhysicsParameters()
    zonal_forcing: ZonalForcingParameters = ZonalForcingParameters()
    daily_forcing: DailyForcingParameters = DailyForcingParameters()
    orographic_correction: OrographicCorrectionParameters = OrographicCorrectionParameters()
    held_suarez: HeldSuarezParameters = HeldSuarezParameters()
    sppt: SpptParameters = SpptParameters()
    coupling: CouplingParameters = CouplingParameters()
