"""Who is taught: networks many at once, and scikit-learn's methods one after the other."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from experiments.noise.lessons import CLEAN, NOISY, Watched
from jsolar import models
from jsolar.data.augment import picture_symmetries
from jsolar.data.normalise import Normaliser, fit_channels, fit_columns, normalise
from jsolar.forecast.examples import Data, Examples, Inputs
from jsolar.forecast.methods import Method
from jsolar.losses.events import cross_entropy
from jsolar.models.layers import with_inputs
from jsolar.train.config import TrainConfig
from jsolar.train.many import LAST, Runs, many, outputs_of_many
from jsolar.train.step import MakeStep, make_step, scheduled
from jsolar.types import Events, Loss, Model, PyTree, take

CHOICES = (CLEAN, NOISY, LAST)
"""What chose the parameters: clean or noisy validation labels, or nothing."""


class Told(NamedTuple):
    """What seeds forecast.

    Attributes:
      validation: from one of `CHOICES` to log-odds ``[s, v]``.
      test: the same of the test examples.
      history: numbers after each epoch, ``[s, epochs]``; empty for methods without epochs.
    """

    validation: Mapping[str, Float[np.ndarray, "s v"]]
    test: Mapping[str, Float[np.ndarray, "s t"]]
    history: Mapping[str, Float[np.ndarray, "s e"]]


Learner = Callable[[Runs], Told]


def on_pixels(
    network: Any,
    training: TrainConfig,
    data: Data,
    *,
    at_once: int | None,
    loss_at: Callable[[Array], Loss] | None = None,
    several: Callable[[Model], Model] = lambda model: model,
) -> Learner:
    """A network on pictures, each seen as it is, mirrored and with polarities exchanged.

    Args:
      network: its config.
      training: how it is trained.
      data: one event.
      at_once: see `jsolar.train.many.many`.
      loss_at: loss of each step, if it is not cross-entropy; validation stays with that.
      several: makes what is trained of one network.
    """
    normaliser = fit_channels(data.train.inputs["image"], data.train.rows.group)
    one = models.make(network, outputs=1)
    model = several(with_inputs(one, lambda inputs: polarities(inputs["image"])))
    inputs = _normalised(data, "image", normaliser)
    augment = picture_symmetries(data.facts)
    make: MakeStep = partial(make_step, augment=augment)
    if loss_at is not None:
        make = scheduled(loss_at, augment=augment)
    return _network(model, inputs, training, at_once=at_once, make=make)


def on_keywords(network: Any, training: TrainConfig, data: Data, *, at_once: int | None) -> Learner:
    """A network on numbers measured from the pictures."""
    normaliser = fit_columns(data.train.inputs["keywords"], data.train.rows.group)
    model = with_inputs(models.make(network, outputs=1), lambda inputs: inputs["keywords"])
    return _network(model, _normalised(data, "keywords", normaliser), training, at_once=at_once)


def _normalised(data: Data, reads: str, normaliser: Normaliser) -> list[Inputs]:
    """One input of the three splits, once for all epochs; the symmetries hold for it as before."""
    scale = jax.jit(lambda values: normalise(values, normaliser))
    return [
        {reads: np.asarray(scale(np.asarray(split.inputs[reads], np.float32)))}
        for split in (data.train, data.validation, data.test)
    ]


def polarities(field: Float[Array, "b h w c"]) -> Float[Array, "b h w 2c"]:
    """The positive and the negative part of a field, so that a sum of pixels can be a flux.

    Example:
      >>> polarities(jnp.full((1, 1, 1, 1), -3.0)).ravel().tolist()
      [0.0, 3.0]
    """
    return jnp.concatenate([jnp.maximum(field, 0), jnp.maximum(-field, 0)], -1)


def classical(method: Method, data: Data) -> Learner:
    """A method of scikit-learn on keywords; nothing is chosen by validation."""
    train, validation, test = (_keywords_of(x) for x in (data.train, data.validation, data.test))

    def learn(runs: Runs) -> Told:
        found: list[list[np.ndarray]] = [[], []]
        for key, rows, *labels in zip(
            runs.key, np.asarray(runs.rows), *map(np.asarray, runs.targets), strict=True
        ):
            noisy = train._replace(events=Events(*labels))
            forecast = method.fit(key, take(noisy, rows), validation)
            for said, examples in zip(found, (validation, test), strict=True):
                p = np.clip(forecast(examples.inputs)[:, 0].astype(float), 1e-6, 1 - 1e-6)
                said.append(np.log(p / (1 - p)))
        held, tested = (np.stack(said).astype(np.float32) for said in found)
        return Told(dict.fromkeys(CHOICES, held), dict.fromkeys(CHOICES, tested), {})

    return learn


def _network(
    model: Model,
    inputs: Sequence[Inputs],
    training: TrainConfig,
    *,
    at_once: int | None,
    make: MakeStep = make_step,
) -> Learner:
    train, validation, test = inputs
    fit = many(
        model,
        cross_entropy(),
        training,
        make_step=make,
        measure=partial(agreement, model),
        at_once=at_once,
    )
    outputs = outputs_of_many(model, at_once=at_once)

    def learn(runs: Runs) -> Told:
        trained = fit(runs, train, validation)
        held, tested = (
            {name: outputs(params, inputs)[..., 0] for name, params in trained.params.items()}
            for inputs in (validation, test)
        )
        return Told(held, tested, {k: np.asarray(v) for k, v in trained.history.items()})

    return learn


def agreement(
    model: Model, params: PyTree, watched: Watched, inputs: PyTree, held_inputs: PyTree
) -> dict[str, Float[Array, ""]]:
    """Share of wrong labels that the network agrees with, "yes" being more than their base rate.

    ``memorised`` is of labels that it is trained with, ``fooled`` of as wrong ones that it has
    never seen, with which it agrees for no better reason than chance and likeness. NaN without any.
    """
    rows = (
        (inputs, watched.row, watched.label, watched.counts),
        (held_inputs, watched.held_row, watched.held_label, watched.held_counts),
    )
    found = []
    for pictures, row, label, counts in rows:
        logits = model.apply(params, take(pictures, row))[0][:, 0]
        agrees = (jax.nn.sigmoid(logits) >= watched.base_rate) == label
        found.append((agrees & counts).sum() / counts.sum())
    return {"memorised": found[0], "fooled": found[1]}


def _keywords_of(examples: Examples) -> Examples:
    """Without the pictures, which need not be copied for each seed."""
    return examples._replace(inputs={"keywords": examples.inputs["keywords"]})
