"""The Fortran reference and the numbers of the original: declarations, kernels, readers."""
