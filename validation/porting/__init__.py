"""Ports of other people: Python callables and programs, described in a line or a small file."""
