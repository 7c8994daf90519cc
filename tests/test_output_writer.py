"""Files grow record by record, can be continued, and stay whole whatever happens."""

from __future__ import annotations

import datetime
import errno
import os
import subprocess
import sys
import textwrap
import time
import tracemalloc

import netCDF4
import numpy as np
import pytest
import xarray as xr

from jcm.formulation import CORRECTED
from jcm.output import (
    OutputError,
    OutputRequest,
    OutputWriter,
    RunDescription,
    empty_dataset,
    to_dataset,
)

RUN = RunDescription(start_date=datetime.datetime(1982, 1, 1), history="now")
MEANS = OutputRequest(variables=("temperature", "surface_pressure"))
SNAPSHOTS = OutputRequest(variables=("surface_pressure",), statistic="snapshot", every=9)


def record(number, request=MEANS, run=RUN, steps_per_period=36):
    """Record 0, 1, ... of a run: random, but the same at every call."""
    random = np.random.default_rng(number)
    template = empty_dataset(request, run)
    fields = {
        name: random.normal(size=(1, *template[name].shape[1:-2], 96, 48)).astype(np.float32)
        for name in request.variables
    }
    begin, end = number * steps_per_period, (number + 1) * steps_per_period
    steps = [[begin, end]] if request.statistic == "mean" else [end]
    return to_dataset(fields, np.array(steps), request, run)


def write(path, numbers, request=MEANS, run=RUN, **options):
    with OutputWriter.open(path, empty_dataset(request, run), **options) as writer:
        for number in numbers:
            writer.append(record(number, request, run))
        return writer.records


def assert_same_file(left, right):
    with netCDF4.Dataset(left) as a, netCDF4.Dataset(right) as b:
        assert a.__dict__ == b.__dict__
        assert list(a.variables) == list(b.variables)
        for name in a.variables:
            old, new = a[name], b[name]
            assert (old.dtype, old.dimensions) == (new.dtype, new.dimensions), name
            assert str(old.__dict__) == str(new.__dict__), name
            assert old.chunking() == new.chunking(), name
            assert old[...].tobytes() == new[...].tobytes(), name


@pytest.fixture(params=[".nc", ".zarr"])
def path(request, tmp_path):
    if request.param == ".zarr":
        pytest.importorskip("zarr")
    return tmp_path / f"out{request.param}"


def opened(path):
    if path.suffix == ".zarr":
        return xr.open_zarr(path, decode_cf=False, consolidated=False, chunks=None)
    return xr.open_dataset(path, decode_cf=False)


@pytest.mark.parametrize("request_", [MEANS, SNAPSHOTS], ids=["means", "snapshots"])
def test_records_come_back_bit_for_bit(path, request_):
    assert write(path, range(4), request_) == 4
    with opened(path) as found:
        for number in range(4):
            expected = record(number, request_)
            for name in expected.variables:
                values = found[name].values
                if "time" in expected[name].dims:
                    values = values[number : number + 1]
                assert values.tobytes() == expected[name].values.tobytes(), (name, number)


def test_several_records_at_once_are_the_same_as_one_by_one(path):
    write(path, range(4))
    other = path.with_name(f"other{path.suffix}")
    with OutputWriter.open(other, empty_dataset(MEANS, RUN)) as writer:
        writer.append(record(0))
        many = [record(number) for number in (1, 2, 3)]
        writer.append(xr.concat(many, "time", data_vars="minimal", coords="minimal"))
    with opened(path) as left, opened(other) as right:
        xr.testing.assert_identical(left.load(), right.load())


@pytest.mark.parametrize("days_of_checkpoint", [0, 1, 3, 5])
def test_an_interrupted_run_leaves_the_file_of_an_uninterrupted_one(path, days_of_checkpoint):
    whole = path.with_name(f"whole{path.suffix}")
    write(whole, range(8))
    write(path, range(5))
    numbers = range(days_of_checkpoint, 8)
    assert write(path, numbers, resume_from=36 * days_of_checkpoint) == 8
    if path.suffix == ".nc":
        assert_same_file(path, whole)
    with opened(path) as left, opened(whole) as right:
        xr.testing.assert_identical(left.load(), right.load())


def test_a_period_that_the_checkpoint_cuts_is_written_anew(path):
    write(path, range(5))
    with OutputWriter.open(path, empty_dataset(MEANS, RUN), resume_from=36 * 3 + 7) as writer:
        assert writer.records == 3


def test_continuing_a_missing_file_creates_it(path):
    assert write(path, range(2), resume_from=0) == 2


