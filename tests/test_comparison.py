"""The comparator is handed wrong numbers of every kind and has to notice."""

import dataclasses

import netCDF4
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from reference import golden as golden_files
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.process import Process, Variable
from validation.column_set import ColumnSet
from validation.comparison import compare
from validation.judgement import CHOICES, Standard, judge
from validation.ulp import ulp_distance

HUMIDITY = Variable(
    name="specific_humidity", units="g kg-1", meaning="humidity", dimensions=("level",)
)
TOP = Variable(name="cloud_top_level", units="1", meaning="cloud top", integer=True)


@pytest.fixture
def profile():
    """Twenty columns of humidity that decreases upward, `(column, level)`."""
    surface = np.linspace(2.0, 18.0, 20)[:, np.newaxis]
    return surface * np.exp(-np.linspace(6.0, 0.0, 8))


@pytest.fixture
def top():
    return np.arange(20, dtype=np.int32) % 9


def test_identical_arrays_do_not_differ(profile):
    measure = compare(HUMIDITY, profile, profile.copy(), tolerance=0.0)
    assert measure.passed
    assert (measure.columns, measure.differing) == (20, 0)
    assert (measure.max_abs, measure.max_rel_to_field_max, measure.max_ulp) == (0.0, 0.0, 0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_named(profile, value):
    found = profile.copy()
    found[7, 3] = value
    measure = compare(HUMIDITY, profile, found, tolerance=1.0)
    assert not measure.passed
    assert measure.worst == (7, 3)
    assert "column 7, level 3" in measure.reason
    assert "the port" in measure.reason


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_equal_but_not_finite_is_a_failure(profile, value):
    profile[7, 3] = value
    measure = compare(HUMIDITY, profile, profile.copy(), tolerance=1.0)
    assert not measure.passed
    assert "the reference" in measure.reason


def test_swapped_levels(profile):
    assert not compare(HUMIDITY, profile, profile[:, ::-1]).passed
    neighbours = profile.copy()
    neighbours[:, [4, 5]] = profile[:, [5, 4]]
    measure = compare(HUMIDITY, profile, neighbours)
    assert not measure.passed
    assert measure.worst[1] in (4, 5)


def test_swapped_units(profile):
    assert not compare(HUMIDITY, profile, profile / 1000.0).passed


def test_a_transposed_array_is_recognised(profile):
    measure = compare(HUMIDITY, profile, profile.T)
    assert not measure.passed
    assert "transpose" in measure.reason


def test_a_transposed_square_array_differs(profile):
    square = profile[:8]
    assert not compare(HUMIDITY, square, square.T).passed


def test_one_ulp_is_reported_as_one(profile):
    found = profile.copy()
    found[11, 6] = np.nextafter(found[11, 6], np.inf)
    strict = compare(HUMIDITY, profile, found, tolerance=0.0)
    assert not strict.passed
    assert (strict.max_ulp, strict.differing, strict.worst) == (1, 1, (11, 6))
    assert compare(HUMIDITY, profile, found).passed


def test_one_ulp_of_single_precision(profile):
    reference = profile.astype(np.float32).astype(float)
    found = reference.astype(np.float32)
    found[11, 6] = np.nextafter(found[11, 6], np.float32(np.inf))
    measure = compare(HUMIDITY, reference, found, precision="float32", tolerance=0.0)
    assert not measure.passed
    assert measure.max_ulp == 1


def test_a_level_index_off_by_one(top):
    found = top.copy()
    found[13] += 1
    measure = compare(TOP, top, found, tolerance=1.0)
    assert not measure.passed
    assert (measure.max_abs, measure.worst) == (1.0, (13,))


@pytest.mark.parametrize(
    ("dtype", "precision"), [("int64", "float64"), ("float32", "float64"), ("float64", "float32")]
)
def test_numbers_of_the_wrong_type(profile, dtype, precision):
    measure = compare(HUMIDITY, profile, profile.astype(dtype), precision=precision, tolerance=1.0)
    assert not measure.passed
    assert dtype in measure.reason


def test_an_index_that_is_not_whole(top):
    measure = compare(TOP, top, top.astype(float), tolerance=1.0)
    assert not measure.passed
    assert "float64" in measure.reason


def test_a_missing_output(profile):
    measure = compare(HUMIDITY, profile, None, tolerance=1.0)
    assert not measure.passed
    assert "no output specific_humidity" in measure.reason


def test_zero_columns(profile):
    measure = compare(HUMIDITY, profile[:0], profile[:0], tolerance=1.0)
    assert not measure.passed
    assert "no column" in measure.reason


def test_fewer_columns_than_expected(profile):
    measure = compare(HUMIDITY, profile, profile[:-1], tolerance=1.0)
    assert not measure.passed
    assert "shape" in measure.reason


def test_nothing_left_to_compare(profile):
    nowhere = np.zeros(20, dtype=bool)
    assert not compare(HUMIDITY, profile, profile, defined=nowhere).passed
    assert not compare(HUMIDITY, profile, profile, excluded=~nowhere).passed


def test_undefined_columns_are_not_looked_at(profile):
    defined = np.ones(20, dtype=bool)
    defined[4] = False
    expected, found = profile.copy(), profile.copy()
    expected[4], found[4] = np.nan, 1e30
    measure = compare(HUMIDITY, expected, found, tolerance=0.0, defined=defined)
    assert measure.passed
    assert measure.columns == 19


def test_a_zero_field_must_be_zero(profile):
    zero = np.zeros_like(profile)
    assert compare(HUMIDITY, zero, zero.copy()).passed
    found = zero.copy()
    found[0, 0] = 1e-300
    assert not compare(HUMIDITY, zero, found, tolerance=1.0).passed


def test_an_empty_file(tmp_path):
    process = PROCESSES["clouds"]
    path = tmp_path / process.golden[0].path
    path.parent.mkdir()
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"clouds\.nc cannot be read"):
        golden_files.read(process, tmp_path)
    netCDF4.Dataset(path, "w").close()
    with pytest.raises(InputError, match=r"clouds\.nc lacks variable"):
        golden_files.read(process, tmp_path)


