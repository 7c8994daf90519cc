"""Saving what every process saw and computed in a run, and replaying single columns of it."""
