"""One linear convolution: the best that can be done with the same weights everywhere."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.models.layers import convolve
from jsolar.pictures.methods import Method, Predictor
from jsolar.pictures.methods.fitted import batches
from jsolar.pictures.series import Seen, Series, column


def linear_convolution(size: int = 7) -> Method:
    """Every pixel a weighted sum of the frames about it, by least squares on the training data.

    y = Σ w_tij x_t,i,j over the past frames and size × size pixels; no constant, as the Sun knows
    no preferred polarity. It smooths, damps and extrapolates as far as a linear filter can; what is
    better has learnt something that depends on what is there.

    Args:
      size: pixels on a side of the weights; odd.

    Returns:
      A method.
    """

    def fit(
        key: Key[Array, ""], train: Series, validation: Series, lead_hours: tuple[float, ...]
    ) -> Predictor:
        del key, validation
        pairs = [
            _normal_equations(jnp.nan_to_num(past), future, size=size)
            for past, future in batches(train.past, train.future)
        ]
        sums = zip(*pairs, strict=True)
        gram, moment = (np.sum([np.asarray(x, float) for x in xs], axis=0) for xs in sums)
        ridge = 1e-6 * np.trace(gram[0]) / gram.shape[-1] * np.eye(gram.shape[-1])
        weights = [np.linalg.solve(g + ridge, m) for g, m in zip(gram, moment, strict=True)]

        def predict(seen: Seen, lead: float) -> Float[np.ndarray, "n h w"]:
            flat = jnp.asarray(weights[column(lead_hours, lead)], jnp.float32)
            kernel = flat.reshape(-1, size, size).transpose(1, 2, 0)[..., None]
            parts = [_apply(jnp.nan_to_num(frames), kernel) for (frames,) in batches(seen.frames)]
            return np.concatenate([np.asarray(part) for part in parts])

        return predict

    return Method(fit)


@jax.jit
def _apply(
    frames: Float[Array, "b p h w"], kernel: Float[Array, "i j p 1"]
) -> Float[Array, "b h w"]:
    return convolve(jnp.moveaxis(frames, 1, -1), kernel)[..., 0]


@jax.jit(static_argnames="size")
def _normal_equations(
    frames: Float[Array, "b p h w"], future: Float[Array, "b l h w"], *, size: int
) -> tuple[Float[Array, "l d d"], Float[Array, "l d"]]:
    """Σ x xᵀ and Σ x y over the pixels that are known at each lead."""
    reach = size // 2
    padded = jnp.pad(frames, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    h, w = frames.shape[2:]
    shifted = [padded[:, :, i : i + h, j : j + w] for i in range(size) for j in range(size)]
    x = jnp.stack(shifted, 2).transpose(0, 3, 4, 1, 2).reshape(-1, frames.shape[1] * size**2)

    def one(target: Float[Array, "b h w"]) -> tuple[Float[Array, "d d"], Float[Array, "d"]]:
        y, known = jnp.nan_to_num(target).reshape(-1), jnp.isfinite(target).reshape(-1)
        kept = jnp.where(known[:, None], x, 0.0)
        with jax.default_matmul_precision("highest"):
            return kept.T @ kept, kept.T @ y

    return jax.lax.map(one, jnp.moveaxis(future, 1, 0))