finite = st.floats(allow_nan=False, allow_infinity=False)
single = st.floats(width=32, allow_nan=False, allow_infinity=False)
fields = hnp.arrays(
    float,
    st.tuples(st.integers(1, 12), st.just(8)),
    elements=st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-6),
)


@given(fields)
def test_nothing_differs_from_itself(field):
    measure = compare(HUMIDITY, field, field.copy(), tolerance=0.0)
    assert measure.passed
    assert measure.max_ulp == 0


@given(finite, finite)
def test_ulp_distance_is_symmetric(a, b):
    assert ulp_distance(np.float64(a), np.float64(b)) == ulp_distance(np.float64(b), np.float64(a))


@given(finite.filter(lambda x: abs(x) < 1e308), st.sampled_from([np.inf, -np.inf]))
def test_the_next_number_is_one_ulp_away(a, direction):
    assert ulp_distance(np.float64(a), np.nextafter(np.float64(a), direction)) == 1


@given(single.filter(lambda x: abs(x) < 1e38), st.sampled_from([np.inf, -np.inf]))
def test_the_next_single_number_is_one_ulp_away(a, direction):
    value = np.float32(a)
    assert ulp_distance(value, np.nextafter(value, np.float32(direction))) == 1


@given(finite, finite, finite)
def test_ulp_distances_add_up(a, b, c):
    low, middle, high = np.sort(np.array([a, b, c]))
    parts = int(ulp_distance(low, middle)) + int(ulp_distance(middle, high))
    assert parts == int(ulp_distance(low, high))


def test_both_zeros_are_one_number():
    assert ulp_distance(np.float64(0.0), np.float64(-0.0)) == 0


@given(fields, st.data(), st.floats(1e-12, 1e-3))
def test_more_than_the_tolerance_always_fails(field, data, tolerance):
    column = data.draw(st.integers(0, len(field) - 1))
    level = data.draw(st.integers(0, 7))
    found = field.copy()
    found[column, level] += 1.01 * tolerance * max(np.abs(field).max(), 1e-6)
    measure = compare(HUMIDITY, field, found, tolerance=tolerance)
    assert not measure.passed
    assert measure.worst == (column, level)


@given(fields, st.randoms(use_true_random=False))
def test_the_order_of_columns_does_not_matter(field, random):
    order = list(range(len(field)))
    random.shuffle(order)
    found = field * (1 + 1e-9) + 1e-7
    one, other = compare(HUMIDITY, field, found), compare(HUMIDITY, field[order], found[order])
    assert dataclasses.replace(one, worst=None) == dataclasses.replace(other, worst=None)


