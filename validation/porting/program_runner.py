"""A program in any language that reads its inputs from a NetCDF file and writes its outputs to one.

The file that it reads has a dimension `column` and the inner dimensions of the process, the
variables of the declaration under the port's names, and the attributes `process` and `precision`.
It writes a file with the outputs under the port's names; axes are found by the names of their
dimensions where these are ours, and in the declared order otherwise.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from reference.process import Process
from validation.porting.process_group import end_group
from validation.porting.python_runner import RunnerError
from validation.porting.specification import PortSpecification


class ProgramRunner:
    """Runs a command with the names of two files in it.

    Args:
        specification: of a program.

    Attributes:
        timeout: seconds that a call may take.
    """

    functions = None

    def __init__(self, specification: PortSpecification) -> None:
        self._specification = specification
        self.timeout = specification.timeout

    def call(self, process: Process, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Outputs of the program, by the port's names.

        Args:
            process: the declaration.
            inputs: by the port's names, in its layout.

        Raises:
            RunnerError: if it cannot be started, fails, does not end in time, or writes no file
                that can be read.
        """
        with tempfile.TemporaryDirectory(prefix="port-") as folder:
            given, result = Path(folder) / "input.nc", Path(folder) / "output.nc"
            self._write(process, inputs, given)
            self._run(given, result)
            return self._read(process, result)

    def _write(self, process: Process, inputs: Mapping[str, np.ndarray], path: Path) -> None:
        layout = self._specification.layout
        data = {}
        for variable in process.inputs:
            name = layout.name(variable, "inputs")
            attributes = {"units": variable.units, "long_name": variable.meaning}
            data[name] = (layout.dimensions(variable, "inputs"), inputs[name], attributes)
        floats = [values.dtype for values in inputs.values() if values.dtype.kind == "f"]
        precision = str(floats[0]) if floats else "float64"
        attributes = {"process": process.name, "precision": precision}
        no_fill = {name: {"_FillValue": None} for name in data}
        xr.Dataset(data, attrs=attributes).to_netcdf(path, engine="netcdf4", encoding=no_fill)

    def _run(self, given: Path, result: Path) -> None:
        s = self._specification
        words = [word.replace("{input}", str(given)) for word in s.command]
        words = [word.replace("{output}", str(result)) for word in words]
        try:
            process = subprocess.Popen(
                words,
                cwd=s.folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise RunnerError(f"cannot be started: {error.strerror}") from None
        with process:
            try:
                output, messages = process.communicate(timeout=self.timeout)
            except subprocess.TimeoutExpired:
                limit = f"{self.timeout:g} s"
                raise RunnerError(f"did not end within {limit} and was stopped") from None
            finally:
                end_group(process)
        code = process.returncode
        if code != 0:
            cause = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
            said = (messages or output).decode(errors="replace").strip()
            raise RunnerError(f"{cause}{': ' + said.splitlines()[-1].strip() if said else ''}")
        if not result.is_file():
            raise RunnerError("ended well but wrote no output file")

    def _read(self, process: Process, path: Path) -> dict[str, np.ndarray]:
        layout = self._specification.layout
        try:
            with xr.open_dataset(
                path, engine="netcdf4", mask_and_scale=False, decode_times=False
            ) as file:
                dataset = file.load()
        except Exception as error:  # netCDF4 and xarray raise many kinds for a broken file
            text = " ".join(str(error).split()).replace(f": '{path}'", "")
            raise RunnerError(f"wrote an output file that cannot be read: {text}") from None
        outputs = {}
        for variable in process.outputs:
            name = layout.name(variable, "outputs")
            if name in dataset:
                dimensions = layout.dimensions(variable, "outputs")
                found = dataset[name]
                known = set(found.dims) == set(dimensions)
                outputs[name] = (found.transpose(*dimensions) if known else found).to_numpy()
        return outputs
