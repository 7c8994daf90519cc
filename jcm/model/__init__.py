"""The whole model: state, time step, time loop, runs."""
