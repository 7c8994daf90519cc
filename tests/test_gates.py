"""Gates of a width: smooth where the original switches, and the original everywhere else."""

from __future__ import annotations

import dataclasses
import datetime
import importlib
import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from typer.testing import CliRunner

from jcm.command.build import model_from
from jcm.command.main import app
from jcm.command.settings import Settings
from jcm.constants import PhysicalConstants
from jcm.model import stepping
from jcm.model.model import Model
from jcm.model.run import configuration_record
from jcm.physics.clouds import cloud_reach
from jcm.physics.convection import convection_and_reach
from jcm.physics.gates import HARD, Gates
from jcm.physics.large_scale_condensation import precipitation_reach
from jcm.physics.physics_driver import physics_driver
from jcm.physics.shortwave_radiation import ShortwaveRadiationParameters
from jcm.vertical_grid import VerticalGrid
from reference import golden as golden_reader
from reference.declarations import PROCESSES
from reference.errors import InputError
from reference.formulas import saturation_specific_humidity
from reference.sampling import sample
from validation.climate.model_options import model_from_options
from validation.climate.request import checked_climate_request

WIDTHS = (1e-3, 0.05, 0.3)
GRID, CONSTANTS = VerticalGrid.speedy(), PhysicalConstants()
SIGMA = np.array(GRID.full_level_sigma)
DRIVER = PROCESSES["physics_driver"]


def _function(name):
    process = PROCESSES[name]
    return getattr(importlib.import_module(f"jcm.{process.package}.{name}"), name)


GATED = [
    name for name in sorted(PROCESSES) if "gates" in inspect.signature(_function(name)).parameters
]


@dataclasses.dataclass(frozen=True, eq=False)
class AnyWidth(Gates):
    """Smooth gates whose width is an argument of the program: one compilation for all widths."""

    __hash__, __eq__ = object.__hash__, object.__eq__

    def __post_init__(self):
        """Nothing can be checked."""

    @property
    def smooth(self):
        """Yes."""
        return True


def _inputs(name, golden, columns, seed, dtype=np.float64):
    """Floating-point and whole-number inputs of golden and drawn columns, column axis last."""
    process = PROCESSES[name]
    sets = [c.inputs for c in golden_reader.read(process, golden)]
    sets.append(sample(process, columns, seed))
    floats, integers = {}, {}
    for v in process.inputs:
        values = np.moveaxis(np.concatenate([s[v.name] for s in sets]), 0, -1)
        (integers if v.integer else floats)[v.name] = jnp.asarray(
            values, jnp.int32 if v.integer else dtype
        )
    return floats, integers


# ------------------------------------------------------------------------------- the gates alone


def test_a_width_that_means_nothing_is_refused():
    for width in (-0.1, float("nan"), float("inf")):
        with pytest.raises(ValueError, match=r"width of the gates is .*, expected a finite"):
            Gates(width)
    assert Gates(0) == HARD
    assert hash(Gates(0)) == hash(HARD)
    assert not HARD.smooth


