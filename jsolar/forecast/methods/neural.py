"""A neural network as a method: normalise, train, keep the best, forecast."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar import models
from jsolar.data import audit
from jsolar.data.batches import evaluation_batches, training_batches
from jsolar.data.normalise import Normaliser, normalise
from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods import Forecaster, Method
from jsolar.models.layers import with_inputs
from jsolar.train.config import TrainConfig
from jsolar.train.fit import fit
from jsolar.train.lift import over_devices
from jsolar.train.many import Runs, many
from jsolar.train.step import Augment, make_step
from jsolar.train.validation import mean_loss
from jsolar.types import Events, Loss, Model, PyTree, take


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkForecaster:
    """A trained network; probabilities are as it gives them, uncalibrated.

    Attributes:
      network: config of one of `jsolar.models.MODELS`.
      outputs: k, events.
      reads: the name of the input that it reads.
      normaliser: of that input.
      params: parameters.
      batch_size: examples in a call; only the time depends on it.
    """

    network: Any
    outputs: int
    reads: str
    normaliser: Normaliser
    params: PyTree
    batch_size: int = 64

    @functools.cached_property
    def model(self) -> Model:
        """Of raw inputs, returning logits."""
        network = models.make(self.network, outputs=self.outputs)
        return normalised(network, self.reads, self.normaliser)

    @functools.cached_property
    def _probability(self) -> Callable[[PyTree, Inputs], Float[Array, "b k"]]:
        return jax.jit(lambda params, inputs: jax.nn.sigmoid(self.model.apply(params, inputs)[0]))

    def __call__(self, inputs: Inputs) -> Float[np.ndarray, "n k"]:
        """Probabilities of all examples."""
        read = {self.reads: inputs[self.reads]}
        copied, split = over_devices(self.batch_size)
        params, parts, masks = copied(self.params), [], []
        for batch in evaluation_batches(read, batch_size=self.batch_size, n=len(read[self.reads])):
            parts.append(self._probability(params, split(batch.inputs)))
            masks.append(batch.mask)
        return np.concatenate(jax.device_get(parts))[np.concatenate(masks)]


def neural(
    network: Any,
    *,
    reads: str,
    fit_normaliser: Callable[[Any, np.ndarray], Normaliser],
    loss: Loss,
    config: TrainConfig,
    folder: pathlib.Path,
    augment: Augment | None = None,
    together: bool | None = None,
) -> Method:
    """A method that trains a network on one of the inputs, on all devices there are.

    Statistics come from the training examples only, the best checkpoint is chosen by the loss on
    the validation examples, and a second call with the same folder goes on where the first ended.

    Args:
      network: config of one of `jsolar.models.MODELS`; it gets one output for each event.
      reads: the name of the input in `Examples.inputs`.
      fit_normaliser: `normalise.fit_columns`, `fit_channels` or `fit_series`.
      loss: per-example loss.
      config: how to train.
      folder: of this training, see `jsolar.train.fit.fit`.
      augment: of the raw inputs, see `jsolar.data.augment`.
      together: whether several seeds are trained in one program (`jsolar.train.many`). That looks
        at validation after every epoch, keeps no checkpoint, and needs inputs that are in memory;
        others are trained one after the other all the same. Not given: wherever it is faster,
        which on a CPU is for numbers and series, not for pictures.

    Returns:
      A method whose forecaster is a `NetworkForecaster`.
    """
    size, stepping = config.batch_size, partial(make_step, augment=augment)

    def prepared(train: Examples) -> tuple[Model, Callable[[PyTree], NetworkForecaster]]:
        """The model, and what its parameters make of it."""
        normaliser = fit_normaliser(train.inputs[reads], train.rows.group)
        audit.check_statistics(normaliser, train.rows)
        outputs = train.events.happened.shape[1]
        model = normalised(models.make(network, outputs=outputs), reads, normaliser)
        return model, lambda params: NetworkForecaster(
            network, outputs, reads, normaliser, params, size
        )

    def fit_network(
        key: Key[Array, ""], train: Examples, validation: Examples
    ) -> NetworkForecaster:
        model, forecaster = prepared(train)
        n = len(validation.rows.id)
        read, held = ({reads: x.inputs[reads]} for x in (train, validation))  # the rest stays here
        look = partial(evaluation_batches, held, validation.events, batch_size=size, n=n)
        params = fit(
            key,
            model,
            loss,
            training_batches(key, read, train.events, batch_size=size),
            mean_loss(model, loss, look),
            examples=len(train.rows.id),
            config=config,
            folder=folder,
            data=[(x.rows.id, x.rows.time.astype(int), x.events) for x in (train, validation)],
            make_step=stepping,
        )
        return forecaster(params)

    def fit_networks(
        keys: Sequence[Key[Array, ""]], train: Examples, validation: Examples
    ) -> list[Forecaster] | None:
        inputs = train.inputs[reads]
        if not isinstance(inputs, np.ndarray):  # on disk, or rendered
            return None
        pictures = inputs.ndim == _PICTURES
        if pictures and not together and jax.default_backend() == "cpu":
            return None
        model, forecaster = prepared(train)
        read, held = ({reads: x.inputs[reads]} for x in (train, validation))
        fit_many = many(model, loss, config, make_step=stepping)
        trained = fit_many(_runs(keys, train.events, validation.events), read, held)
        return [forecaster(take(trained.params[_HELD], i)) for i in range(len(keys))]

    return Method(fit_network, None if together is False else fit_networks)


_HELD = "validation"
_PICTURES = 4
"""Axes: example, row, column, channel. Convolutions of several networks are slow on a CPU."""


def _runs(keys: Sequence[Key[Array, ""]], events: Events, held: Events) -> Runs:
    """The same training with several keys."""
    count, rows = len(keys), np.arange(len(events.happened))
    return Runs(
        key=jnp.stack(keys),
        rows=_repeated(rows, count),
        targets=_repeated(events, count),
        held={_HELD: _repeated(held, count)},
    )


def _repeated(tree: PyTree, count: int) -> PyTree:
    """The same for every run, without a copy."""
    return jax.tree.map(lambda x: np.broadcast_to(x, (count, *np.shape(x))), tree)


def normalised(network: Model, reads: str, normaliser: Normaliser) -> Model:
    """A model of raw inputs: pick one by name, normalise it, apply ``network``."""
    return with_inputs(network, lambda inputs: normalise(inputs[reads], normaliser))
