"""Boundary data and their preparation."""
