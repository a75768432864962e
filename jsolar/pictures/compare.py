"""Several predictors on the same test series: pictures, sums, scores and skills with intervals."""

import pathlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.keys import named
from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.series import Data, Series, column
from jsolar.verify.images.sums import SCORES, Sums, measure, skill
from jsolar.verify.intervals import Interval, block_bootstrap, sums_by_block

PERSISTENCE = "persistence"
"""Name of the method that skill is told over first."""

TRUE_PRESENT = "true field of now"
"""Name of the row that knows the present without network and noise; on simulated data only.

It has nothing to do with what comes: a skill over it, against the true field, is growth foreseen.
"""

FUTURES = "mean of futures"
"""Name of the row that knows all of the present and the rules: the ceiling; likewise.

Their number is that of `SunConfig.futures`.
"""

_AT_ONCE = 64

Kinds = Mapping[str, Mapping[str, Any]]


class Comparison(NamedTuple):
    """What a report tells.

    Attributes:
      data: the series.
      predictions: ``[l, n, h, w]`` of each method on the test series, gauss.
      sums: ``{lead: {method: {against: sums}}}`` of each test series, see
        `jsolar.verify.images.sums`; ``against`` is "observed", or "truth" on simulated data.
      scores: ``{lead: {method: {against: {score: Interval}}}}``.
      skills: ``{lead: {method: {reference: {against: Interval}}}}``, 1 − MSE/MSE of the reference.
      strong_skills: the same of pixels with strong field.
    """

    data: Data
    predictions: Mapping[str, Float[np.ndarray, "l n h w"]]
    sums: Mapping[float, Kinds]
    scores: Mapping[float, Kinds]
    skills: Mapping[float, Kinds]
    strong_skills: Mapping[float, Kinds]


def fit_all(key: Key[Array, ""], methods: Mapping[str, Method], data: Data) -> dict[str, Predictor]:
    """Fit every method; each has its own random key, whatever others there are."""
    return {
        name: method.fit(named(key, name), data.train, data.validation, data.lead_hours)
        for name, method in methods.items()
    }


def predict_all(
    predictors: Mapping[str, Predictor], data: Data
) -> dict[str, Float[np.ndarray, "l n h w"]]:
    """The pictures of every method at every lead of the test series, and on simulated data truth.

    Args:
      predictors: by name, from `fit_all`.
      data: whose test series are predicted.

    Returns:
      Pictures by name; with `TRUE_PRESENT` and `FUTURES` where they are known.
    """
    test = data.test
    found = {
        name: np.stack([predict(test.seen, lead) for lead in data.lead_hours])
        for name, predict in predictors.items()
    }
    if test.fields is not None:
        present = np.asarray(test.fields[:])[:, 0]
        found[TRUE_PRESENT] = np.broadcast_to(present, (len(data.lead_hours), *present.shape))
    if test.expected is not None:
        found[FUTURES] = np.moveaxis(np.asarray(test.expected[:]), 1, 0)
    return found


def compare(
    key: Key[Array, ""], predictions: Mapping[str, Float[np.ndarray, "l n h w"]], data: Data
) -> Comparison:
    """Judge predictions with intervals by region.

    Args:
      key: of the bootstrap; all leads and methods meet the same regions.
      predictions: from `predict_all`.
      data: whose test series were predicted.

    Returns:
      The comparison.
    """
    regions, index = np.unique(data.test.rows.group, return_inverse=True)
    names, sums, judged = list(predictions), {}, {}
    for number, lead in enumerate(data.lead_hours):
        sums[lead] = {
            name: against(pictures[number], data.test, number, pixel_mm=data.pixel_mm)
            for name, pictures in predictions.items()
        }
        together = jax.tree.map(lambda *each: np.stack(each, axis=1), *sums[lead].values())
        by_region = sums_by_block(together, index, blocks=len(regions))
        found = block_bootstrap(named(key, "regions"), by_region, judge)
        judged[lead] = _by_name(jax.device_get(found), names)
    parts = {part: {lead: of[part] for lead, of in judged.items()} for part in judged[lead]}
    return Comparison(data, predictions, sums, **parts)


def against(
    pictures: Float[np.ndarray, "n h w"], test: Series, number: int, *, pixel_mm: float
) -> dict[str, Any]:
    """The sums of each picture at the lead of this number, against what was observed and truth."""
    observed = np.asarray(test.future[:])[:, number], np.asarray(test.past[:])[:, -1]
    found = {"observed": measured(pictures, *observed, pixel_mm=pixel_mm)}
    if test.fields is not None:
        fields = np.asarray(test.fields[:])
        found["truth"] = measured(pictures, fields[:, number + 1], fields[:, 0], pixel_mm=pixel_mm)
    return found


def measured(
    pictures: Float[np.ndarray, "n h w"],
    target: Float[np.ndarray, "n h w"],
    present: Float[np.ndarray, "n h w"],
    *,
    pixel_mm: float,
) -> dict[str, Float[np.ndarray, "n ..."]]:
    """`jsolar.verify.images.sums.measure` of many pictures.

    Args:
      pictures: predicted.
      target: what came.
      present: what there was.
      pixel_mm: side of a pixel.

    Returns:
      Sums of each.

    Raises:
      ValueError: a predicted picture holds something that is no number.
    """
    if not np.isfinite(pictures).all():
        raise ValueError("a predicted picture is not finite: the method has diverged")
    return in_parts(partial(_measure, pixel_mm=pixel_mm), pictures, target, present)


