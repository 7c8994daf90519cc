"""Ports of other people: they work as functions, objects, programs and files, and fail in words."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.sampling import sample
from validation.porting.specification import specification
from validation.porting.user_port import UserPort
from validation.ports import PortError

PROCESS = PROCESSES["daily_forcing"]

GOOD = """
def daily_forcing(snow_depth, sea_ice_fraction, bare_land_albedo, land_fraction):
    snow = np.minimum(1.0, snow_depth / 60.0)
    f32 = lambda x: float(np.float32(x))
    land = bare_land_albedo + snow * (f32(0.6) - bare_land_albedo)
    sea = f32(0.07) + sea_ice_fraction * (f32(0.6) - f32(0.07))
    return {"snow_cover": snow, "land_albedo": land, "sea_albedo": sea,
            "surface_albedo": sea + land_fraction * (land - sea)}
"""

PROGRAM = (
    """
import sys
import numpy as np, xarray as xr
given = xr.open_dataset(sys.argv[1])
assert given.attrs["process"] == "daily_forcing"
"""
    + GOOD
    + """
found = daily_forcing(*(given[name].values for name in (
    "snow_depth", "sea_ice_fraction", "bare_land_albedo", "land_fraction")))
xr.Dataset({name: ("column", values) for name, values in found.items()}).to_netcdf(sys.argv[2])
"""
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def columns():
    return sample(PROCESS, 5, seed=4)


def _module(folder, text, name="a_port"):
    (folder / f"{name}.py").write_text("import numpy as np\n" + textwrap.dedent(text))
    return name


def _expected(columns):
    from reference import kernels

    if not kernels.available():
        pytest.skip(kernels.unavailable_reason())
    return kernels.run(PROCESS, columns)


def _check(port, columns):
    found = port.run(PROCESS, columns)
    for name, expected in _expected(columns).items():
        np.testing.assert_allclose(found[name], expected, rtol=1e-14, err_msg=name)


@pytest.mark.parametrize("target", ["daily_forcing", "ITEMS", "OBJECT", "renamed"])
def test_functions_and_objects(folder, columns, target):
    name = _module(
        folder,
        GOOD + "\nclass OBJECT: daily_forcing = staticmethod(daily_forcing)\n"
        "ITEMS = {'daily_forcing': daily_forcing}\nrenamed = lambda **x: daily_forcing(**x)\n",
    )
    port = UserPort(f"{name}:{target}", processes=["daily_forcing"])
    assert port.offers(PROCESS)
    assert not port.offers(PROCESSES["clouds"])
    _check(port, columns)


def test_a_program(folder, columns):
    (folder / "port.py").write_text(PROGRAM)
    command = f"cmd: {sys.executable} port.py {{input}} {{output}}"
    _check(UserPort(command, processes=["daily_forcing"]), columns)


def test_a_file_with_names_and_units(folder, columns):
    module = _module(
        folder,
        GOOD
        + """
def albedo(snow_in_metres, ice, bare, land):
    found = daily_forcing(snow_in_metres * 1000.0, ice, bare, land)
    return {"cover_in_percent": 100.0 * found.pop("snow_cover"), **found}