def test_a_gap_is_refused(path):
    write(path, range(2))
    with (
        OutputWriter.open(path, empty_dataset(MEANS, RUN), resume_from=36 * 3) as writer,
        pytest.raises(OutputError, match=r"last record ends 2880 minutes.*begins at 4320"),
    ):
        writer.append(record(3))
    with opened(path) as found:
        assert found.sizes["time"] == 2


def test_an_existing_file_is_replaced_only_on_demand(path):
    write(path, range(3))
    with pytest.raises(OutputError, match="exists already"):
        OutputWriter.open(path, empty_dataset(MEANS, RUN))
    with opened(path) as found:
        assert found.sizes["time"] == 3
    assert write(path, range(1), overwrite=True) == 1
    with opened(path) as found:
        assert found.sizes["time"] == 1


@pytest.mark.parametrize("options", [{}, {"overwrite": True}, {"resume_from": 36}])
@pytest.mark.parametrize("content", [b"", b"my thesis", b"\x89HDF\r\n\x1a\n and then nothing"])
def test_foreign_files_are_left_alone(tmp_path, content, options):
    path = tmp_path / "out.nc"
    path.write_bytes(content)
    with pytest.raises(OutputError, match="not written by this program or is damaged"):
        OutputWriter.open(path, empty_dataset(MEANS, RUN), **options)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("options", [{"overwrite": True}, {"resume_from": 36}])
def test_foreign_netcdf_is_left_alone(tmp_path, options):
    path = tmp_path / "out.nc"
    record(0).to_netcdf(path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match="not written by this program"):
        OutputWriter.open(path, empty_dataset(MEANS, RUN), **options)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("request_", "run", "message"),
    [
        (
            OutputRequest(variables=("temperature", "surface_pressure", "evaporation")),
            RUN,
            "it lacks evaporation",
        ),
        (OutputRequest(variables=("surface_pressure",)), RUN, "it also holds level, level_bounds"),
        (
            MEANS,
            RunDescription(start_date=datetime.datetime(1983, 1, 1)),
            "units of its time is minutes since 1982-01-01.* expected minutes since 1983",
        ),
        (
            MEANS,
            RunDescription(start_date=RUN.start_date, formulation=CORRECTED),
            "formulation of its run is 'original', of this run 'corrected'",
        ),
        (
            MEANS,
            RunDescription(start_date=RUN.start_date, source="other"),
            "source of its run is 'jcm', of this run 'other'",
        ),
    ],
)
def test_a_file_of_another_run_is_not_continued(path, request_, run, message):
    write(path, range(2))
    with pytest.raises(OutputError, match=message):
        OutputWriter.open(path, empty_dataset(request_, run), resume_from=36)
    with opened(path) as found:
        assert found.sizes["time"] == 2


def test_another_precision_is_not_continued(path):
    write(path, range(2))
    with pytest.raises(OutputError, match=r"type of its .* is float32, expected float64"):
        OutputWriter.open(path, empty_dataset(MEANS, RUN, np.float64), resume_from=36)


def test_records_of_other_variables_are_refused(path):
    with OutputWriter.open(path, empty_dataset(MEANS, RUN)) as writer:
        with pytest.raises(ValueError, match="temperature"):
            writer.append(record(0).drop_vars("temperature"))
        assert writer.records == 0


@pytest.mark.parametrize("name", ["out.txt", "out"])
def test_other_kinds_of_files_are_refused(tmp_path, name):
    with pytest.raises(OutputError, match=r"must end in .nc or .zarr"):
        OutputWriter.open(tmp_path / name, empty_dataset(MEANS, RUN))


