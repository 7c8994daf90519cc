"""The dynamical core: grid, spectral transform, equations of motion, time stepping."""