# A process with a jump: y = x below 1, x + 1 from there on.
JUMP = Process(
    name="jump",
    package="physics",
    spec="none",
    summary="Jumps at 1.",
    inputs=(Variable(name="x", units="1", meaning="input", minimum=0.0, maximum=4.0),),
    outputs=(
        Variable(name="y", units="1", meaning="output"),
        Variable(name="branch", units="1", meaning="0 below the jump", integer=True),
    ),
    gates=(),
    golden=(),
)


@dataclasses.dataclass
class Jump:
    """An implementation of it, with a threshold and an error of its own."""

    threshold: float = 1.0
    error: float = 0.0
    name: str = "jump"
    precision: str = "float64"

    def offers(self, process):
        return True

    def run(self, process, inputs):
        x = np.asarray(inputs["x"], dtype=self.precision)
        branch = (x >= self.threshold).astype(np.int32)
        return {"y": x + branch.astype(x.dtype) + x.dtype.type(self.error), "branch": branch}


def judged(x, port, *, real=True, against="golden"):
    reference = Jump(name="fortran")
    nowhere = np.full(len(x), np.nan)
    columns = ColumnSet(
        process=JUMP,
        reference=against,
        source="physics/jump.nc",
        inputs={"x": x},
        expected=reference.run(JUMP, {"x": x}),
        latitude=nowhere,
        longitude=nowhere,
        real=np.full(len(x), real),
        date=np.full(len(x), "", dtype=object),
    )
    judgement = judge(Standard(columns, reference), port, lambda *_: "replay")
    return {comparison.output: comparison for comparison in judgement.comparisons}


def test_a_column_on_a_gate_is_counted_and_left_out():
    x = np.linspace(0.5, 3.0, 200)
    x[17] = np.nextafter(1.0, 0.0)
    result = judged(x, Jump(threshold=x[17]), against="fortran")
    assert all(comparison.passed for comparison in result.values())
    assert result[CHOICES].on_a_gate == 1
    assert result["y"].measure.columns == 199


def test_golden_numbers_in_double_precision_know_no_gate():
    x = np.linspace(0.5, 3.0, 200)
    x[17] = np.nextafter(1.0, 0.0)
    result = judged(x, Jump(threshold=x[17]))
    assert not result[CHOICES].passed
    assert not result["y"].passed
    assert result[CHOICES].on_a_gate == 0
    assert result["y"].measure.columns == 200


def test_another_branch_away_from_the_gate_is_a_failure():
    x = np.linspace(0.5, 3.0, 200)
    x[17] = 1.05
    result = judged(x, Jump(threshold=1.06))
    assert not result[CHOICES].passed
    assert not result["branch"].passed
    assert not result["y"].passed
    assert result[CHOICES].on_a_gate == 0


def test_too_many_columns_on_a_gate_are_a_failure():
    x = np.linspace(0.5, 3.0, 200)
    x[:5] = np.nextafter(1.0, 0.0)
    result = judged(x, Jump(threshold=x[0]), against="fortran")
    assert result[CHOICES].on_a_gate == 5
    assert not result[CHOICES].passed


def test_a_small_error_everywhere_is_a_failure():
    x = np.linspace(0.5, 3.0, 200)
    result = judged(x, Jump(error=1e-11))
    assert not result["y"].passed
    assert result["y"].response < 1e-15


@pytest.mark.parametrize("real", [True, False])
def test_single_precision_is_judged_apart(real):
    x = np.linspace(0.5, 3.0, 200)
    result = judged(x, Jump(precision="float32"), real=real)
    assert all(comparison.passed for comparison in result.values())
    assert result["y"].subset == ("real" if real else "synthetic")
    assert result["y"].tolerance == 2e-5


def test_a_port_that_breaks_fails_every_comparison():
    class Broken(Jump):
        def run(self, process, inputs):
            raise InputError("nothing works.")

    result = judged(np.linspace(0.5, 3.0, 10), Broken())
    assert not any(comparison.passed for comparison in result.values())
    assert {comparison.measure.reason for comparison in result.values()} == {"nothing works."}


def test_a_freak_does_not_blind_the_measure_on_drawn_columns():
    x = np.full(200, 1e-6)
    x[3] = 4.0
    assert judged(x, Jump(error=1e-13))["y"].passed
    drawn = judged(x, Jump(error=1e-13), against="fortran", real=False)["y"]
    assert not drawn.passed
    assert drawn.field_maximum == 1e-6
