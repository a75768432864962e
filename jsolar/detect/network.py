"""A Mask R-CNN that is trained on disks, and what it finds in others."""

import dataclasses
import functools
import pathlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Bool, Float, Key

from jsolar.data.batches import evaluation_batches, training_batches
from jsolar.detect.augment import disk_symmetries
from jsolar.detect.examples import CLASSES, FLARING, DiskInputs, Disks, ObjectColumn
from jsolar.detect.findings import Finding, finding
from jsolar.models.layers import with_inputs
from jsolar.models.mask_rcnn.align import paste
from jsolar.models.mask_rcnn.config import MaskRCNNConfig
from jsolar.models.mask_rcnn.detections import Detections
from jsolar.models.mask_rcnn.network import TERMS, mask_rcnn, mask_rcnn_losses
from jsolar.sun.sphere import Frame, sphere
from jsolar.train.config import TrainConfig
from jsolar.train.fit import fit
from jsolar.train.step import Losses, Metrics, Step, step_down
from jsolar.types import Batch, Loss, Model, PyTree
from jsolar.verify.events.calibration import log_odds

ROOM = 32
"""Regions of a picture that are taught, the largest first."""

SCALE_GAUSS = 30.0
"""Field at which what a network reads turns from linear to logarithmic."""


def network_inputs(inputs: DiskInputs, frame: Frame) -> Float[Array, "b h w 2"]:
    """What a network reads of disks: asinh(B / 30 G) / 2, and μ; 0 beside the disk.

    Example:
      >>> beside = np.hypot(*np.indices((8, 8)) - 3.5) > 3.5
      >>> image = np.where(beside, np.nan, 300.0)[None, ..., None].astype(np.float32)
      >>> read = network_inputs(DiskInputs(image, np.zeros(1, np.float32)), Frame(8))
      >>> read[0, 4, 4].round(1).tolist(), read[0, 0, 0].tolist()
      ([1.5, 1.0], [0.0, 0.0])
    """
    field = jnp.arcsinh(inputs.image / SCALE_GAUSS) / 2
    mu = jnp.broadcast_to(sphere(frame, 0.0).mu[..., None], field.shape)  # whatever B0 is
    return jnp.nan_to_num(jnp.concatenate([field, mu], -1))


@dataclasses.dataclass(frozen=True, eq=False)
class Detector:
    """A trained network, to be called with `DiskInputs`; see `jsolar.detect.findings`.

    Attributes:
      network: its config.
      frame: of the pictures.
      params: parameters.
      batch_size: pictures in a call; only the time depends on it.
    """

    network: MaskRCNNConfig
    frame: Frame
    params: PyTree
    batch_size: int = 8

    def __call__(self, inputs: DiskInputs) -> list[Finding]:
        """What is found in each picture; the evidence is log-odds."""
        findings: list[Finding] = []
        for batch in evaluation_batches(inputs, batch_size=self.batch_size, n=len(inputs.image)):
            found, masks = jax.device_get(
                _find(self.params, batch.inputs, network=self.network, frame=self.frame)
            )
            odds = np.asarray(log_odds(found.probabilities[..., FLARING - 1]))
            for i in np.flatnonzero(batch.mask):
                there = found.present[i] & masks[i].any((1, 2))
                each = (found.boxes, masks, found.scores, odds)
                findings.append(finding(*(column[i][there] for column in each)))
        return findings


@partial(jax.jit, static_argnames=("network", "frame"))
def _find(
    params: PyTree, inputs: DiskInputs, *, network: MaskRCNNConfig, frame: Frame
) -> tuple[Detections, Bool[Array, "b n h w"]]:
    """Detections and their masks; detectors with the same config share the compiled program."""
    found, _ = detector_model(network, frame).apply(params, inputs)
    pasted = partial(paste, shape=(frame.size, frame.size))
    return found, jax.vmap(pasted)(found.masks, found.boxes) > 0.5


