"""The runs of the attribution: each changes one thing of another run.

The chain leads from the Fortran reference to the Dinosaur core as it comes, one step at a time. A
single change leaves the chain: at the JAX model on the original's core in single precision, or, for
what only the Dinosaur core has, at that core's default.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from jcm.formulation import Formulation
from validation.climate.model_options import Options, Value
from validation.climate.months import Month
from validation.climate.runs import Run

Settings = Mapping[str, Value]

FORTRAN, ORIGINAL_CORE, DEFAULT = "fortran", "speedy-float32", "dinosaur"
TOP_LEVEL = "speedy-top-level-diffusion"
PUBLISHED, PUBLISHED_DIFFUSION = "dinosaur-published-port", "dinosaur-published-port-diffusion"
FLAT = "dinosaur-flat-orography"
CHAIN, SINGLE = "chain", "single"

#: The Dinosaur core as it comes, of everything that an item changes.
DEFAULTS: Settings = {
    "resolution": "T31",
    "diffusion": "speedy",
    "orographic_correction": "operator",
    "zonal_drag": True,
    "orography": "regularized",
    "flat": False,
    "integrator": "semi_implicit_leapfrog",
    "dynamics_steps": 1,
    "physics_evaluations": "model_step",
    "vertical_advection": "conserving",
    "robert_coefficient": 0.0265,
    "virtual_temperature": False,
    "dry_air_is_conserved": True,
}
#: The same, as near to the original as the core can be.
MATCHED: Settings = {
    **DEFAULTS,
    "resolution": "T30",
    "orography": "truncated",
    "dry_air_is_conserved": False,
}
#: Switches of the formulation that change nothing in the years that are run, and why.
WITHOUT_EFFECT = {
    "every_fourth_year_is_leap": "both rules have the same leap years from 1901 to 2099",
}
#: The switch that leads to the next link of the chain.
LATITUDES = "latitudes_are_approximate"
ALL_LEVELS = "extra_diffusion_acts_on_all_levels"
#: A damping time that damps nothing [h].
_NEVER = 1e9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Item:
    """A run of the attribution.

    Attributes:
        name: as on the command line.
        change: what it changes of its parent, in words.
        topic: what the change belongs to.
        parent: name of the run that it changes; None of the Fortran.
        form: "chain" or "single".
        model, precision, core, formulation, options: see :class:`validation.climate.runs.Run`.
        quick: whether it belongs to the quick profile.
        detail: more about the change, or empty.
    """

    name: str
    change: str
    topic: str
    parent: str | None
    form: str
    model: str = "jax"
    precision: str = "float32"
    core: str = "speedy"
    formulation: tuple[tuple[str, bool], ...] = ()
    options: Options = ()
    quick: bool = False
    detail: str = ""

    def run(self, months: tuple[Month, ...]) -> AttributionRun:
        """The run over the given months."""
        return AttributionRun(
            label=self.name,
            model=self.model,
            precision=self.precision,
            core=self.core,
            formulation=self.formulation,
            options=self.options,
            months=months,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class AttributionRun(Run):
    """A run that goes by the name of its item; the name does not decide its numbers."""

    label: str

    @property
    def name(self) -> str:
        """Name of the item."""
        return self.label


def all_items() -> tuple[Item, ...]:
    """Every run, parents before what changes them."""
    return (*_chain(), *_original_core(), *_dinosaur_core())


def chosen(items: Iterable[Item], wanted: Collection[str]) -> tuple[Item, ...]:
    """The items `wanted`, with all that they are compared with.

    A link of the chain whose parent is not among them changes everything since the last one that
    is.
    """
    items = tuple(items)
    by_name = {item.name: item for item in items}
    kept = {FORTRAN, *wanted}
    for name in wanted:
        item = by_name[name]
        while item.form == SINGLE:
            assert item.parent is not None
            kept.add(item.parent)
            item = by_name[item.parent]
    found = []
    for item in items:
        if item.name not in kept:
            continue
        changes, parent = [item.change], item.parent
        while parent is not None and parent not in kept:
            changes.insert(0, by_name[parent].change)
            parent = by_name[parent].parent
        found.append(dataclasses.replace(item, parent=parent, change="; ".join(changes)))
    return tuple(found)


def _chain() -> list[Item]:
    """From the Fortran to the Dinosaur core as it comes."""
    links = [
        Item(
            name=FORTRAN,
            change="the reference: formulation original, double precision",
            topic="reference",
            parent=None,
            form=CHAIN,
            model="fortran",
            precision="float64",
            quick=True,
        ),
        Item(
            name="speedy-float64",
            change="written in JAX",
            topic="language",
            parent=FORTRAN,
            form=CHAIN,
            precision="float64",
            quick=True,
        ),
        Item(
            name=ORIGINAL_CORE,
            change="single precision",
            topic="precision",
            parent="speedy-float64",
            form=CHAIN,
            quick=True,
        ),
        Item(
            name="speedy-exact-latitudes",
            change="exact Gaussian latitudes",
            topic="grid latitudes",
            parent=ORIGINAL_CORE,
            form=CHAIN,
            formulation=((LATITUDES, False),),
        ),
        Item(
            name="dinosaur-matched",
            change="Dinosaur core, all that can be matched as in the original",
            topic="core",
            parent="speedy-exact-latitudes",
            form=CHAIN,
            core="dinosaur",
            options=options(MATCHED),
            quick=True,
        ),
    ]
    current = dict(MATCHED)
    for setting, value in DEFAULTS.items():
        if current[setting] == value:
            continue
        current[setting] = value
        links.append(
            Item(
                name=f"dinosaur-with-{setting}".replace("_", "-"),
                change=_in_words(setting, value),
                topic=_TOPICS[setting],
                parent=links[-1].name,
                form=CHAIN,
                core="dinosaur",
                options=options(current),
            )
        )
    links[-1] = dataclasses.replace(links[-1], name=DEFAULT, quick=True)
    return links


def _original_core() -> list[Item]:
    """Single changes of the JAX model on the original's core."""
    quirks = [
        Item(
            name=f"speedy-without-{field.name}".replace("_", "-"),
            change=f"corrected: {field.name.replace('_', ' ')}",
            topic="quirk",
            parent=ORIGINAL_CORE,
            form=SINGLE,
            formulation=((field.name, False),),
            detail=field.metadata["meaning"],
        )
        for field in dataclasses.fields(Formulation)
        if field.name not in (*WITHOUT_EFFECT, LATITUDES, ALL_LEVELS)
    ]
    top_level = Item(
        name=TOP_LEVEL,
        change=_in_words("diffusion", "speedy_top_level"),
        topic="diffusion",
        parent=ORIGINAL_CORE,
        form=SINGLE,
        formulation=((ALL_LEVELS, False),),
        quick=True,
    )
    flat = Item(
        name="speedy-flat-orography",
        change=_in_words("flat", True),
        topic=_TOPICS["flat"],
        parent=ORIGINAL_CORE,
        form=SINGLE,
        options=(("flat", True),),
    )
    never = ("stratospheric_damping_time", "8th-order diffusion alone", "diffusion", True)
    drag = ("zonal_mean_drag_time", "no zonal drag at the top", "zonal drag", False)
    return [
        top_level,
        *(
            Item(
                name=f"speedy-{change}".replace(" ", "-"),
                change=change,
                topic=topic,
                parent=ORIGINAL_CORE,
                form=SINGLE,
                options=((f"parameters.dynamics.{parameter}", _NEVER),),
                quick=quick,
            )
            for parameter, change, topic, quick in (never, drag)
        ),
        flat,
        *quirks,
    ]


