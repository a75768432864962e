"""The methods of `experiments.class_imbalance`: what each says after the lessons of a partition."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import itemgetter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key
from scipy.special import expit

from experiments.flare_rows import Tabular
from experiments.imbalance_scores import Pool
from jsolar import models
from jsolar.data import audit
from jsolar.data.normalise import fit_columns, normalise
from jsolar.data.sampling import class_weights
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.classical import logistic_regression, random_forest, support_vectors
from jsolar.keys import generator, named
from jsolar.losses.events import cross_entropy
from jsolar.train.many import LAST, Runs, many, outputs_of_many
from jsolar.types import Events, take

FOREST, MLP = "random forest", "MLP"
METHODS = ("logistic regression", "SVM", FOREST, MLP)


class Lesson(NamedTuple):
    """What a partition teaches after a remedy.

    Attributes:
      key: of fits.
      rows: of the pool, some perhaps more than once; none where the remedy cannot be applied.
      weighted: whether both classes weigh the same.
    """

    key: Key[Array, ""]
    rows: Int[np.ndarray, "m"]
    weighted: bool


Said = Float[np.ndarray, "n"]
"""Probability of every window of the pool; NaN after a lesson that could not be given."""

Teach = Callable[[Sequence[Lesson]], Iterator[Said]]
"""``teach(lessons)``: what is said after each."""

Network = Callable[[Pool, int, Sequence[Lesson]], Iterator[Said]]


def teachers(chosen: Tabular, network: Network, pool: Pool, part: int) -> dict[str, Teach]:
    """All of `METHODS`; their settings are fixed, so that only the remedies differ.

    Args:
      chosen: settings.
      network: from `perceptrons`.
      pool: all windows.
      part: number of the partition that teaches.
    """
    found: dict[str, Teach] = {
        name: partial(_one_by_one, name, chosen, pool) for name in METHODS if name != MLP
    }
    return found | {MLP: partial(network, pool, part)}


def perceptrons(chosen: Tabular, *, steps: int) -> Network:
    """Networks after all lessons of a partition, trained in one program that is compiled once.

    Each takes as many steps, through as many passes of its rows in random order as that takes.
    Numbers are normalised by the partition that teaches, before any remedy.

    Args:
      chosen: settings.
      steps: of each.
    """
    config = dataclasses.replace(chosen.mlp_training, epochs=1)
    model, loss = models.make(chosen.mlp, outputs=1), cross_entropy()

    def weighted(logits: Float[Array, "b 1"], targets: tuple[Events, Array]) -> Float[Array, "b"]:
        events, weight = targets
        return weight * loss(logits, events)

    fit, outputs = many(model, weighted, config), outputs_of_many(model)

    def teach(pool: Pool, part: int, lessons: Sequence[Lesson]) -> Iterator[Said]:
        given = [lesson for lesson in lessons if lesson.rows.size]
        said = iter(())
        if given:
            numbers = _normalised(pool, part)
            runs = _runs(given, pool, steps * config.batch_size)
            trained = fit(runs, numbers, numbers[:1])
            said = iter(expit(outputs(trained.params[LAST], numbers)[..., 0]))
        for lesson in lessons:
            yield next(said) if lesson.rows.size else _nothing(pool)

    return teach


def _normalised(pool: Pool, part: int) -> Float[np.ndarray, "n f"]:
    numbers = pool.examples.inputs["summary"]
    teaches = take(pool.examples, np.flatnonzero(pool.partition == part))
    normaliser = fit_columns(teaches.inputs["summary"], teaches.rows.group)
    audit.check_statistics(normaliser, teaches.rows)
    return np.asarray(normalise(jnp.asarray(numbers), normaliser))


def _runs(lessons: Sequence[Lesson], pool: Pool, count: int) -> Runs:
    """A training of each lesson, of ``count`` rows."""
    events = pool.examples.events
    return Runs(
        key=jnp.stack([named(lesson.key, MLP) for lesson in lessons]),
        rows=np.stack([_passes(lesson, count) for lesson in lessons]),
        targets=(
            jax.tree.map(lambda x: np.broadcast_to(x, (len(lessons), *np.shape(x))), events),
            np.stack([_weights(lesson, pool) for lesson in lessons]).astype(np.float32),
        ),
        held={},
    )


def _passes(lesson: Lesson, count: int) -> Int[np.ndarray, "c"]:
    """Its rows in random order, again and again."""
    order = generator(named(lesson.key, "passes")).permutation(lesson.rows)
    return np.resize(order, count)


def _weights(lesson: Lesson, pool: Pool) -> Float[np.ndarray, "n"]:
    """Of every window of the pool; 1 for those that are not taught."""
    weights = np.ones(len(pool.subclass))
    if lesson.weighted:
        weights[lesson.rows] = class_weights(pool.happened[lesson.rows])
    return weights


def _one_by_one(
    name: str, chosen: Tabular, pool: Pool, lessons: Sequence[Lesson]
) -> Iterator[Said]:
    """What one of scikit-learn's methods says after each lesson."""
    for lesson in lessons:
        if not lesson.rows.size:
            yield _nothing(pool)
            continue
        taught = take(pool.examples, lesson.rows)
        method = _classical(name, chosen, n=len(lesson.rows), weighted=lesson.weighted)
        forecaster = method.fit(named(lesson.key, name), taught, taught)
        yield forecaster(pool.examples.inputs)[:, 0]


def _classical(name: str, chosen: Tabular, *, n: int, weighted: bool) -> Method:
    numbers = itemgetter("summary")
    methods: Mapping[str, Callable[[], Method]] = {
        "logistic regression": lambda: logistic_regression(numbers, balanced=weighted),
        "SVM": lambda: support_vectors(
            numbers, balanced=weighted, landmarks=None if n <= chosen.exact else chosen.landmarks
        ),
        FOREST: lambda: random_forest(numbers, trees=chosen.trees, balanced=weighted),
    }
    return methods[name]()


def _nothing(pool: Pool) -> Said:
    return np.full(len(pool.subclass), np.nan)
