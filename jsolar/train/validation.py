"""What a training is judged by while it lasts."""

from collections.abc import Callable, Iterable

import jax
import numpy as np
from jaxtyping import Array, Float

from jsolar.train.lift import over_devices
from jsolar.types import Batch, Loss, Model, PyTree

Evaluate = Callable[[PyTree], dict[str, float]]
"""``evaluate(params) -> measurements`` on validation data."""


def mean_loss(model: Model, loss: Loss, batches: Callable[[], Iterable[Batch]]) -> Evaluate:
    """The mean loss over validation data, on all devices, fetched once.

    A model that draws at random draws the same each time.

    Args:
      model: as it is trained.
      loss: per example.
      batches: gives all validation data anew at each call, e.g. a partial of
        `jsolar.data.batches.evaluation_batches`.

    Returns:
      A function from parameters to ``{"loss": …}``.

    Example:
      >>> echo = Model(lambda key, x: {}, lambda params, x, *, key=None, train=False: (x, {}))
      >>> batch = Batch(np.arange(4.0), np.zeros(4), np.arange(4) < 3, np.arange(4))
      >>> mean_loss(echo, lambda output, target: (output - target) ** 2, lambda: [batch])({})
      {'loss': 1.6666666666666667}
    """

    @jax.jit
    def losses(params: PyTree, batch: Batch) -> Float[Array, "b"]:
        keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(0), batch.row)
        output, _ = model.apply(params, batch.inputs, key=keys)
        return loss(output, batch.targets)

    def evaluate(params: PyTree) -> dict[str, float]:
        found, masks = [], []
        for batch in batches():
            copied, split = over_devices(len(batch.mask))
            found.append(losses(copied(params), split(batch)))
            masks.append(batch.mask)
        each, counts = np.concatenate(jax.device_get(found)), np.concatenate(masks)
        return {"loss": float(each[counts].mean(dtype=float))}

    return evaluate