METHODS = {
    "above": (lambda g, x, y: g.above(x, y, 2.0), lambda x, y: x > y),
    "at_least": (lambda g, x, y: g.at_least(x, y, 2.0), lambda x, y: x >= y),
    "choose": (
        lambda g, x, y: g.choose(g.above(x, y, 2.0), 3.0 * x, y),
        lambda x, y: jnp.where(x > y, 3.0 * x, y),
    ),
    "among": (
        lambda g, x, y: g.among((g.above(x, y + 1.0, 2.0), x), (g.above(y - 1.0, x, 2.0), y)),
        lambda x, y: jnp.where(x > y + 1.0, x, jnp.where(y - 1.0 > x, y, 0.0)),
    ),
    "both": (
        lambda g, x, y: g.both(g.above(x, y, 2.0), g.above(y, -1.0, 2.0)),
        lambda x, y: (x > y) & (y > -1.0),
    ),
    "either": (
        lambda g, x, y: g.either(g.above(x, y, 2.0), g.above(y, -1.0, 2.0)),
        lambda x, y: (x > y) | (y > -1.0),
    ),
    "excess": (lambda g, x, y: g.excess(x, y, 2.0), lambda x, y: jnp.where(x > y, x - y, 0.0)),
    "positive_part": (lambda g, x, y: g.positive_part(x, 2.0), lambda x, y: jnp.maximum(x, 0.0)),
    "maximum": (lambda g, x, y: g.maximum(x, y, 2.0), jnp.maximum),
    "minimum": (lambda g, x, y: g.minimum(x, y, 2.0), jnp.minimum),
    "clip": (lambda g, x, y: g.clip(x, -3.0, 2.0, 2.0), lambda x, y: jnp.clip(x, -3.0, 2.0)),
    "absolute_value": (lambda g, x, y: g.absolute_value(x, 2.0), lambda x, y: jnp.abs(x)),
}


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_gate_is_the_plain_expression_without_width_and_beyond_its_width(name, dtype):
    gated, plain = METHODS[name]
    x, y = np.meshgrid(np.linspace(-6, 6, 49), np.linspace(-6, 6, 25))
    x, y = jnp.asarray(x.ravel(), dtype), jnp.asarray(y.ravel(), dtype)
    expected = plain(x, y)

    without = gated(HARD, x, y)
    assert without.dtype == expected.dtype
    np.testing.assert_array_equal(without, expected)

    smooth = gated(Gates(0.1), x, y)  # 0.2 to both sides; neighbours on the grid are 0.25 apart
    assert smooth.dtype == dtype
    edges = jnp.stack([x - y, x, y, x - y - 1.0, y - x - 1.0, y + 1.0, x + 3.0, x - 2.0])
    away = (jnp.abs(edges) > 0.2).all(axis=0)
    assert away.sum() > 200
    np.testing.assert_array_equal(smooth[away], expected.astype(dtype)[away])
    if expected.dtype != bool and name not in ("choose", "among"):
        assert float(jnp.abs(smooth - expected).max()) <= 5 / 32 * 0.2 * (1 + 1e-6) * (
            2 if name == "absolute_value" else 1
        )


@pytest.mark.parametrize("name", METHODS)
def test_derivatives_of_a_gate_are_continuous_and_those_of_its_differences(name):
    gated, _ = METHODS[name]
    x = jnp.linspace(-6.0, 6.0, 24001)

    def along(x):
        return gated(Gates(0.3), x, 0.4 * jnp.sin(x))

    slope = jax.vmap(jax.grad(along))(x)
    np.testing.assert_allclose(
        (along(x + 1e-5) - along(x - 1e-5)) / 2e-5, slope, atol=1e-7, err_msg="tangent"
    )
    curvature = jax.vmap(jax.grad(jax.grad(along)))(x)
    np.testing.assert_allclose(jnp.diff(slope) / 5e-4, curvature[1:], atol=0.05 * 60)
    assert float(jnp.abs(jnp.diff(slope)).max()) < 0.05


def test_the_root_of_a_gate_has_a_finite_slope_at_zero_and_is_the_root_beyond():
    x = jnp.linspace(0.0, 3.0, 301)
    root = Gates(0.1).square_root(x, 2.0)
    np.testing.assert_array_equal(root[x > 0.401], jnp.sqrt(x[x > 0.401]))
    np.testing.assert_array_equal(HARD.square_root(x, 2.0), jnp.sqrt(x))
    assert (jnp.diff(root) > 0).all()
    slope = jax.grad(lambda x: Gates(0.1).square_root(x, 2.0))
    assert float(slope(0.0)) == pytest.approx(1 / np.sqrt(0.2), rel=1e-6)
    assert float(jax.grad(lambda x: HARD.square_root(x, 2.0))(0.0)) == 0.0


# ----------------------------------------------------------------------------------- processes


