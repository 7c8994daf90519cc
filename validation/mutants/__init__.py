"""Mutation score: which faults planted into the JAX model does the harness notice?"""
