"""Column physics: one process, one module."""
