"""Errors that end a run through no fault of the model."""


class OutputError(RuntimeError):
    """Output cannot be computed, written or continued. The message is one sentence for the user."""


class CheckpointError(RuntimeError):
    """A checkpoint cannot be continued from. The message is one sentence for the user."""