@pytest.mark.parametrize("name", [n for n in GATED if n != "physics_driver"])
def test_values_and_derivatives_are_finite_at_every_width(name, golden):
    process, dtype = PROCESSES[name], np.float32
    floats, integers = _inputs(name, golden, 1500, 8, dtype)

    @jax.jit
    def derivatives(floats, width):
        def outputs(floats):
            result = _function(name)(**floats, **integers, gates=AnyWidth(width))._asdict()
            return {v.name: result[v.name] for v in process.outputs if not v.integer}

        value, pullback = jax.vjp(outputs, floats)
        return value, pullback(jax.tree.map(jnp.ones_like, value))[0]

    for width in WIDTHS:
        for kind, values in zip(
            ("value", "derivative"), derivatives(floats, dtype(width)), strict=True
        ):
            for key, value in values.items():
                assert value.dtype == dtype, f"{name}: {kind} of {key} is {value.dtype}"
                bad = np.argwhere(~np.isfinite(np.asarray(value)))
                assert not len(bad), (
                    f"{name}, width {width}: {kind} of {key} is {value[tuple(bad[0])]} in column "
                    f"{bad[0][-1]}, {len(bad)} in all"
                )


@pytest.mark.parametrize("name", [n for n in GATED if n != "physics_driver"])
def test_a_vanishing_width_gives_the_original(name, golden):
    """Beyond the width of every gate a column is the same; what remains lies on a gate that jumps.

    Six digits, since the bands of the long wave are rounded to single precision in the original.
    """
    floats, integers = _inputs(name, golden, 1500, 9)
    # Bands of the long wave depend on whole kelvins, which a width of gates takes as they are.
    for key in floats:
        if name == "longwave_radiation" and key.endswith("temperature"):
            floats[key] = jnp.round(floats[key])

    @jax.jit
    def both(floats, width):
        function = _function(name)
        return (
            function(**floats, **integers, gates=AnyWidth(width))._asdict(),
            function(**floats, **integers)._asdict(),
        )

    unlike = []
    for width in (0.1, 1e-3, 1e-9):
        smooth, hard = both(floats, width)
        same = True
        for v in PROCESSES[name].outputs:
            if not v.integer:
                scale = float(jnp.sqrt(jnp.mean(hard[v.name] ** 2)))
                close = jnp.abs(smooth[v.name] - hard[v.name]) <= 1e-6 * scale
                same &= np.asarray(close).reshape(-1, close.shape[-1]).all(axis=0)
        unlike.append(1.0 - float(np.mean(same)))
    assert unlike[0] >= unlike[1] >= unlike[2]
    assert unlike[2] <= 0.03


# ------------------------------------------------------------------------------------- driver

COLUMNS, POINTS = 192, 17
#: Share of the way from one drawn column to another: some kelvins, a part of the humidity.
STRIDE = 0.2
OUTPUTS = [v.name for v in DRIVER.outputs if not v.integer]


