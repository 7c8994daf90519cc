"""Where a recorded run begins: rest at a date, a restart file, a checkpoint of `jcm run`."""

from __future__ import annotations

import dataclasses
import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import netCDF4
import numpy as np

from reference.errors import InputError
from validation.dynamics.files import GoldenFile, date_in
from validation.dynamics.runs import COLD_START, Start, start_in

if TYPE_CHECKING:
    from jcm.model.model import Model
    from jcm.model.state import ModelState

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2})?")
_CHECKPOINT = "jcm_checkpoint_format"


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of the JAX model, proven whole.

    Attributes:
        path: the file.
        configuration: of the model that wrote it.
        step: steps since the start of its run.
    """

    path: Path
    configuration: dict[str, Any]
    step: int

    @property
    def precision(self) -> str:
        """Of the model."""
        return str(self.configuration["precision"])

    @property
    def run_start(self) -> datetime.datetime:
        """When the run had started."""
        return datetime.datetime.fromisoformat(self.configuration["start_date"])


def read_start(text: str) -> Start | Checkpoint:
    """What `--start` names: a date such as 1982-01-01 or 1982-01-01T06:00, or a file.

    Raises:
        InputError: if there is no such date, or the file is missing, damaged or of another kind.
    """
    if _DATE.fullmatch(text):
        date = date_in(text.replace("T", " "), "--start")
        return Start(COLD_START, date, date, None)
    path = Path(text)
    if not path.is_file():
        raise InputError(
            f"--start is {text!r}, expected a date such as 1982-01-01 or an existing file."
        )
    if _is_checkpoint(path):
        return _checkpoint(path)
    return start_in(GoldenFile(path.parent, path.name))


def checkpoint_state(checkpoint: Checkpoint) -> tuple[Model, ModelState]:
    """The model that wrote a checkpoint, and its state, bit for bit.

    Raises:
        InputError: if it was another model than that of `jcm.Model()` with a date and a precision.
    """
    import jax

    from jcm.model.model import Model
    from jcm.model.run import configuration_record

    model = Model(start_date=checkpoint.run_start, dtype=checkpoint.precision)
    expected = configuration_record(model)
    for name, value in checkpoint.configuration.items():
        if name in expected and _plain(expected[name]) != _plain(value):
            raise InputError(
                f"{checkpoint.path} was written by a model with another {name} than that of "
                "jcm.Model(): only the default model can be recorded from a checkpoint."
            )
    shapes, structure = jax.tree_util.tree_flatten_with_path(model.state_shapes())
    leaves = []
    with netCDF4.Dataset(checkpoint.path) as file:
        for key_path, leaf in shapes:
            name = jax.tree_util.keystr(key_path, simple=True, separator=".")
            found = [n for n in (f"state.{name}", name) if n in file.variables]
            if not found:
                raise InputError(f"{checkpoint.path} lacks {name} of the state of the model.")
            variable = file[found[0]]
            variable.set_auto_maskandscale(False)
            leaves.append(np.asarray(variable[...]).astype(leaf.dtype, copy=False))
    return model, jax.tree_util.tree_unflatten(structure, map(jax.numpy.asarray, leaves))


def start_of_checkpoint(checkpoint: Checkpoint) -> Start:
    """The same state for the Fortran model.

    Raises:
        InputError: if it lies in the middle of a day, where more than the exchanged fields is
            needed.
    """
    import jax

    from jcm.model.exchange import fields_of_state
    from reference import kernels
    from reference.declarations import PROCESSES
    from validation.dynamics.runs import STEPS_PER_DAY
    from validation.recording.seen import date_inputs

    if checkpoint.step % STEPS_PER_DAY:
        raise InputError(
            f"{checkpoint.path} holds the state after step {checkpoint.step}, in the middle of a "
            f"day; the Fortran model can take one between two days, a multiple of {STEPS_PER_DAY} "
            "steps."
        )
    with jax.enable_x64(checkpoint.precision == "float64"):
        _, state = checkpoint_state(checkpoint)
        fields = fields_of_state(state)
    start = checkpoint.run_start
    window = kernels.run(PROCESSES["sst_anomaly_window"], date_inputs(start, checkpoint.step))
    fields["sst_anomaly_slot_file_month"] = np.array(
        [window[f"sst_window_month_{slot}"][0] for slot in (1, 2, 3)]
    )
    fields["step"] = np.asarray(checkpoint.step)
    date = start + datetime.timedelta(minutes=40 * checkpoint.step)
    return Start(checkpoint.path.name, start, date, fields)


def _plain(value: Any) -> Any:
    """As JSON gives it back."""
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value


def _is_checkpoint(path: Path) -> bool:
    try:
        with netCDF4.Dataset(path) as file:
            return _CHECKPOINT in file.ncattrs()
    except OSError:
        return False


def _checkpoint(path: Path) -> Checkpoint:
    from jcm.output.checkpoint import read_metadata
    from jcm.output.errors import CheckpointError

    try:
        metadata = read_metadata(path)
    except CheckpointError as error:
        raise InputError(f"{error}.") from None
    if not {"configuration", "step"} <= metadata.keys():
        raise InputError(f"{path} is a checkpoint, but not of a run of the model.")
    if metadata["configuration"].get("core") != "speedy":
        raise InputError(f"{path} is a checkpoint of another core than 'speedy'.")
    return Checkpoint(path, metadata["configuration"], int(metadata["step"]))
