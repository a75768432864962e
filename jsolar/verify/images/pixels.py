"""Pictures compared pixel by pixel: PSNR and SSIM. Errors and correlations are in `sums`."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

SSIM_WINDOW, SSIM_SIGMA = 11, 1.5
"""The Gaussian window of Wang et al., pixels."""

Picture = Float[Array, "h w"]


def psnr(picture: Picture, target: Picture, *, data_range: float) -> Float[Array, ""]:
    """Peak signal-to-noise ratio, 10 log10(range² / MSE), decibels.

    Args:
      picture: what is judged.
      target: what it should be.
      data_range: of what the target could be, not of what it is.

    Returns:
      Decibels; infinite for equal pictures.

    Example:
      >>> float(psnr(jnp.zeros((4, 4)), jnp.full((4, 4), 10.0), data_range=1000.0))
      40.0
    """
    return 10 * jnp.log10(data_range**2 / jnp.square(picture - target).mean())


def ssim(picture: Picture, target: Picture, *, data_range: float) -> Float[Array, ""]:
    """Structural similarity: means, variances and covariance within a Gaussian window.

    SSIM = (2 μx μy + c1)(2 σxy + c2) / ((μx² + μy² + c1)(σx² + σy² + c2)), c = (k · range)² with
    k1 = 0.01, k2 = 0.03; its mean over all windows that lie within the picture. The range decides:
    with a large one the quiet Sun counts as similar to anything that is quiet.

    Args:
      picture: what is judged.
      target: what it should be; at least 11 pixels on a side.
      data_range: of what the target could be, not of what it is.

    Returns:
      At most 1, which equal pictures reach.

    Example:
      >>> spot = jnp.zeros((16, 16)).at[8, 8].set(500.0)
      >>> round(float(ssim(spot, spot, data_range=1000.0)), 6)
      1.0

    References:
      Wang et al. (2004), doi:10.1109/TIP.2003.819861
    """
    c1, c2 = (0.01 * data_range) ** 2, (0.03 * data_range) ** 2
    x, y = _windowed(picture), _windowed(target)
    xx, yy, xy = (
        _windowed(a * b) for a, b in ((picture, picture), (target, target), (picture, target))
    )
    variances, covariance = (xx - x * x) + (yy - y * y), xy - x * y
    means = (2 * x * y + c1) / (x * x + y * y + c1)
    return (means * (2 * covariance + c2) / (variances + c2)).mean()


def _windowed(picture: Picture) -> Float[Array, "h2 w2"]:
    """Weighted means over all windows within a picture: one matrix product an axis."""
    offset = jnp.arange(SSIM_WINDOW) - SSIM_WINDOW // 2
    weight = jnp.exp(-0.5 * (offset / SSIM_SIGMA) ** 2)
    weight /= weight.sum()

    def along(n: int) -> Float[Array, "m n"]:
        rows = jnp.arange(n - SSIM_WINDOW + 1)[:, None] + jnp.arange(SSIM_WINDOW)
        return jnp.zeros((len(rows), n)).at[jnp.arange(len(rows))[:, None], rows].set(weight)

    h, w = picture.shape
    with jax.default_matmul_precision("highest"):  # variances are small differences of squares
        return along(h) @ picture @ along(w).T