def _dinosaur_core() -> list[Item]:
    """Single changes of the Dinosaur core as it comes."""
    rk = {"integrator": "imex_rk_sil3"}
    port = {"diffusion": "published_port"}
    changes: tuple[tuple[str, Settings, bool], ...] = (
        ("original-diffusion", {"diffusion": "speedy"}, True),
        ("top-level-diffusion", {"diffusion": "speedy_top_level"}, True),
        ("8th-order-diffusion-alone", {"diffusion": "speedy_no_extra"}, False),
        ("exponential-filter", {"diffusion": "exponential"}, True),
        ("published-port-diffusion", port, True),
        ("orographic-correction-as-tendency", {"orographic_correction": "tendency"}, True),
        ("no-orographic-correction", {"orographic_correction": "none"}, False),
        ("raw-orography", {"orography": "raw"}, True),
        ("truncated-orography", {"orography": "truncated"}, True),
        ("tapered-orography", {"orography": "tapered"}, False),
        ("regularized-orography", {"orography": "regularized"}, False),
        ("flat-orography", {"flat": True}, True),
        ("sil3", rk, True),
        ("rk2", {"integrator": "crank_nicolson_rk2"}, False),
        ("two-dynamics-steps", {"dynamics_steps": 2}, False),
        ("stronger-time-filter", {"robert_coefficient": 0.05}, False),
        ("centered-vertical-advection", {"vertical_advection": "centered"}, True),
        ("no-zonal-drag", {"zonal_drag": False}, False),
        ("virtual-temperature", {"virtual_temperature": True}, False),
    )
    items = [
        _changed(DEFAULT, name, setting, quick=quick)
        for name, setting, quick in changes
        if any(DEFAULTS[key] != value for key, value in setting.items())
    ]
    return [
        *items,
        _changed(
            DEFAULT,
            "published-port",
            {**port, "orography": "raw", "orographic_correction": "tendency"},
            words="the published port's diffusion, correction as a tendency, raw orography",
            quick=True,
        ),
        _changed("dinosaur-sil3", "sil3-physics-per-stage", {"physics_evaluations": "stage"}, rk),
        _changed("dinosaur-published-port-diffusion", "published-port-flat", {"flat": True}, port),
    ]