def _columns(values):
    """Floating-point inputs of the driver, column axis last, repeated to a multiple of a block."""
    number = len(values["temperature"])
    rows = np.minimum(np.arange(-(-number // COLUMNS) * COLUMNS), number - 1)
    return {
        v.name: np.moveaxis(values[v.name][rows], 0, -1) for v in DRIVER.inputs if not v.integer
    }


def _blocks(columns):
    for start in range(0, columns["temperature"].shape[-1], COLUMNS):
        yield {name: values[..., start : start + COLUMNS] for name, values in columns.items()}


@pytest.fixture(scope="module")
def driver():
    """Outputs of the driver with short wave and their tangents; width None: hard gates."""

    @jax.jit
    def compiled(start, direction, t, width):
        gates = HARD if width is None else AnyWidth(width)

        def outputs(t):
            place = {name: start[name] + t * direction[name] for name in start}
            result = physics_driver(True, **place, gates=gates)
            return {name: getattr(result, name) for name in OUTPUTS}

        return jax.jvp(outputs, (t,), (jnp.ones_like(t),))

    return compiled


class Lines:
    """Lines between drawn columns; values and slopes are `(number, column)`, of natural size.

    Drawn air may be so hot that its vapour pressure exceeds the pressure: saturation humidity has a
    pole there, which is no gate. Such columns are left out.
    """

    def __init__(self, driver, seed):
        self.driver = driver
        start, other = (sample(DRIVER, 2 * COLUMNS, seed + i) for i in (0, 1))
        names = [v.name for v in DRIVER.inputs if not v.integer]
        direction = {name: STRIDE * (other[name] - start[name]) for name in names}
        tame = np.ones(2 * COLUMNS, bool)
        for t in (0.0, 0.5, 1.0):
            temperature = start["temperature"] + t * direction["temperature"]
            log_pressure = "log_normalized_surface_pressure"
            pressure = SIGMA * np.exp(start[log_pressure] + t * direction[log_pressure])[:, None]
            q_sat = saturation_specific_humidity(temperature, pressure)
            tame &= ((q_sat > 0.0) & (q_sat < 500.0)).all(axis=1)
        assert tame.mean() > 0.85
        tame = np.flatnonzero(tame)[:COLUMNS]
        self.start = _columns({name: start[name][tame] for name in names})
        self.direction = _columns({name: direction[name][tame] for name in names})
        values, _ = driver(self.start, self.direction, np.zeros(COLUMNS), None)
        self.scale = {name: np.sqrt(np.mean(values[name] ** 2)) + 1e-30 for name in OUTPUTS}

    def at(self, t, width):
        return tuple(
            np.concatenate(
                [np.reshape(part[name] / self.scale[name], (-1, COLUMNS)) for name in OUTPUTS]
            )
            for part in self.driver(self.start, self.direction, t, width)
        )

    def worst_place(self, width, rounds):
        """Search every line for the place where slopes and values change most abruptly.

        Each round divides an interval by sixteen.

        Returns:
            The middle of the last interval; by how much the slope changes in it, and the value more
            than the slopes say, both in units of the largest slope of the line; each `(column,)`.
        """
        low, high, column = np.zeros(COLUMNS), np.ones(COLUMNS), np.arange(COLUMNS)
        steepest = None
        for _ in range(rounds):
            t = np.linspace(low, high, POINTS)
            values, slopes = (
                np.stack(x) for x in zip(*(self.at(x, width) for x in t), strict=True)
            )
            step = t[1] - t[0]
            if steepest is None:
                steepest = np.maximum(np.abs(slopes).max(axis=(0, 1)), 1e-3)
            kink = np.abs(np.diff(slopes, axis=0)).max(axis=1)
            predicted = 0.5 * (slopes[1:] + slopes[:-1]) * step
            jump = np.abs(np.diff(values, axis=0) - predicted).max(axis=1)
            worst = np.argmax(kink + jump / step, axis=0)
            low, high = t[worst, column], t[worst + 1, column]
        kink, jump = kink[worst, column], jump[worst, column]
        return 0.5 * (low + high), kink / steepest, jump / steepest

    def taylor_orders(self, t, side, width):
        """Orders of the remainder f(t + h) - f(t) - h f'(t) for halved steps, `(step, column)`."""
        value, slope = self.at(t, width)
        remainders = []
        for h in side * 0.5 ** np.arange(3, 38):
            ahead, _ = self.at(t + h, width)
            remainders.append(np.sqrt(np.sum((ahead - value - h * slope) ** 2, axis=0)))
        return np.log2(np.array(remainders[:-1]) / np.array(remainders[1:]))


@pytest.fixture(scope="module")
def lines(driver):
    """Two sets of lines; each of them crosses gates."""
    return [Lines(driver, seed) for seed in (31, 53)]


def test_the_original_has_kinks_and_jumps_on_these_lines(lines):
    """Else the tests that follow would show nothing."""
    for some in lines:
        place, kink, jump = some.worst_place(None, rounds=8)
        assert np.mean((kink > 0.1) | (jump > 0.01)) > 0.6
        assert np.mean(jump > 0.01) > 0.3
        orders = np.stack([some.taylor_orders(place, side, None) for side in (1, -1)])
        assert np.mean(_of_second_order(orders).all(axis=0)) < 0.5


@pytest.mark.parametrize("width", WIDTHS[1:])
def test_with_a_width_no_line_has_a_kink_or_a_jump(lines, width):
    """Where slopes change most abruptly they change by nothing in an interval that is nothing.

    Or by less and less: in the coldest air all transitions are narrow, there is so little vapour.
    """
    for some in lines:
        _, before, _ = some.worst_place(width, rounds=10)
        _, kink, jump = some.worst_place(width, rounds=11)
        for name, found, limit in (
            ("slope", kink, np.maximum(0.01, before / 8)),
            ("value", jump, 1e-9 + 0 * jump),
        ):
            worst = int(np.argmax(found / limit))
            assert found[worst] < limit[worst], (
                f"{name} of column {worst} changes by {found[worst]:.2g} in 6e-14 of the line"
            )


@pytest.mark.parametrize("width", WIDTHS[1:])
def test_with_a_width_taylor_remainders_are_of_second_order_on_both_sides_of_a_gate(lines, width):
    for some in lines:
        place, _, _ = some.worst_place(width, rounds=8)
        for side in (1, -1):
            good = _of_second_order(some.taylor_orders(place, side, width))
            assert good.all(), f"columns {np.flatnonzero(~good)}, side {side}"


def _of_second_order(orders):
    """Whether the remainder falls with order 1.9 to 2.1 over three halvings of the step."""
    good = (orders > 1.9) & (orders < 2.1)
    return (good[..., :-2, :] & good[..., 1:-1, :] & good[..., 2:, :]).any(axis=-2)


def test_values_and_derivatives_of_the_driver_are_finite_at_every_width(driver, golden):
    sets = [c.inputs for c in golden_reader.read(DRIVER, golden)]
    sets.append(sample(DRIVER, 1500, seed=8))
    columns = _columns({k: np.concatenate([s[k] for s in sets]) for k in sets[0]})
    for number, block in enumerate(_blocks(columns)):
        ones = {name: np.ones_like(values) for name, values in block.items()}
        for width in WIDTHS:
            results = driver(block, ones, np.zeros(COLUMNS), width)
            for kind, values in zip(("value", "derivative"), results, strict=True):
                for name, value in values.items():
                    bad = np.argwhere(~np.isfinite(value))
                    assert not len(bad), (
                        f"width {width}: {kind} of {name} is {value[tuple(bad[0])]} in column "
                        f"{number * COLUMNS + bad[0][-1]}"
                    )


def test_derivatives_of_the_driver_agree_forward_and_in_reverse(driver):
    block = next(_blocks(_columns(sample(DRIVER, COLUMNS, seed=77))))
    draw = np.random.default_rng(5)
    direction = {
        name: draw.standard_normal(values.shape) * np.abs(values) for name, values in block.items()
    }
    weights = {}

    @jax.jit
    def gradient(block, weights, width):
        def weighted(block):
            result = physics_driver(True, **block, gates=AnyWidth(width))
            return sum(jnp.sum(weights[name] * getattr(result, name)) for name in OUTPUTS)

        return jax.grad(weighted)(block)

    values, tangent = driver(block, direction, np.zeros(COLUMNS), 0.05)
    for name, value in values.items():
        size = np.sqrt(np.mean(value**2)) + 1e-30
        weights[name] = draw.standard_normal(value.shape) / size
    reverse = gradient(block, weights, 0.05)
    forward = [np.sum(weights[name] * tangent[name]) for name in OUTPUTS]
    backward = [np.sum(reverse[name] * direction[name]) for name in block]
    size = sum(np.sum(np.abs(reverse[name] * direction[name])) for name in block)
    assert abs(sum(forward) - sum(backward)) <= 1e-12 * size


def test_a_vanishing_width_of_the_driver_gives_the_original(driver):
    """Tops of convection, rain and cloud are shares then, where the original has whole numbers."""
    drawn, other = sample(DRIVER, 960, seed=41), sample(DRIVER, 960, seed=42)
    # What the bands of the long wave are made of.
    whole = ("temperature", "land_surface_temperature", "sea_surface_temperature", "land_fraction")
    # Elsewhere a part of the way to another column, since many are drawn exactly on a gate.
    for name in (v.name for v in DRIVER.inputs if not v.integer):
        drawn[name] = drawn[name] + 0.1 * (other[name] - drawn[name])
    for name in whole:
        drawn[name] = np.round(drawn[name])
    unlike = []
    for block in _blocks(_columns(drawn)):
        zero = np.zeros(COLUMNS)
        still = {name: np.zeros_like(values) for name, values in block.items()}
        hard, _ = driver(block, still, zero, None)
        smooth, _ = driver(block, still, zero, 1e-9)
        for name in OUTPUTS:
            scale = np.sqrt(np.mean(hard[name] ** 2))
            far = np.abs(smooth[name] - hard[name]) > 2e-6 * scale
            unlike.append(np.reshape(far, (-1, COLUMNS)).any(axis=0))
    share = np.mean(np.reshape(unlike, (-1, len(OUTPUTS), COLUMNS)).any(axis=1))
    assert share <= 0.005, f"{100 * share:.1f} % of the columns differ"


@pytest.mark.parametrize("width", WIDTHS)
def test_budgets_close_at_every_width(driver, width):
    """Water, dry static energy and radiation, each to rounding of its largest term."""
    columns = _columns(sample(DRIVER, 960, seed=43))
    thickness = np.array(GRID.sigma_thickness)[:, None]
    for block in _blocks(columns):
        still = {name: np.zeros_like(values) for name, values in block.items()}
        out, _ = driver(block, still, np.zeros(COLUMNS), width)
        out = {name: np.asarray(value) for name, value in out.items()}
        mass = CONSTANTS.reference_pressure / CONSTANTS.gravity * thickness
        mass = mass * np.exp(block["log_normalized_surface_pressure"])
        heat = CONSTANTS.specific_heat * mass
        rain = out["convective_precipitation"]
        assert (rain >= 0.0).all()
        assert (out["large_scale_precipitation"] >= 0.0).all()
        assert (out["cloud_base_mass_flux"] >= 0.0).all()
        assert (out["cloud_cover"] <= 1.0).all()

        def closes(name, terms, expected, largest=0.0):
            size = np.maximum(np.abs(terms).max(axis=0), np.abs(expected))
            size = np.maximum(size, largest) + 1e-300
            worst = np.max(np.abs(terms.sum(axis=0) - expected) / size)
            assert worst <= 256 * np.finfo(float).eps, f"{name}: {worst:.1e} of the largest term"

        closes(
            "energy of convection",
            heat * out["temperature_tendency_convection"],
            CONSTANTS.latent_heat * rain,
        )
        closes("water of convection", mass * out["specific_humidity_tendency_convection"], -rain)
        closes(
            "water of condensation",
            mass * out["specific_humidity_tendency_condensation"],
            -out["large_scale_precipitation"],
        )
        for quantity in ("temperature", "specific_humidity"):
            terms = thickness * out[f"{quantity}_tendency_vertical_diffusion"]
            closes(f"{quantity} of vertical diffusion", terms, np.zeros(COLUMNS))
        closes(
            "long wave",
            heat * out["temperature_tendency_longwave"],
            out["surface_net_upward_longwave"] - out["outgoing_longwave"],
            largest=out["outgoing_longwave"],
        )
        # A cloud top in layer 1 reflects its bare albedo as a flux, in shares now.
        gained = (heat * out["temperature_tendency_shortwave"]).sum(axis=0)
        left = gained - (out["toa_net_shortwave"] - out["surface_net_shortwave"])
        assert (left >= -1e-10).all()
        assert (left <= float(ShortwaveRadiationParameters().cloud_albedo) + 1e-10).all()


# -------------------------------------------------------------------------------------- reach


def test_reach_grows_downward_from_zero_to_one():
    """Also at the width where all transitions overlap."""
    drawn = sample(PROCESSES["convection"], 800, seed=3)
    inputs = {name: jnp.asarray(np.moveaxis(values, 0, -1)) for name, values in drawn.items()}
    q, q_sat = inputs["specific_humidity"], inputs["saturation_specific_humidity"]
    for width in (1e-3, 0.3, 3.0):
        gates = Gates(width)
        _, deep = convection_and_reach(**inputs, gates=gates)
        rain = precipitation_reach(q, q_sat, deep, gates=gates)
        cloud = cloud_reach(q, q_sat, jnp.abs(q / q_sat), deep, gates=gates)
        for name, reach in (("convection", deep), ("precipitation", rain), ("cloud", cloud)):
            assert reach.shape == q.shape
            assert float(reach.min()) >= -1e-15, name
            assert float(reach.max()) <= 1.0 + 1e-15, name
            assert float(jnp.diff(reach, axis=0).min()) >= -1e-15, name
        assert float((deep[-1] - deep[3]).max()) > 0.5
        assert ((rain >= deep - 1e-15) & (cloud >= rain - 1e-15)).all()
    assert convection_and_reach(**inputs)[1] is None
    assert cloud_reach(q, q_sat, q / q_sat, None) is None


# -------------------------------------------------------------------------- model and commands


def test_the_model_hands_its_gates_to_every_process(monkeypatch):
    model, seen = Model(gates=Gates(0.07)), {}

    def spied(name, function):
        def spy(*args, **kwargs):
            seen[name] = kwargs["gates"]
            return function(*args, **kwargs)

        return spy

    gated = [
        name
        for name, function in vars(stepping).items()
        if inspect.isfunction(function) and "gates" in inspect.signature(function).parameters
    ]
    for name in gated:
        monkeypatch.setattr(stepping, name, spied(name, getattr(stepping, name)))
    shapes = model.state_shapes()
    jax.eval_shape(
        lambda state: stepping.time_step(state, model.inputs, configuration=model.configuration),
        shapes,
    )
    expected = {
        "physics_driver",
        "daily_forcing",
        "zonal_forcing",
        "orographic_correction",
        "coupling",
    }
    assert set(seen) >= expected, f"without gates: {expected - set(seen)}"
    assert set(seen.values()) == {Gates(0.07)}
    assert set(gated) >= expected | {"initial_surface_state", "pattern_on_grid"}
    assert Model().configuration.gates == HARD


def test_the_width_is_a_setting_of_a_run():
    settings = Settings.from_tables({"model": {"gate_width": 0.05}})
    model = model_from(settings)
    assert model.configuration.gates == Gates(0.05)
    assert model.description.physics == "speedy, gates of width 0.05"
    assert configuration_record(model)["gates"] == 0.05
    # As in records of before there were gates: their checkpoints stay readable.
    assert configuration_record(Model())["gates"] is None
    date = datetime.datetime(1982, 1, 1)
    made = model_from_options("speedy", "float32", {}, {"gate_width": 0.1}, date)
    assert made.configuration.gates == Gates(0.1)
    with pytest.raises(InputError, match=r"width of the gates is -1"):
        model_from_options("speedy", "float32", {}, {"gate_width": -1.0}, date)


def test_a_bad_width_is_refused_by_the_command():
    result = CliRunner().invoke(app, ["run", "--gate-width", "-0.5", "--days", "1"])
    assert result.exit_code == 2
    assert "width of the gates is -0.5" in result.output


def test_the_climate_comparison_measures_what_a_width_costs(golden, tmp_path):
    usual = {
        "years": 1, "spinup": 0, "days": None, "core": "speedy", "precisions": ["float32"],
        "against": None, "top_level_only": False, "golden": golden, "output": tmp_path,
    }  # fmt: skip
    request = checked_climate_request(**usual, gate_width=0.05)
    assert request.other_model
    fortran, run = request.runs()
    assert not fortran.options
    assert dict(run.options) == {"gate_width": 0.05}
    assert run.name == "JAX gates 0.05 float32"
    assert "--gate-width 0.05" in request.command_line()
    assert not checked_climate_request(**usual).other_model
    for choice, said in (
        ({"gate_width": -1.0}, "--gate-width is -1, expected"),
        ({"gate_width": 0.05, "days": 5}, "--days does not go with --gate-width"),
        ({"gate_width": 0.05, "top_level_only": True}, "does not go with --gate-width"),
    ):
        with pytest.raises(InputError, match=said):
            checked_climate_request(**(usual | choice))