""",
    )
    (folder / "port.toml").write_text(f"""
        [port]
        implementation = "{module}:albedo"
        process = "daily_forcing"
        [inputs.snow_depth]
        name = "snow_in_metres"
        scale = 0.001
        [inputs.sea_ice_fraction]
        name = "ice"
        [inputs.bare_land_albedo]
        name = "bare"
        [inputs.land_fraction]
        name = "land"
        [outputs.snow_cover]
        name = "cover_in_percent"
        units = "percent"
        """)
    _check(UserPort("port.toml"), columns)


def test_arrays_of_jax(folder, columns):
    _module(
        folder,
        """
        import jax
        from jcm.physics.daily_forcing import daily_forcing as ours
        def albedo(**inputs):
            assert all(isinstance(values, jax.Array) for values in inputs.values())
            return ours(**inputs)
        """,
    )
    (folder / "port.toml").write_text("""
        [port]
        implementation = "a_port:albedo"
        process = "daily_forcing"
        array = "jax"
        """)
    _check(UserPort("port.toml"), columns)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("raise ValueError('the snow is too deep')", "raised ValueError: the snow is too deep"),
        ("return 3", "raised TypeError: the function returned int"),
        ("import os; os._exit(7)", "ended with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "was killed by signal 11"),
        ("import sys; sys.exit('no licence')", "raised SystemExit: no licence"),
    ],
)
def test_a_port_that_fails_is_told_and_can_be_called_again(folder, columns, body, expected):
    _module(
        folder,
        GOOD.replace("    snow =", f"    if snow_depth[0] < 0:\n        {body}\n    snow =", 1),
    )
    port = UserPort("a_port:daily_forcing", processes=["daily_forcing"])
    bad = {**columns, "snow_depth": -columns["snow_depth"] - 1.0}
    with pytest.raises(PortError, match=expected) as caught:
        port.run(PROCESS, bad)
    assert str(caught.value).startswith("a_port:daily_forcing ")
    assert "\n" not in str(caught.value)
    _check(port, columns)


def test_a_port_that_hangs_is_stopped(folder, columns):
    _module(folder, "import time\ndef albedo(**inputs):\n    time.sleep(1000)\n")
    (folder / "port.toml").write_text("""
        [port]
        implementation = "a_port:albedo"
        process = "daily_forcing"
        timeout_seconds = 5
        """)
    with pytest.raises(PortError, match="did not answer within 5 s"):
        UserPort("port.toml").run(PROCESS, columns)


def test_printing_does_not_disturb(folder, columns):
    _module(folder, GOOD.replace("    snow =", "    print('hello')\n    snow =", 1))
    _check(UserPort("a_port:daily_forcing", processes=["daily_forcing"]), columns)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import sys; sys.exit('cannot open table')", "ended with exit code 1: cannot open table"),
        ("pass", "wrote no output file"),
        ("import sys; open(sys.argv[2], 'w').write('CDF')", "that cannot be read"),
        ("import time; time.sleep(1000)", "did not end within 5 s"),
    ],
)
def test_a_program_that_fails_is_told(folder, columns, program, expected):
    (folder / "port.py").write_text(program)
    (folder / "port.toml").write_text(f"""
        [port]
        implementation = "cmd: {sys.executable} port.py {{input}} {{output}}"
        process = "daily_forcing"
        timeout_seconds = 5
        """)
    with pytest.raises(PortError, match=expected):
        UserPort("port.toml").run(PROCESS, columns)


def test_a_truncated_file_is_told(folder, columns):
    (folder / "good.py").write_text(PROGRAM)
    (folder / "port.py").write_text(
        "import subprocess, sys\nsubprocess.run([sys.executable, 'good.py', *sys.argv[1:]])\n"
        "data = open(sys.argv[2], 'rb').read()\nopen(sys.argv[2], 'wb').write(data[:len(data)//2])"
    )
    command = f"cmd: {sys.executable} port.py {{input}} {{output}}"
    with pytest.raises(PortError, match="wrote an output file that cannot be read") as caught:
        UserPort(command, processes=["daily_forcing"]).run(PROCESS, columns)
    assert "output.nc" not in str(caught.value), "the file is gone by the time one reads this"


def test_a_script_that_starts_a_program_that_hangs_is_stopped_with_it(folder, columns):
    """Killing the script alone would leave the program, and its pipes open: an endless wait."""
    (folder / "port.sh").write_text("sleep 1000 &\necho $! > pid\nwait\n")
    (folder / "port.toml").write_text("""
        [port]
        implementation = "cmd: sh port.sh {input} {output}"
        process = "daily_forcing"
        timeout_seconds = 2
        """)
    with pytest.raises(PortError, match="did not end within 2 s"):
        UserPort("port.toml").run(PROCESS, columns)
    state = Path(f"/proc/{(folder / 'pid').read_text().strip()}/stat")
    for _ in range(100):
        # A busy machine takes a moment to bury what was killed.
        if not state.exists() or ") Z " in state.read_text():
            return
        time.sleep(0.1)
    pytest.fail("the program still runs")


def test_a_program_of_several_processes(folder, columns):
    (folder / "port.py").write_text(PROGRAM)
    (folder / "port.toml").write_text(f"""
        [port]
        implementation = "cmd: {sys.executable} port.py {{input}} {{output}}"
        process = ["clouds", "daily_forcing"]
        """)
    port = UserPort("port.toml", processes=["humidity", "daily_forcing"])
    assert [name for name in PROCESSES if port.offers(PROCESSES[name])] == [
        "clouds",
        "daily_forcing",
    ]
    _check(port, columns)
    with pytest.raises(PortError, match="holds no function humidity"):
        port.run(PROCESSES["humidity"], {})
    with pytest.raises(PortError, match="ended with exit code 1: AssertionError"):
        port.run(PROCESSES["clouds"], sample(PROCESSES["clouds"], 2, seed=1))


def test_an_interpreter_of_ones_own(folder, columns):
    """The functions run in it; the path is relative to the file, not to where the command runs."""
    (folder / "env" / "bin").mkdir(parents=True)
    (folder / "env" / "bin" / "python").write_text(
        f'#!/bin/sh\nPORT_ENVIRONMENT=own exec {sys.executable} "$@"\n'
    )
    (folder / "env" / "bin" / "python").chmod(0o755)
    _module(folder, "import os\nassert os.environ['PORT_ENVIRONMENT'] == 'own'\n" + GOOD)
    (folder / "port.toml").write_text("""
        [port]
        implementation = "a_port:daily_forcing"
        process = "daily_forcing"
        python = "env/bin/python"
        """)
    (folder / "elsewhere").mkdir()
    os.chdir(folder / "elsewhere")
    _check(UserPort("../port.toml"), columns)


def test_an_interpreter_that_fails_is_told(folder):
    (folder / "python").write_text("#!/bin/sh\necho no licence >&2\nexit 3\n")
    (folder / "python").chmod(0o755)
    (folder / "port.toml").write_text("""
        [port]
        implementation = "a_port:daily_forcing"
        process = "daily_forcing"
        python = "./python"
        """)
    with pytest.raises(InputError, match="ended with exit code 3: no licence"):
        UserPort("port.toml")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("np.array(['a'] * 5)", "output snow_cover is an array of type <U1, expected numbers"),
        ("lambda: 3", "output snow_cover is an array of type object, expected numbers"),
        ("[[1.0, 2.0], [3.0]]", "inhomogeneous shape"),
    ],
)
def test_an_output_that_is_no_array_of_numbers_is_told(folder, columns, values, expected):
    _module(folder, f"def daily_forcing(**inputs):\n    return {{'snow_cover': {values}}}\n")
    port = UserPort("a_port:daily_forcing", processes=["daily_forcing"])
    with pytest.raises(PortError, match=expected) as caught:
        port.run(PROCESS, columns)
    assert "worker" not in str(caught.value), "a line of the harness, not of the port"


def test_the_other_order_of_bytes_is_the_same_number(folder, columns):
    swapped = 'return {n: v.astype(">f8") for n, v in original(**inputs).items()}'
    _module(folder, f"{GOOD}\noriginal = daily_forcing\ndef daily_forcing(**inputs): {swapped}\n")
    _check(UserPort("a_port:daily_forcing", processes=["daily_forcing"]), columns)


def test_a_program_that_does_not_exist(columns, folder):
    port = UserPort("cmd: ./no-such-program {input} {output}", processes=["daily_forcing"])
    with pytest.raises(PortError, match="cannot be started: No such file"):
        port.run(PROCESS, columns)
    assert shutil.which("no-such-program") is None


def test_a_function_for_several_processes_is_refused(folder):
    _module(folder, "def f(**inputs): return {}\n")
    with pytest.raises(InputError, match="expected --process"):
        UserPort("a_port:f", processes=["clouds", "convection"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[port]", "lacks implementation"),
        ("[port]\nimplementation = 'm:f'\nproces = 'clouds'", "did you mean 'process'"),
        ("[port]\nimplementation = 'm:f'\nprocess = 'cloud'", "did you mean 'clouds'"),
        ("[port]\nimplementation = 'm:f'\nprecision = 'double'", "expected float64 or float32"),
        ("[port]\nimplementation = 'cmd: run {input}'", "lacks {output}"),
        ("[port]\nimplementation = 'm'", "is not known, expected jax, fortran"),
        ("[port]\nimplementation = 'm:f'\n[inputs.temperatur]\nname = 't'", "'temperature'"),
        ("[port]\nimplementation = 'm:f'\n[inputs.temperature]\nunit = 'K'", "'units'"),
        ("[port]\nimplementation = 'm:f'\n[inputs.temperature]\nscale = 0", "scale is 0"),
        ("[port]\nimplementation = 'm:f'\nlevels = 'up'", "top_down or bottom_up"),
        ("[port]\nimplementation = 'm:f'\naxes = 'level'", "expected a list"),
        ("[port]\nimplementation = 'm:f'\ntimeout_seconds = 0", "timeout_seconds is 0"),
        ("[port]\nimplementation = 'm:f'\nprocess = ['clouds', 'rain']", "process 'rain'"),
        ("[port]\nimplementation = 'm:f'\nprocess = 3", "process 3 is not known"),
        ("[port]\nimplementation = 'm:f'\npython = 'no/python'", "not there or not executable"),
        ("[port]\nimplementation = 'm:f'\npython = 3", "python is 3, expected a path"),
        (
            "[port]\nimplementation = 'cmd: m {input} {output}'\npython = 'python3'",
            "expected the interpreter in the command",
        ),
        ("[port", "is not TOML"),
    ],
)
def test_a_file_that_is_not_understood(folder, text, expected):
    (folder / "port.toml").write_text(text)
    with pytest.raises(InputError) as caught:
        specification("port.toml")
    assert expected in str(caught.value)


def test_a_missing_file(folder):
    with pytest.raises(InputError, match=r"port file nothing\.toml cannot be read"):
        specification("nothing.toml")
