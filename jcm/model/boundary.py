"""Boundary data of a model: the prepared fields, and the observed anomalies of every month.

References:
    Specification pages 23 and 25.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import DTypeLike, Float

from jcm.boundary.fields import BoundaryFields
from jcm.boundary.orography import Orography
from jcm.boundary.preparation import (
    BoundaryParameters,
    masked_sst_anomaly,
    prepare_boundary_fields,
)
from jcm.boundary.raw import DATA_FOLDER
from jcm.constants import PhysicalConstants
from jcm.dynamics.gaussian_grid import GaussianGrid
from jcm.dynamics.spectral_transform import TRUNCATION
from jcm.formulation import ORIGINAL, Formulation
from jcm.surface.coupling import MonthlyClimatology
from jcm.surface.slab_constants import SlabConstants
from jcm.surface.sst_anomaly_window import LAST_FILE_MONTH


@jax.tree_util.register_dataclass
@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelBoundary:
    """Everything that the model takes from outside, a pytree of arrays.

    Attributes:
        fields: see :class:`jcm.boundary.fields.BoundaryFields`.
        sst_anomaly: observed anomaly of sea-surface temperature in every month of the file, January
            1979 to December 2013, 0 where there is no sea [K], `(420, longitude, latitude)`.
    """

    fields: BoundaryFields
    sst_anomaly: Float[jax.Array | np.ndarray, "420 longitude latitude"]

    @classmethod
    def observed(
        cls,
        start_year: int = 1982,
        start_month: int = 1,
        *,
        formulation: Formulation = ORIGINAL,
        parameters: BoundaryParameters | None = None,
        constants: PhysicalConstants | None = None,
        dtype: DTypeLike = np.float64,
        folder: Path = DATA_FOLDER,
        grid: GaussianGrid | None = None,
        orography: Orography | None = None,
        truncation: int = TRUNCATION,
    ) -> ModelBoundary:
        """The data that come with the model.

        The anomalies take 420 maps: in single precision 55 MB at T85, 1.4 GB at T425.

        Arguments and errors as of :func:`jcm.boundary.preparation.prepare_boundary_fields`.
        """
        fields = prepare_boundary_fields(
            start_year,
            start_month,
            formulation=formulation,
            parameters=parameters,
            constants=constants,
            dtype=dtype,
            folder=folder,
            grid=grid,
            orography=orography,
            truncation=truncation,
        )
        anomaly = masked_sst_anomaly(range(1, LAST_FILE_MONTH + 1), fields.sea_mask, folder)
        return cls(fields=fields, sst_anomaly=anomaly.astype(dtype))

    def without_anomalies(self) -> ModelBoundary:
        """The same with climatological sea-surface temperature in every year."""
        return dataclasses.replace(self, sst_anomaly=np.zeros_like(self.sst_anomaly))

    def astype(self, dtype: DTypeLike) -> ModelBoundary:
        """The same in another precision."""
        return jax.tree.map(lambda values: jnp.asarray(values, dtype), self)

    @property
    def climatology(self) -> MonthlyClimatology:
        """The monthly fields of land and sea."""
        return MonthlyClimatology(
            *(getattr(self.fields, name) for name in MonthlyClimatology._fields)
        )

    @property
    def slabs(self) -> SlabConstants:
        """The constant fields of the slabs."""
        return SlabConstants(*(getattr(self.fields, name) for name in SlabConstants._fields))
