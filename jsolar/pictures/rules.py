"""By which rules does a method predict? Two tables and a verdict on simulated data.

The lecture asks whether such a network has learned magnetohydrodynamics. This asks what can be
answered: whether it follows the rules by which the simulator moves flux.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
from jaxtyping import Array, Key

from jsolar.keys import named
from jsolar.pictures.bipoles import isolated_bipoles, responses
from jsolar.pictures.compare import plain
from jsolar.pictures.methods import Predictor
from jsolar.pictures.series import Data
from jsolar.pictures.symmetries import SYMMETRIES, symmetry_errors
from jsolar.report.tables import markdown
from jsolar.types import take
from jsolar.verify.intervals import Interval

SERIES = 256
"""Test series whose symmetries are looked at."""

TOLD = {
    "growth": "growth",
    "opening": "opening",
    "turning": "turning",
    "weakening": "weakening of the field",
}
"""Changes of bipoles that the simulator's rules make, see `jsolar.pictures.bipoles.change`."""


class Rules(NamedTuple):
    """What is found.

    Attributes:
      bipoles: how many there were.
      responses: see `jsolar.pictures.bipoles.responses`.
      symmetries: by method, see `jsolar.pictures.symmetries.symmetry_errors`.
    """

    bipoles: int
    responses: Mapping[str, Mapping[str, Mapping[str, Interval]]]
    symmetries: Mapping[str, Mapping[str, Interval]]

    def summary(self) -> dict[str, Any]:
        """What ``summary.json`` holds."""
        parts = {"responses": self.responses, "symmetry_errors": self.symmetries}
        told = jax.tree.map(plain, parts, is_leaf=lambda x: isinstance(x, Interval))
        return {"bipoles": self.bipoles, **told}


def ask(
    key: Key[Array, ""],
    predictors: Mapping[str, Predictor],
    data: Data,
    *,
    lead: float,
    bipoles: int,
) -> Rules:
    """Show isolated bipoles, and changed test series, to several methods.

    Args:
      key: of the simulation and the bootstrap.
      predictors: by name.
      data: simulated; its test series are shown.
      lead: hours.
      bipoles: how many are simulated.

    Returns:
      What they answer.
    """
    alone = isolated_bipoles(named(key, "bipoles"), data, lead=lead, count=bipoles)
    how = {"lead": lead, "pixel_mm": data.pixel_mm}
    answers = responses(named(key, "bootstrap"), alone, predictors, **how)
    some = take(data.test, slice(SERIES))
    broken = {
        name: symmetry_errors(named(key, "bootstrap"), predict, some, lead=lead)
        for name, predict in predictors.items()
    }
    return Rules(len(alone.now), answers, broken)


def section(rules: Rules, *, lead: float, first: str) -> list[str]:
    """Tables and verdict as lines of a report.

    Args:
      rules: from `ask`.
      lead: hours.
      first: the method that the verdict is about.
    """
    return [
        f"**By which rules?** {rules.bipoles} isolated simulated bipoles, {lead:g} h ahead: slope"
        " of the change that a method predicts on that of the simulator's futures (1: the same"
        " response, 0: none), and their correlation",
        "",
        _responses(rules),
        "",
        "Broken symmetries, relative to the predicted change (0: respected)",
        "",
        _symmetries(rules),
        "",
        verdict(rules, first),
        "",
    ]


def verdict(rules: Rules, method: str) -> str:
    """Which rules a method is shown to follow, in two sentences."""
    answers = rules.responses[method]
    shown = [told for kind, told in TOLD.items() if answers[kind]["slope"].low > 0]
    open_ = [told for told in TOLD.values() if told not in shown]
    parts = [f"it is shown to respond to their {_and(shown)}"] if shown else []
    parts += [f"no response to their {_and(open_)} is shown"] if open_ else []
    return (
        f"Of isolated bipoles the {method} sees three frames; {', but '.join(parts)}. These are the"
        " rules of transport of a kinematic simulator, in which no equation of"
        " magnetohydrodynamics is solved: nothing here says that such an equation was learned."
    )


def _responses(rules: Rules) -> str:
    rows = [
        [name, *(_response(of[kind]) for kind in TOLD), f"{float(of['net']['rms'].value):.3f}"]
        for name, of in rules.responses.items()
    ]
    return markdown(["method", *TOLD.values(), "net flux, rms change / flux"], rows)


def _response(of: Mapping[str, Interval]) -> str:
    slope, correlation = of["slope"], float(of["correlation"].value)
    ends = f"[{float(slope.low):+.2f}, {float(slope.high):+.2f}]"
    return f"{float(slope.value):+.2f} {ends}, r = {correlation:.2f}"


def _symmetries(rules: Rules) -> str:
    rows = [
        [name, *(f"{float(of[kind].value):.2f}" for kind in SYMMETRIES)]
        for name, of in rules.symmetries.items()
    ]
    return markdown(["method", *SYMMETRIES], rows)


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
