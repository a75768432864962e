"""What a training is judged by while it lasts."""

from collections.abc import Callable, Iterable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.types import Batch, Loss, Model, PyTree

Evaluate = Callable[[PyTree], dict[str, float]]
"""``evaluate(params) -> measurements`` on validation data."""


def mean_loss(model: Model, loss: Loss, batches: Callable[[], Iterable[Batch]]) -> Evaluate:
    """The mean loss over validation data; sums on the device, then one quotient.

    Args:
      model: as it is trained.
      loss: per example.
      batches: gives all validation data anew at each call, e.g. a partial of
        `jsolar.data.batches.evaluation_batches`.

    Returns:
      A function from parameters to ``{"loss": …}``.

    Example:
      >>> echo = Model(lambda key, x: {}, lambda params, x, *, key=None, train=False: (x, {}))
      >>> batch = Batch(jnp.arange(4.0), jnp.zeros(4), jnp.arange(4) < 3, jnp.arange(4))
      >>> mean_loss(echo, lambda output, target: (output - target) ** 2, lambda: [batch])({})
      {'loss': 1.6666666269302368}
    """

    @jax.jit
    def summed(params: PyTree, batch: Batch) -> tuple[Float[Array, ""], Float[Array, ""]]:
        output, _ = model.apply(params, batch.inputs)
        each = jnp.where(batch.mask, loss(output, batch.targets), 0.0)
        return each.sum(), batch.mask.sum(dtype=float)

    def evaluate(params: PyTree) -> dict[str, float]:
        sums = jax.device_get([summed(params, batch) for batch in batches()])
        total, count = np.sum(sums, axis=0)
        return {"loss": float(total / count)}

    return evaluate