def test_folders_that_do_not_exist_or_take_no_files(tmp_path):
    with pytest.raises(OutputError, match="there is no such folder"):
        OutputWriter.open(tmp_path / "nowhere" / "out.nc", empty_dataset(MEANS, RUN))
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="there is no such folder"):
        OutputWriter.open(tmp_path / "file" / "out.nc", empty_dataset(MEANS, RUN))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_permission(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(OutputError, match="no permission"):
        OutputWriter.open(tmp_path / "out.nc", empty_dataset(MEANS, RUN))


def test_a_refused_permission_is_said(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    with pytest.raises(OutputError, match=r"cannot write .*out.nc: no permission"):
        OutputWriter.open(tmp_path / "out.nc", empty_dataset(MEANS, RUN))


def test_without_zarr_the_message_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zarr", None)
    with pytest.raises(OutputError, match=r"needs the Python package zarr.*ends in .nc"):
        OutputWriter.open(tmp_path / "out.zarr", empty_dataset(MEANS, RUN))
    assert not list(tmp_path.iterdir())


def test_a_full_disk_leaves_the_records_before(tmp_path, monkeypatch):
    path = tmp_path / "out.nc"
    writer = OutputWriter.open(path, empty_dataset(MEANS, RUN))
    writer.append(record(0))

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(OutputError, match="after record 1: the disk is full"):
            writer.append(record(1))
    assert writer.records == 1
    writer.append(record(1))  # somebody made room
    writer.close()
    write(tmp_path / "whole.nc", range(2))
    assert_same_file(path, tmp_path / "whole.nc")


def test_an_interrupt_in_the_middle_of_a_record_leaves_it_whole(tmp_path, monkeypatch):
    path = tmp_path / "out.nc"
    with OutputWriter.open(path, empty_dataset(MEANS, RUN)) as writer:
        writer.append(record(0))
        file = writer._store._file

        class Interrupting:
            def __init__(self):
                self.names = []

            def __getitem__(self, name):
                self.names.append(name)
                if len(self.names) == 2:
                    raise KeyboardInterrupt
                return file[name]

            def __getattr__(self, name):
                return getattr(file, name)

        with monkeypatch.context() as patch:
            patch.setattr(writer._store, "_file", Interrupting())
            with pytest.raises(KeyboardInterrupt):
                writer.append(record(1))
    write(tmp_path / "whole.nc", range(2))
    assert_same_file(path, tmp_path / "whole.nc")


def test_monthly_files_can_be_continued(path):
    """They have year and month beside the time."""
    request = OutputRequest(variables=("surface_pressure",), every="month")
    whole = path.with_name(f"whole{path.suffix}")
    write(whole, range(4), request)
    write(path, range(3), request)
    write(path, range(1, 4), request, resume_from=36)
    with opened(path) as left, opened(whole) as right:
        xr.testing.assert_identical(left.load(), right.load())
    if path.suffix == ".nc":
        assert_same_file(path, whole)


_LIMITED = """
    import resource, sys
    sys.path[:0] = {folders}
    from test_output_writer import *
    writer = OutputWriter.open({path!r}, empty_dataset(MEANS, RUN))
    limit = 1_000_000
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    try:
        for number in range(100):
            writer.append(record(number))
    except OutputError as error:
        print(error)
        writer.close()
        print(writer.records)
"""

_KILLED = """
    import os, signal, sys
    sys.path[:0] = {folders}
    from test_output_writer import *
    writer = OutputWriter.open({path!r}, empty_dataset(MEANS, RUN))
    for number in range(5):
        writer.append(record(number))
    # In the middle of the next record.
    writer._store._file["temperature"][5] = 1.0
    os.kill(os.getpid(), signal.SIGKILL)
"""


def run_apart(script, path):
    folders = [os.path.dirname(__file__)]
    script = textwrap.dedent(script).format(folders=folders, path=str(path))
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)


def test_a_limit_of_the_system_leaves_the_records_before(tmp_path):
    path = tmp_path / "out.nc"
    result = run_apart(_LIMITED, path)
    message, records = result.stdout.splitlines()
    assert "the file would be larger than allowed" in message
    write(tmp_path / "whole.nc", range(int(records)))
    assert int(records) >= 2
    assert_same_file(path, tmp_path / "whole.nc")


def test_a_killed_run_leaves_its_records_and_can_be_continued(tmp_path):
    path = tmp_path / "out.nc"
    run_apart(_KILLED, path)
    with opened(path) as found:
        assert found.sizes["time"] >= 5
        for number in range(5):
            values = found["temperature"].values[number]
            assert values.tobytes() == record(number)["temperature"].values.tobytes()
    write(path, range(5, 7), resume_from=36 * 5)
    write(tmp_path / "whole.nc", range(7))
    assert_same_file(path, tmp_path / "whole.nc")


def test_memory_and_time_do_not_grow_with_the_file(tmp_path):
    path = tmp_path / "out.nc"
    content = record(0, SNAPSHOTS)
    seconds = []
    with OutputWriter.open(path, empty_dataset(SNAPSHOTS, RUN)) as writer:
        writer.append(content)
        tracemalloc.start()
        for number in range(1, 401):
            content = content.assign_coords(
                time=("time", [1440.0 * (number + 1)], content["time"].attrs)
            )
            begin = time.perf_counter()
            writer.append(content)
            seconds.append(time.perf_counter() - begin)
            if number == 10:
                early, _ = tracemalloc.get_traced_memory()
        late, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert late - early < 100_000, f"{late - early} bytes more after 390 records"
    assert np.median(seconds[-50:]) < 5.0 * np.median(seconds[:50])