@functools.cache
def detector_model(network: MaskRCNNConfig, frame: Frame) -> Model:
    """The network of raw disks."""
    return with_inputs(mask_rcnn(network, outputs=CLASSES), partial(network_inputs, frame=frame))


def train_detector(
    key: Key[Array, ""],
    train: Disks,
    validation: Disks,
    *,
    frame: Frame,
    network: MaskRCNNConfig,
    config: TrainConfig,
    folder: pathlib.Path,
) -> Detector:
    """Train a detector; the parameters with the smallest validation loss are kept.

    Args:
      key: the run's.
      train: pictures to learn from.
      validation: pictures by which the best parameters are chosen.
      frame: of both.
      network: config of the network.
      config: how to train.
      folder: see `jsolar.train.fit.fit`; its log has every term of the loss.

    Returns:
      The detector.
    """
    size, losses = config.batch_size, disk_losses(network, frame)
    objects, held = (ObjectColumn(d.regions, frame.size, ROOM) for d in (train, validation))
    count = len(validation.rows.id)
    look = partial(evaluation_batches, validation.inputs, held, batch_size=size, n=count)
    params = fit(
        key,
        detector_model(network, frame),
        _no_loss,
        training_batches(key, train.inputs, objects, batch_size=size),
        mean_terms(network, frame, look),
        examples=len(train.rows.id),
        config=config,
        folder=folder,
        data=[
            (d.rows.id, d.rows.time.astype(int), [one.happened for one in d.regions])
            for d in (train, validation)
        ],
        make_step=partial(_make_step, losses=partial(losses, train=True)),
    )
    return Detector(network, frame, params, size)


def disk_losses(network: MaskRCNNConfig, frame: Frame) -> Callable[..., Any]:
    """The loss of each picture and its terms, for `jsolar.train.step.step_down`.

    Args:
      network: config of the network.
      frame: of the pictures.

    Returns:
      A function ``(params, inputs, objects, keys, train)``.
    """
    terms = mask_rcnn_losses(network, outputs=CLASSES)

    def losses(
        params: PyTree, inputs: DiskInputs, objects: Any, keys: Key[Array, "b"], *, train: bool
    ) -> tuple[Float[Array, "b"], Metrics]:
        told = terms(params, network_inputs(inputs, frame), objects, keys, train=train)
        total = jnp.stack(list(told.values())).sum(0)
        return total, {"loss": total, **told}

    return losses


def mean_terms(
    network: MaskRCNNConfig, frame: Frame, batches: Callable[[], Iterable[Batch]]
) -> Callable[[PyTree], dict[str, float]]:
    """The mean loss over validation data and the mean of each of its terms.

    Args:
      network: config of the network.
      frame: of the pictures.
      batches: the data, anew at each call.

    Returns:
      What `jsolar.train.fit.fit` takes to measure parameters; chance is the same at every call.
    """

    def evaluate(params: PyTree) -> dict[str, float]:
        found = [
            (_told(params, batch, network=network, frame=frame), batch.mask) for batch in batches()
        ]
        each = {
            name: np.concatenate([np.asarray(told[name])[mask] for told, mask in found])
            for name in ("loss", *TERMS)
        }
        return {name: float(values.mean(dtype=float)) for name, values in each.items()}

    return evaluate


@partial(jax.jit, static_argnames=("network", "frame"))
def _told(params: PyTree, batch: Batch, *, network: MaskRCNNConfig, frame: Frame) -> Metrics:
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), batch.row)
    losses = disk_losses(network, frame)
    told: Metrics = losses(params, batch.inputs, batch.targets, keys, train=False)[1]
    return told


def _make_step(
    model: Model, loss: Loss, optimizer: optax.GradientTransformation, *, losses: Losses
) -> Step:
    del model, loss
    return step_down(losses, optimizer, augment=disk_symmetries)


def _no_loss(output: Any, targets: Any) -> Any:
    raise NotImplementedError("a detector's loss is not one of its output: see disk_losses")
