"""The example ports are right, an error in one is found, and the adapter's mapping inverts itself.

A planted error is part of every test of a port: a comparison that passes whatever the port does
would pass without it.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference import kernels
from reference.declarations import PROCESSES
from reference.sampling import sample
from validation.porting.specification import specification
from validation.porting.user_port import UserPort
from validation.testing import port_matches_reference

PORTS = Path(__file__).parent.parent / "examples" / "ports"
SAMPLES = 400
needs_fortran = pytest.mark.skipif(not kernels.available(), reason=kernels.unavailable_reason())


def copied(name, folder, **replaced):
    """A copy of a port with something replaced in one of its files: `file_py={old: new}`."""
    shutil.copytree(PORTS / name, folder / name, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    for file, changes in replaced.items():
        path = (
            folder / name / file.replace("_py", ".py").replace("_toml", ".toml").replace("_c", ".c")
        )
        text = path.read_text()
        for old, new in changes.items():
            assert old in text, f"{path} does not hold {old!r}"
            text = text.replace(old, new)
        path.write_text(text)
    return folder / name


def held_against_reference(toml, process, golden, **options):
    port_matches_reference(process, str(toml), samples=SAMPLES, golden=golden, **options)


@needs_fortran
def test_the_numpy_port_is_right(golden):
    path = PORTS / "numpy_condensation" / "condensation.toml"
    held_against_reference(path, "large_scale_condensation", golden)


@needs_fortran
@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"condensation_py": {"THRESHOLD[0] = max": "THRESHOLD[1] = max"}}, "tendency"),
        ({"condensation_py": {"condenses[-1] = False": "condenses[0] = False"}}, "top_level"),
        ({"condensation_toml": {'"kg kg-1"': '"g kg-1"'}}, "tendency"),
        ({"condensation_toml": {'levels = "bottom_up"': 'levels = "top_down"'}}, "top_level"),
        ({"condensation_toml": {"first_level = 1": "first_level = 0"}}, "top_level"),
    ],
)
def test_an_error_in_the_numpy_port_is_found(tmp_path, golden, changes, found):
    folder = copied("numpy_condensation", tmp_path, **changes)
    with pytest.raises(AssertionError, match=found):
        held_against_reference(folder / "condensation.toml", "large_scale_condensation", golden)


@pytest.fixture(scope="module")
def clouds(tmp_path_factory):
    """Folder with the C port, built."""
    return built(copied("c_clouds", tmp_path_factory.mktemp("ports")))


def built(folder):
    for command in ("make", "cc", "pkg-config"):
        if shutil.which(command) is None:
            pytest.skip(f"{command} is not installed")
    if subprocess.run(["pkg-config", "--exists", "netcdf"], check=False).returncode:
        pytest.skip("the NetCDF library for C is not installed (Debian: libnetcdf-dev)")
    subprocess.run(["make", "CFLAGS=-O2 -Werror"], cwd=folder, check=True, capture_output=True)
    return folder


@needs_fortran
def test_the_c_port_is_right(clouds, golden):
    held_against_reference(clouds / "clouds.toml", "clouds", golden)


def test_the_c_port_gives_the_numbers_of_the_original_to_the_last_bit(clouds, golden):
    from validation.column_set import golden_sets

    process = PROCESSES["clouds"]
    port = UserPort(str(clouds / "clouds.toml"))
    for columns in golden_sets(process, golden):
        found = port.run(process, columns.inputs)
        for name, expected in columns.expected.items():
            np.testing.assert_array_equal(found[name], expected, err_msg=name)


@needs_fortran
def test_an_error_in_the_c_port_is_found(tmp_path, golden):
    wrong = {"clouds_c": {"k <= 5": "k <= 4"}}
    folder = built(copied("c_clouds", tmp_path, **wrong))
    with pytest.raises(AssertionError, match="cloud_cover"):
        held_against_reference(folder / "clouds.toml", "clouds", golden)


def test_the_c_port_says_what_is_wrong_with_its_input(clouds, tmp_path):
    (tmp_path / "text.nc").write_text("not NetCDF")
    for file, expected in (("missing.nc", "No such file"), ("text.nc", "Unknown file format")):
        command = [clouds / "clouds", tmp_path / file, tmp_path / "out.nc"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert ended.returncode == 1
        assert expected in ended.stderr


@pytest.fixture(scope="module")
def torch_python():
    """An interpreter that has PyTorch: that of the port's own environment, or this one."""
    own = PORTS / "torch_surface_fluxes" / ".venv" / "bin" / "python"
    if own.exists():
        return str(own)
    if importlib.util.find_spec("torch") is not None:
        return sys.executable
    pytest.skip("PyTorch is not installed: run examples/ports/torch_surface_fluxes/setup.sh")


