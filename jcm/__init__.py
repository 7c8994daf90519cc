"""The SPEEDY climate model in JAX."""

from jcm.formulation import CORRECTED, ORIGINAL, Formulation
from jcm.model.model import Model
from jcm.model.parameters import ModelParameters
from jcm.model.run import run

__all__ = ["CORRECTED", "ORIGINAL", "Formulation", "Model", "ModelParameters", "run"]