def _changed(
    parent: str,
    name: str,
    change: Settings,
    inherited: Settings | None = None,
    *,
    words: str = "",
    quick: bool = False,
) -> Item:
    changed = {key: value for key, value in change.items() if DEFAULTS[key] != value}
    return Item(
        name=f"dinosaur-{name}",
        change=words or "; ".join(_in_words(*setting) for setting in changed.items()),
        topic=_TOPICS[next(iter(changed))],
        parent=parent,
        form=SINGLE,
        core="dinosaur",
        options=options({**DEFAULTS, **(inherited or {}), **changed}),
        quick=quick,
    )


def options(settings: Settings) -> Options:
    """Options of a run: what differs from the default, so that equal runs are the same run."""
    return tuple(sorted((k, v) for k, v in settings.items() if v != DEFAULTS[k]))


_TOPICS = {
    "resolution": "resolution",
    "diffusion": "diffusion",
    "orographic_correction": "orographic correction",
    "zonal_drag": "zonal drag",
    "orography": "orography filter",
    "flat": "flat orography",
    "integrator": "integrator",
    "dynamics_steps": "time step",
    "physics_evaluations": "physics evaluations",
    "vertical_advection": "vertical advection",
    "robert_coefficient": "time filter",
    "virtual_temperature": "virtual temperature",
    "dry_air_is_conserved": "dry air",
}
_WORDS: Mapping[tuple[str, Value], str] = {
    ("diffusion", "speedy"): "the original's diffusion",
    ("diffusion", "speedy_top_level"): "second-order diffusion on the top level only",
    ("diffusion", "speedy_no_extra"): "8th-order diffusion alone",
    ("diffusion", "exponential"): "Dinosaur's exponential filter for all diffusion",
    ("diffusion", "published_port"): "the published port's diffusion, without correction and drag",
    ("orographic_correction", "operator"): "orographic correction inside the diffusion",
    ("orographic_correction", "tendency"): "orographic correction as a tendency",
    ("orographic_correction", "none"): "no orographic correction",
    ("zonal_drag", False): "no zonal drag at the top",
    ("zonal_drag", True): "zonal drag at the top",
    ("flat", True): "flat orography",
    ("integrator", "semi_implicit_leapfrog"): "leapfrog",
    ("integrator", "imex_rk_sil3"): "Runge-Kutta integrator sil3",
    ("integrator", "crank_nicolson_rk2"): "Runge-Kutta integrator rk2",
    ("dynamics_steps", 2): "two steps of the dynamics of 20 minutes each",
    ("physics_evaluations", "stage"): "physics at every stage of the integrator",
    ("vertical_advection", "centered"): "Dinosaur's centred vertical advection",
    ("vertical_advection", "conserving"): "vertical advection as in the original",
    ("robert_coefficient", 0.05): "time filter of 0.05",
    ("virtual_temperature", True): "virtual temperature in the dynamics",
    ("virtual_temperature", False): "no virtual temperature",
    ("dry_air_is_conserved", True): "mass of dry air conserved",
    ("dry_air_is_conserved", False): "mass of dry air not conserved",
}


def _in_words(setting: str, value: Value) -> str:
    if setting == "resolution":
        return str(value)
    if setting == "orography":
        return f"{value} orography"
    return _WORDS.get((setting, value), f"{setting.replace('_', ' ')} {value}")