def torch_port(folder, python, **replaced):
    toml = {'".venv/bin/python"': f'"{python}"'}
    return copied("torch_surface_fluxes", folder, surface_fluxes_toml=toml, **replaced)


@needs_fortran
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_the_torch_port_is_right(tmp_path, golden, torch_python, precision):
    path = torch_port(tmp_path, torch_python) / "surface_fluxes.toml"
    held_against_reference(path, "surface_fluxes", golden, precision=precision)


@needs_fortran
def test_an_error_in_the_torch_port_is_found(tmp_path, golden, torch_python):
    wrong = {"air_sea = air_land - surface": "air_sea = t7 - surface"}
    folder = torch_port(tmp_path, torch_python, surface_fluxes_py=wrong)
    with pytest.raises(AssertionError, match="near_surface_temperature"):
        held_against_reference(folder / "surface_fluxes.toml", "surface_fluxes", golden)


def test_the_torch_port_is_differentiable(tmp_path, torch_python):
    folder = torch_port(tmp_path, torch_python)
    command = [torch_python, "sensitivity.py"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "trade winds" in ended.stdout


def test_the_derivatives_are_those_of_our_jax(tmp_path, torch_python):
    """The same columns, the same derivatives by sea temperature, from two libraries."""
    import jax

    from jcm.physics.surface_fluxes import surface_fluxes

    process = PROCESSES["surface_fluxes"]
    columns = sample(process, 50, seed=7)
    np.savez(tmp_path / "columns.npz", **columns)
    folder = torch_port(tmp_path, torch_python)
    (folder / "derive.py").write_text(
        "import numpy as np, torch\n"
        "from surface_fluxes import surface_fluxes\n"
        "c = {n: torch.from_numpy(v) for n, v in np.load('../columns.npz').items()}\n"
        "sea = c['sea_surface_temperature'].requires_grad_()\n"
        "e = surface_fluxes(**c)['evaporation'][:, 1].sum()\n"
        "np.save('derivative.npy', torch.autograd.grad(e, sea)[0].numpy())\n"
    )
    subprocess.run([torch_python, "derive.py"], cwd=folder, check=True)
    found = np.load(folder / "derivative.npy")

    ours = {name: np.moveaxis(values, 0, -1) for name, values in columns.items()}

    def evaporation(sea):
        return surface_fluxes(**{**ours, "sea_surface_temperature": sea}).evaporation[1].sum()

    expected = jax.grad(evaporation)(ours["sea_surface_temperature"])
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


# The adapter of PyPI's jcm 3.0.0: its mapping needs NumPy alone.


@pytest.fixture(scope="module")
def mapping():
    path = PORTS / "jcm_3_0_0" / "mapping.py"
    module_specification = importlib.util.spec_from_file_location("mapping", path)
    module = importlib.util.module_from_spec(module_specification)
    module_specification.loader.exec_module(module)
    return module


def test_columns_go_to_the_grid_and_back(mapping):
    rng = np.random.default_rng(1)
    for shape in [(5,), (5, 8)]:
        values = rng.normal(size=shape)
        grid = mapping.on_grid(values)
        assert grid.shape == (*shape[1:], 1, 5)
        np.testing.assert_array_equal(mapping.columns_first(grid), values)
    bands = rng.normal(size=(5, 8, 4))
    grid = mapping.on_levels_and_bands(bands)
    assert grid.shape == (8, 1, 5, 4)
    np.testing.assert_array_equal(grid[3, 0, 2], bands[2, 3])
    np.testing.assert_array_equal(mapping.columns_first_of_bands(grid), bands)


def test_levels_are_numbered_from_one_and_none_is_nine(mapping):
    index = np.array([0, 2, 7, 8], dtype=np.int32)
    np.testing.assert_array_equal(mapping.level_number(index), [[1, 3, 8, 9]])
    np.testing.assert_array_equal(mapping.level_index(mapping.level_number(index)), index)


@given(share=st.floats(1e-6, 1.0), seed=st.integers(0, 100))
def test_land_and_sea_are_told_from_the_mean(mapping, share, seed):
    """Fluxes as the specification has them, mixed, are unmixed again."""
    rng = np.random.default_rng(seed)
    names = ("ustr", "vstr", "shf", "evap", "rlus", "hfluxn")
    radiation = rng.normal(size=4)
    air_sea, air = rng.uniform(250.0, 300.0, size=(2, 4))

    def at(temperature):
        """Fluxes over sea where the air next to the surface is so warm: density is its inverse."""
        turbulent = {n: (i + 1.0) / temperature for i, n in enumerate(names[:4])}
        net = radiation - turbulent["shf"] - 2501.0 * turbulent["evap"]
        return {**turbulent, "rlus": np.full(4, 400.0), "hfluxn": net, "t0": temperature}

    land = {name: rng.normal(size=4) for name in names}
    sea = at(air)
    mean = {name: sea[name] + share * (land[name] - sea[name]) for name in names} | {"t0": air}
    found = mapping.surface_types(mean, at(air_sea), np.full(4, share), radiation)
    for name in names:
        np.testing.assert_allclose(found[name][:, 1], sea[name], rtol=1e-12, err_msg=name)
        np.testing.assert_array_equal(found[name][:, 2], mean[name], err_msg=name)
        size = np.abs(sea[name]).max()
        tolerance = 1e-15 * size / share + 1e-12
        np.testing.assert_allclose(found[name][:, 0], land[name], atol=4 * tolerance, err_msg=name)


@pytest.mark.parametrize("name", ["jcm.toml", "jcm_with_speedy_constants.toml"])
def test_the_adapter_covers_what_its_file_says(name):
    """Without the package: its functions bear the names of the processes."""
    found = specification(str(PORTS / "jcm_3_0_0" / name))
    files = ("adapter.py", "radiation.py")
    text = "".join((PORTS / "jcm_3_0_0" / file).read_text() for file in files)
    assert len(found.processes) == 10
    for process in found.processes:
        assert f"\ndef {process}(c: Columns)" in text, process
        assert f"        {process},\n" in text, process
    assert found.precision == "float32"


@pytest.fixture(scope="module")
def jcm_python():
    python = PORTS / "jcm_3_0_0" / ".venv" / "bin" / "python"
    if not python.exists():
        pytest.skip("PyPI's jcm is not installed: run examples/ports/jcm_3_0_0/setup.sh")


def test_the_adapted_package_agrees_and_differs_where_the_page_says_so(jcm_python, golden):
    from validation.column_set import golden_sets

    port = UserPort(str(PORTS / "jcm_3_0_0" / "jcm_with_speedy_constants.toml"))

    def wrong(process, output):
        """Share of the columns of a model run beyond the base tolerance of single precision."""
        (columns,) = golden_sets(PROCESSES[process], golden)
        expected = columns.expected[output].astype(float)
        found = port.run(PROCESSES[process], columns.inputs)[output]
        difference = np.abs(found - expected).reshape(len(expected), -1).max(axis=1)
        return (difference > 2e-5 * np.abs(expected).max())[columns.real].mean()

    assert wrong("convection", "convective_dry_static_energy_flux") == 0
    assert wrong("surface_fluxes", "sensible_heat_flux") == 0
    assert 0.05 < wrong("clouds", "cloud_cover") < 0.1
