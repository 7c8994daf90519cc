"""Comparing fields in tests: what is close, and what a golden file stores as two variables."""

import numpy as np


def assert_close(name, value, expected, tolerance):
    """`value` differs from `expected` nowhere by more than `tolerance` times its largest value."""
    value, expected = np.asarray(value), np.asarray(expected)
    assert value.shape == expected.shape, f"{name}: shape {value.shape}, expected {expected.shape}"
    assert np.isfinite(value).all(), f"{name} is not finite everywhere"
    difference = np.abs(value - expected)
    limit = tolerance * np.abs(expected).max()
    worst = np.unravel_index(difference.argmax(), difference.shape)
    assert difference.max() <= limit, (
        f"{name} differs by {difference.max():.2e} at {tuple(map(int, worst))}: {value[worst]}, "
        f"expected {expected[worst]} within {limit:.2e}"
    )


def complex_of(dataset, name):
    """The spectral variable `name` of a golden file."""
    return dataset[f"{name}_real"].values + 1j * dataset[f"{name}_imaginary"].values
