"""The harness: it compares, judges, draws and reports.

It knows ports only through the declared processes of `reference`; see :mod:`validation.ports` for
what a port is and :mod:`validation.cli` for the commands.
"""
