"""What a run leaves behind: named variables as CF data sets, files that grow, checkpoints.

Nothing here knows how the model computes; fields come in as arrays with the names of
:mod:`jcm.output.catalogue`.
"""

from jcm.output.catalogue import VARIABLES, Variable, lookup
from jcm.output.dataset import RunDescription, empty_dataset, to_dataset
from jcm.output.errors import CheckpointError, OutputError
from jcm.output.progress import Progress
from jcm.output.request import STANDARD_PRESSURE_LEVELS, OutputRequest
from jcm.output.writer import OutputWriter

__all__ = [
    "STANDARD_PRESSURE_LEVELS",
    "VARIABLES",
    "CheckpointError",
    "OutputError",
    "OutputRequest",
    "OutputWriter",
    "Progress",
    "RunDescription",
    "Variable",
    "empty_dataset",
    "lookup",
    "to_dataset",
]
