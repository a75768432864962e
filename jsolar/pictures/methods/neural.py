"""Methods that train a network to predict what changes."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar import models
from jsolar.data import audit
from jsolar.data.augment import frame_symmetries
from jsolar.data.batches import evaluation_batches, training_batches
from jsolar.data.normalise import Normaliser, fit_pictures
from jsolar.keys import named
from jsolar.losses.images import squared_error
from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.networks import CHANGES, changes, with_noise
from jsolar.pictures.series import Seen, Series, column
from jsolar.train.config import TrainConfig
from jsolar.train.fit import fit
from jsolar.train.lift import over_devices
from jsolar.train.step import make_step
from jsolar.train.validation import mean_loss
from jsolar.types import Batch, Loss, Model, PyTree


@dataclasses.dataclass(frozen=True, eq=False)
class NetworkPredictor:
    """A trained network.

    Attributes:
      network: config of one of `jsolar.models.MODELS`, of pictures and conditions.
      normaliser: of the frames.
      params: parameters.
      batch_size: series in a call; only the time depends on it.
      noise: whether the network is shown noise, so that it predicts one of many pictures that may
        come (`jsolar.pictures.networks.with_noise`).
    """

    network: Any
    normaliser: Normaliser
    params: PyTree
    batch_size: int = 16
    noise: bool = False

    @functools.cached_property
    def model(self) -> Model:
        """From frames in gauss to the predicted picture in gauss."""
        network = models.make(self.network, outputs=CHANGES)
        return changes(with_noise(network) if self.noise else network, self.normaliser)

    @functools.cached_property
    def _predict(self) -> Callable[[PyTree, Batch, Key[Array, ""]], Float[Array, "b h w"]]:
        @jax.jit
        def predict(params: PyTree, batch: Batch, key: Key[Array, ""]) -> Float[Array, "b h w"]:
            keys = jax.vmap(jax.random.fold_in, (None, 0))(key, batch.row)
            return self.model.apply(params, batch.inputs, key=keys)[0]

        return predict

    def __call__(self, seen: Seen, lead_hours: float) -> Float[np.ndarray, "n h w"]:
        """The radial field so many hours after the last frame; with noise, the first draw."""
        return self.draw(seen, lead_hours, 0)

    def draw(self, seen: Seen, lead_hours: float, number: int) -> Float[np.ndarray, "n h w"]:
        """The draw of this number: one noise for each series, the same at all leads."""
        copied, split = over_devices(self.batch_size)
        n, key = len(seen.frames), jax.random.key(number)
        inputs = {"frames": seen.frames, "lead_hours": np.full(n, lead_hours, np.float32)}
        params, parts, masks = copied(self.params), [], []
        for batch in evaluation_batches(inputs, batch_size=self.batch_size, n=n):
            parts.append(self._predict(params, split(batch), key))
            masks.append(batch.mask)
        return np.concatenate(jax.device_get(parts))[np.concatenate(masks)]


def neural(network: Any, *, judged_at: float, config: TrainConfig, folder: pathlib.Path) -> Method:
    """A method that trains one network for all leads, on all devices there are.

    Each time a series is seen, one of the leads is drawn, so that the network learns them together;
    the best checkpoint is chosen by the squared error at one of them on validation series.

    Args:
      network: config of one of `jsolar.models.MODELS`, of pictures and conditions.
      judged_at: the lead, hours, by which the checkpoint is chosen.
      config: how to train.
      folder: of this training, see `jsolar.train.fit.fit`.

    Returns:
      A method whose predictor is a `NetworkPredictor`.
    """

    def fit_network(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> NetworkPredictor:
        normaliser = training_unit(train)
        model = changes(models.make(network, outputs=CHANGES), normaliser)
        params = fit_series(
            key,
            model,
            squared_error(unit=float(normaliser.unit)),
            train,
            validation,
            judged=(judged_at, column(lead_hours, judged_at)),
            config=config,
            folder=folder,
            make_step=functools.partial(make_step, augment=drawn_lead(lead_hours)),
        )
        return NetworkPredictor(network, normaliser, params, config.batch_size)

    return Method(fit_network)


def training_unit(train: Series) -> Normaliser:
    """The unit in which networks see frames, from those of training regions."""
    normaliser = fit_pictures(train.past, train.rows.group)
    audit.check_statistics(normaliser, train.rows)
    return normaliser


def fit_series(
    key: Key[Array, ""],
    model: Model,
    loss: Loss,
    train: Series,
    validation: Series,
    *,
    judged: tuple[float, int],
    config: TrainConfig,
    folder: pathlib.Path,
    **how: Any,
) -> PyTree:
    """`jsolar.train.fit.fit` on series.

    Args:
      key: of parameters and order.
      model: of ``{"frames", "lead_hours"}``, see `changes`.
      loss: of its pictures.
      train: to train with; its targets are the pictures at all leads.
      validation: to judge by.
      judged: the lead, hours, of the validation loss, and its number.
      config: how to train.
      folder: of this training.
      **how: other arguments of `jsolar.train.fit.fit`.

    Returns:
      Parameters.
    """
    n, size = len(validation.rows.id), config.batch_size
    lead, number = judged
    held = (_inputs(validation, lead), Lead(validation.future, number))
    return fit(
        key,
        model,
        loss,
        training_batches(key, _inputs(train, lead), train.future, batch_size=size),
        mean_loss(model, loss, lambda: evaluation_batches(*held, batch_size=size, n=n)),
        examples=len(train.rows.id),
        config=config,
        folder=folder,
        data=[(x.rows.id, x.rows.time.astype(int)) for x in (train, validation)],
        **how,
    )


class Lead:
    """The frames at one lead of a column ``[n, l, h, w]``, read when they are asked for."""

    def __init__(self, future: Any, index: int):
        self._future, self._index = future, index

    def __len__(self) -> int:
        return len(self._future)

    def __getitem__(self, rows: Any) -> Float[np.ndarray, "b h w"]:
        return self._future[rows][:, self._index]


def drawn_lead(lead_hours: tuple[float, ...]) -> Any:
    """An augmentation that draws one of the leads for each series, and one of its symmetries."""
    hours = jnp.asarray(lead_hours, jnp.float32)

    def augment(
        keys: Key[Array, "b"], inputs: Mapping[str, Any], targets: Float[Array, "b l h w"]
    ) -> tuple[Mapping[str, Any], Float[Array, "b h w"]]:
        draw = jax.vmap(lambda key: jax.random.randint(named(key, "lead"), (), 0, len(lead_hours)))
        lead = draw(keys)
        target = jnp.take_along_axis(targets, lead[:, None, None, None], axis=1)[:, 0]
        frames, shown = frame_symmetries(keys, inputs["frames"], target)
        return {"frames": frames, "lead_hours": hours[lead]}, shown

    return augment


def whole_step(past_hours: tuple[float, ...], lead_hours: tuple[float, ...]) -> float | None:
    """The step in which `rolled_out` can go: the first lead, if frames and leads are multiples.

    Example:
      >>> whole_step((-12.0, -6.0, 0.0), (6.0, 12.0, 24.0)), whole_step((-12.0, 0.0), (6.0, 12.0))
      (6.0, None)
    """
    step = lead_hours[0]
    multiples = np.asarray(lead_hours) / step
    whole = np.allclose(np.diff(past_hours), step) and np.allclose(multiples, multiples.round())
    return step if whole else None


def rolled_out(
    predict: Predictor, *, step_hours: float, past_hours: tuple[float, ...]
) -> Predictor:
    """A predictor that goes in steps, each from what it predicted before.

    Args:
      predict: of one step.
      step_hours: of one step, which the past frames are apart too.
      past_hours: of the frames that it reads.

    Returns:
      A predictor of multiples of the step.

    Raises:
      ValueError: the frames are not a step apart, or a lead is no multiple of it.

    Example:
      >>> from jsolar.pictures.series import Seen
      >>> def half(seen, lead):
      ...     return seen.frames[:, -1] / 2
      >>> seen = Seen(np.full((1, 1, 1, 1), 8.0), np.zeros(1))
      >>> float(rolled_out(half, step_hours=6.0, past_hours=(0.0,))(seen, 18.0)[0, 0, 0])
      1.0
    """
    if not np.allclose(np.diff(past_hours), step_hours):
        raise ValueError(f"past frames at {past_hours} h are not {step_hours:g} h apart")

    def roll(seen: Seen, lead_hours: float) -> Float[np.ndarray, "n h w"]:
        steps = round(lead_hours / step_hours)
        if steps < 1 or not np.isclose(steps * step_hours, lead_hours):
            raise ValueError(f"a lead of {lead_hours:g} h is no multiple of {step_hours:g} h")
        frames = np.asarray(seen.frames[:])
        for _ in range(steps):
            later = predict(seen._replace(frames=frames), step_hours)
            frames = np.concatenate([frames[:, 1:], later[:, None]], axis=1)
        return frames[:, -1]

    return roll


def _inputs(series: Series, lead_hours: float) -> dict[str, Any]:
    return {
        "frames": series.past,
        "lead_hours": np.full(len(series.rows.id), lead_hours, np.float32),
    }
