"""All parameters of the column physics, each set under the name of its process."""

from __future__ import annotations

from jcm.parameters import ParameterSet, parameter_set
from jcm.physics.clouds import CloudsParameters
from jcm.physics.convection import ConvectionParameters
from jcm.physics.humidity import HumidityParameters
from jcm.physics.large_scale_condensation import LargeScaleCondensationParameters
from jcm.physics.longwave_radiation import LongwaveRadiationParameters
from jcm.physics.sea_fluxes import SurfaceFluxesParameters
from jcm.physics.shortwave_radiation import ShortwaveRadiationParameters
from jcm.physics.vertical_diffusion import VerticalDiffusionParameters


@parameter_set
class PhysicsParameters(ParameterSet):
    """Parameters of all processes that :func:`jcm.physics.physics_driver.physics_driver` calls."""

    humidity: HumidityParameters = HumidityParameters()
    convection: ConvectionParameters = ConvectionParameters()
    large_scale_condensation: LargeScaleCondensationParameters = LargeScaleCondensationParameters()
    clouds: CloudsParameters = CloudsParameters()
    shortwave_radiation: ShortwaveRadiationParameters = ShortwaveRadiationParameters()
    longwave_radiation: LongwaveRadiationParameters = LongwaveRadiationParameters()
    surface_fluxes: SurfaceFluxesParameters = SurfaceFluxesParameters()
    vertical_diffusion: VerticalDiffusionParameters = VerticalDiffusionParameters()
