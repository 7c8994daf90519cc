"""Grid and spectral transform."""
