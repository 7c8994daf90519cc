"""The SPEEDY climate model in JAX."""
