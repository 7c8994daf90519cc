"""Derivatives of the JAX model against finite differences: `jcm-validate gradients`."""
