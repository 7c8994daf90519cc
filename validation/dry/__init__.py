"""Dry test cases of a dynamical core: Held-Suarez climate and baroclinic wave."""
