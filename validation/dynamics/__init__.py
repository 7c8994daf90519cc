"""The comparisons of `jcm-validate dynamics`: operators, steps, trajectories, predictability."""
