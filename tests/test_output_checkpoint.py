"""Checkpoints give back every bit, and say what is wrong with those that do not."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
import textwrap
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from jcm.output import CheckpointError, OutputError
from jcm.output.checkpoint import load, read_metadata, save

CONFIGURATION = {
    "resolution": "T30",
    "core": "speedy",
    "dtype": "float32",
    "formulation": {"single_precision_constants": True, "filter_uses_filtered_value": True},
}
METADATA = {"configuration": CONFIGURATION, "date": "1982-01-11 00:00", "note": "µ"}


class State(NamedTuple):
    vorticity: jax.Array
    levels: dict[str, jax.Array]
    step: jax.Array
    flags: tuple[jax.Array, ...]
    key: jax.Array


def state(seed=0):
    random = np.random.default_rng(seed)
    return State(
        vorticity=jnp.asarray(random.normal(size=(62, 8, 32)), jnp.float32),
        levels={
            "temperature": jnp.asarray(random.normal(size=(96, 48))),
            "spectrum": jnp.asarray(random.normal(size=(4, 3)) + 1j, jnp.complex64),
        },
        step=jnp.int32(seed),
        flags=(jnp.asarray(random.random((5, 5)) > 0.5), jnp.zeros((0, 3), jnp.uint32)),
        key=jax.random.key(seed),
    )


def bits(leaf):
    if jnp.issubdtype(getattr(leaf, "dtype", np.float64), jax.dtypes.prng_key):
        return str(leaf.dtype), bits(jax.random.key_data(leaf))
    values = np.asarray(leaf)
    return values.dtype, values.shape, values.tobytes()


def assert_same(left, right):
    assert jax.tree.structure(left) == jax.tree.structure(right)
    for (path, a), b in zip(
        jax.tree_util.tree_leaves_with_path(left), jax.tree.leaves(right), strict=True
    ):
        assert bits(a) == bits(b), jax.tree_util.keystr(path)


DTYPES = st.sampled_from(
    [
        *(np.dtype(name) for name in ("bool", "float16", "float32", "float64")),
        *(np.dtype(f"{sign}int{size}") for sign in ("", "u") for size in (8, 16, 32, 64)),
        *(np.dtype(name) for name in ("complex64", "complex128")),
    ]
)
ARRAYS = DTYPES.flatmap(
    lambda dtype: hnp.arrays(dtype, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))
)
TREES = st.recursive(
    ARRAYS | st.booleans() | st.integers(-(2**62), 2**62) | st.floats(),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text("abcxyz_", min_size=1), children, max_size=3)
        | st.tuples(children, children)
    ),
    max_leaves=8,
)


@given(tree=TREES)
def test_any_tree_of_numpy_comes_back_bit_for_bit(tree, tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "state.nc"
    save(path, tree, {})
    found, metadata = load(path, tree)
    assert metadata == {}
    assert_same(found, tree)
    for old, new in zip(jax.tree.leaves(tree), jax.tree.leaves(found), strict=True):
        assert type(old) is type(new)


def test_a_state_of_jax_comes_back_bit_for_bit(tmp_path):
    save(tmp_path / "state.nc", state(3), METADATA)
    found, metadata = load(tmp_path / "state.nc", state(7), CONFIGURATION)
    assert_same(found, state(3))
    assert metadata == METADATA
    assert read_metadata(tmp_path / "state.nc") == METADATA
    assert all(isinstance(leaf, jax.Array) for leaf in jax.tree.leaves(found))
    assert jax.random.normal(found.key) == jax.random.normal(state(3).key)


def test_a_template_needs_no_values(tmp_path):
    save(tmp_path / "state.nc", state(3), METADATA)
    template = jax.eval_shape(lambda: state(0))
    assert_same(load(tmp_path / "state.nc", template)[0], state(3))


def test_special_values_keep_their_bits(tmp_path):
    patterns = np.array([0x7FC00001, 0xFFC12345, 0x80000000, 0x00000001, 0x7F800000], np.uint32)
    tree = {"x": patterns.view(np.float32), "half": jnp.array([1.5, -0.0], jnp.bfloat16)}
    save(tmp_path / "state.nc", tree, {})
    assert_same(load(tmp_path / "state.nc", tree)[0], tree)


def test_people_can_look_at_it_with_xarray(tmp_path):
    save(tmp_path / "state.nc", state(), METADATA)
    with xr.open_dataset(tmp_path / "state.nc") as found:
        assert {"vorticity", "levels.temperature", "flags.0"} <= set(found.variables)
        np.testing.assert_array_equal(found["vorticity"], state().vorticity)
        assert json.loads(found.attrs["metadata"]) == METADATA


@pytest.mark.parametrize("tenth", range(10))
@pytest.mark.parametrize("off", [-1, 0, 1])
def test_a_truncated_checkpoint_is_recognized(tmp_path, tenth, off):
    path = tmp_path / "state.nc"
    save(path, state(), METADATA)
    content = path.read_bytes()
    path.write_bytes(content[: max(0, len(content) * tenth // 10 + off)])
    with pytest.raises(CheckpointError, match=r"state.nc is cut short: \d+ bytes"):
        load(path, state(), CONFIGURATION)


def test_a_checkpoint_without_its_last_bytes_is_recognized(tmp_path):
    path = tmp_path / "state.nc"
    save(path, state(), METADATA)
    content = path.read_bytes()
    for missing in (1, 64, 87, 88):
        path.write_bytes(content[:-missing])
        with pytest.raises(CheckpointError, match="is cut short"):
            load(path, state())


@given(place=st.floats(0.0, 1.0, exclude_max=True), bit=st.integers(0, 7))
def test_every_flipped_bit_is_noticed(place, bit, tmp_path_factory):
    path = tmp_path_factory.mktemp("checkpoint") / "state.nc"
    save(path, {"x": np.arange(10.0)}, METADATA)
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    path.write_bytes(content)
    with pytest.raises(CheckpointError):
        load(path, {"x": np.arange(10.0)})


def test_a_missing_checkpoint(tmp_path):
    with pytest.raises(CheckpointError, match=r"there is no checkpoint .*state.nc"):
        load(tmp_path / "state.nc", state())
    with pytest.raises(CheckpointError, match="cannot read the checkpoint"):
        load(tmp_path, state())


@pytest.mark.parametrize("content", [b"my thesis", b"PK\x03\x04" + bytes(1000)])
def test_a_foreign_file(tmp_path, content):
    (tmp_path / "state.nc").write_bytes(content)
    with pytest.raises(CheckpointError, match="is not a checkpoint of this program"):
        load(tmp_path / "state.nc", state())


def test_a_foreign_netcdf_file(tmp_path):
    xr.Dataset({"vorticity": ("x", np.zeros(3))}).to_netcdf(tmp_path / "state.nc")
    with pytest.raises(CheckpointError, match="is not a checkpoint of this program"):
        read_metadata(tmp_path / "state.nc")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"resolution": "T42"}, 'resolution is "T30" in the file and "T42" here'),
        (
            {"core": "dinosaur", "dtype": "float64"},
            'core is "speedy" in the file and "dinosaur" here, dtype is "float32" in the file',
        ),
        (
            {"formulation": CONFIGURATION["formulation"] | {"filter_uses_filtered_value": False}},
            "formulation.filter_uses_filtered_value is true in the file and false here",
        ),
        ({"levels": 8}, "levels is null in the file and 8 here"),
    ],
)
def test_another_configuration_is_named(tmp_path, change, message):
    save(tmp_path / "state.nc", state(), METADATA)
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path / "state.nc", state(), CONFIGURATION | change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"vorticity": jnp.zeros((62, 5, 32), jnp.float32)},
            r"vorticity is float32 \[62, 8, 32\], this model has float32 \[62, 5, 32\]",
        ),
        (
            {"vorticity": jnp.zeros((62, 8, 32))},
            r"vorticity is float32 \[62, 8, 32\], this model has float64 \[62, 8, 32\]",
        ),
        (
            {"key": jax.random.key_data(jax.random.key(0))},
            r"key is key<fry> \[\], this model has uint32 \[2\]",
        ),
        ({"levels": {}}, "also holds levels.spectrum, levels.temperature"),
        ({"flags": (jnp.zeros(1),) * 9}, r"lacks flags.2, .*, flags.6 and 2 more"),
    ],
)
def test_another_state_is_named(tmp_path, change, message):
    save(tmp_path / "state.nc", state(), METADATA)
    with pytest.raises(CheckpointError, match=message):
        load(tmp_path / "state.nc", state()._replace(**change))


def test_what_cannot_be_stored_is_refused(tmp_path):
    with pytest.raises(TypeError, match="a is of type"):
        save(tmp_path / "state.nc", {"a": "text"}, {})
    with pytest.raises(TypeError, match=r"two leaves of the state are called a.b"):
        save(tmp_path / "state.nc", {"a.b": 1, "a": {"b": 2}}, {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("failing", ["os.fsync", "os.replace"])
def test_a_failure_leaves_the_earlier_checkpoint(tmp_path, monkeypatch, failing):
    path = tmp_path / "state.nc"
    save(path, state(1), METADATA)

    def fail(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(failing, fail)
        with pytest.raises(OutputError, match=r"checkpoint .*state.nc: the disk is full"):
            save(path, state(2), METADATA)
    assert_same(load(path, state())[0], state(1))
    assert list(tmp_path.iterdir()) == [path]


_LIMITED = """
    import resource, sys
    sys.path[:0] = {folders}
    from test_output_checkpoint import *
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
    try:
        save({path!r}, dict(x=np.zeros(100_000)), METADATA)
    except OutputError as error:
        print(error)
"""


def test_a_limit_of_the_system_leaves_the_earlier_checkpoint(tmp_path):
    path = tmp_path / "state.nc"
    tree = {"x": np.arange(5.0)}
    save(path, tree, METADATA)
    script = textwrap.dedent(_LIMITED).format(folders=[os.path.dirname(__file__)], path=str(path))
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert "the file would be larger than allowed" in result.stdout, result.stderr
    assert_same(load(path, tree)[0], tree)
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_does_not_exist(tmp_path):
    with pytest.raises(OutputError, match="No such file or directory"):
        save(tmp_path / "nowhere" / "state.nc", state(), METADATA)