def in_parts(measure: Callable[..., Any], *columns: Float[np.ndarray, "n ..."]) -> Any:
    """What a compiled function makes of columns, some rows at a time, on the host.

    Args:
      measure: from arrays ``[b, ...]`` to a tree of them.
      *columns: its arguments, n rows each.

    Returns:
      The tree, of arrays ``[n, ...]``.

    Example:
      >>> in_parts(lambda x: {"double": 2 * x}, np.arange(3.0))["double"].tolist()
      [0.0, 2.0, 4.0]
    """
    n, parts = len(columns[0]), []
    for start in range(0, n, _AT_ONCE):
        rows = np.minimum(np.arange(start, start + _AT_ONCE), n - 1)
        parts.append(measure(*(column[rows] for column in columns)))
    return jax.tree.map(lambda *x: np.concatenate(x)[:n], *jax.device_get(parts))


@jax.jit(static_argnames="pixel_mm")
def _measure(
    pictures: Float[Array, "b h w"],
    target: Float[Array, "b h w"],
    present: Float[Array, "b h w"],
    *,
    pixel_mm: float,
) -> Any:
    return jax.vmap(partial(measure, pixel_mm=pixel_mm))(pictures, target, present)


def judge(sums: Mapping[str, Sums]) -> dict[str, Any]:
    """Scores of m methods, and the skill of each over each, from sums.

    Args:
      sums: ``{against: sums}``, each array ``[m, ...]``.

    Returns:
      ``scores``: ``{against: {score: [m]}}``; ``skills`` and ``strong_skills``:
      ``{against: [m, m]}``.
    """

    def skills(kind: str) -> dict[str, Float[Array, "m m"]]:
        each = jax.vmap(jax.vmap(partial(skill, kind=kind), (None, 0)), (0, None))
        return {name: each(of, of) for name, of in sums.items()}

    return {
        "scores": {
            name: {score: jax.vmap(f)(of) for score, f in SCORES.items()}
            for name, of in sums.items()
        },
        "skills": skills(""),
        "strong_skills": skills("strong_"),
    }


def _by_name(judged: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What `judge` found, with the names of the methods instead of axes."""

    def at(interval: Interval, *place: int) -> Interval:
        return Interval(*(x[place] for x in interval))

    def pairs(skills: Mapping[str, Interval]) -> dict[str, Any]:
        return {
            name: {
                other: {kind: at(of, i, j) for kind, of in skills.items()}
                for j, other in enumerate(names)
                if j != i
            }
            for i, name in enumerate(names)
        }

    scores = {
        name: {
            kind: {score: at(interval, i) for score, interval in of.items()}
            for kind, of in judged["scores"].items()
        }
        for i, name in enumerate(names)
    }
    both = {part: pairs(judged[part]) for part in ("skills", "strong_skills")}
    return {"scores": scores, **both}


def fit_again(
    key: Key[Array, ""],
    make_method: Callable[[pathlib.Path], Method],
    data: Data,
    *,
    lead: float,
    folder: pathlib.Path,
    seeds: int,
) -> list[Float[np.ndarray, "n h w"]]:
    """The test pictures of a method fitted with other seeds: how much is luck of training?

    Args:
      key: of the first fit; each of the others has its own.
      make_method: from a folder for its training.
      data: as in `fit_all`.
      lead: at which, hours.
      folder: of the run; each seed's training goes below.
      seeds: how many in all, the first included.

    Returns:
      Pictures of the second seed and those after it.
    """
    found = []
    for name in (f"seed_{i}" for i in range(1, seeds)):
        method = make_method(folder / name)
        own = named(key, name)
        predict = method.fit(own, data.train, data.validation, data.lead_hours)
        found.append(predict(data.test.seen, lead))
    return found


def skills_again(
    comparison: Comparison,
    pictures: Sequence[Float[np.ndarray, "n h w"]],
    method: str,
    *,
    lead: float,
) -> dict[str, list[float]]:
    """The skill over every other method with each seed, against what was observed.

    Args:
      comparison: which has the first seed.
      pictures: of the others, from `fit_again`.
      method: whose they are.
      lead: at which, hours.

    Returns:
      By the other method's name, one number a seed.
    """
    number = column(comparison.data.lead_hours, lead)
    came = np.asarray(comparison.data.test.future[:])[:, number]

    def error(shown: Float[np.ndarray, "n h w"]) -> float:
        return float(np.nanmean(np.square(shown - came, dtype=float)))

    first = comparison.skills[lead][method]
    errors = [error(shown) for shown in pictures]
    return {
        name: [
            float(first[name]["observed"].value),
            *(1 - ours / error(comparison.predictions[name][number]) for ours in errors),
        ]
        for name in comparison.predictions
        if name != method
    }


def plain(interval: Interval) -> dict[str, float]:
    """An interval as numbers of a JSON file."""
    return {name: float(getattr(interval, name)) for name in ("value", "low", "high")}


def summary(comparison: Comparison) -> dict[str, Any]:
    """What ``summary.json`` holds of a comparison."""

    def told(tree: Mapping[float, Kinds]) -> dict[str, Any]:
        numbers = jax.tree.map(plain, tree, is_leaf=lambda x: isinstance(x, Interval))
        return {f"{lead:g} h": of for lead, of in numbers.items()}

    return {
        "data": comparison.data.facts,
        "test_series": len(comparison.data.test.rows.id),
        "test_regions": len(np.unique(comparison.data.test.rows.group)),
        "scores": told(comparison.scores),
        "skills": told(comparison.skills),
        "strong_skills": told(comparison.strong_skills),
    }
