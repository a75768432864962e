"""The grain of scattered flux: lanes between supergranules, and granules of field within them.

Plane waves with random directions and phases add up to a random field whose value at a place is
normal with mean 0 and variance 1. Lanes are where such a field crosses 0; grains are where another
one is high. The phases drift, so that both renew themselves; the waves are kept in the region's
state, so that pictures of one region agree with one another.
"""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

LANE_ROUGHNESS = 0.3
"""How much the lanes follow the grains: without it they would be smooth lines."""


def waves(
    key: Key[Array, ""], count: int, length_mm: float, spread: float
) -> Float[Array, "m xyp"]:
    """Wave vectors (rad/Mm) in all directions, of about one length, and phases.

    Args:
      key: random key.
      count: m.
      length_mm: median wavelength.
      spread: its scatter (natural logarithm).

    Returns:
      ``[m, 3]``: kx, ky, phase.

    Example:
      >>> waves(jax.random.key(0), 5, 30.0, 0.3).shape
      (5, 3)
    """
    turn_key, length_key, phase_key = jax.random.split(key, 3)
    turn = 2 * jnp.pi * jax.random.uniform(turn_key, (count,))
    number = 2 * jnp.pi / (length_mm * jnp.exp(spread * jax.random.normal(length_key, (count,))))
    phase = 2 * jnp.pi * jax.random.uniform(phase_key, (count,))
    return jnp.stack([number * jnp.cos(turn), number * jnp.sin(turn), phase], -1)


def drift(wave: Float[Array, "m xyp"], radians: float) -> Float[Array, "m xyp"]:
    """The same waves a while later, each at a speed of its own, half of them backward.

    Speeds are quantiles of a normal distribution with variance 1, so that a pattern of many waves
    keeps the correlation e^(−t²/2) with itself after t radians, streams nowhere and does not recur.

    Args:
      wave: from `waves`.
      radians: t, the rms advance of the phases.

    Returns:
      The same shape.

    Example:
      >>> drift(jnp.zeros((2, 3)), 0.5)[:, 2].tolist()
      [-0.5, 0.5]
    """
    count = len(wave)
    speed = jax.scipy.special.ndtri((jnp.arange(count) + 0.5) / count)
    return wave.at[:, 2].add(radians * speed / jnp.sqrt(jnp.square(speed).mean()))


def random_field(wave: Float[Array, "m xyp"], *, size: int, cell_mm: float) -> Float[Array, "h w"]:
    """√(2/m) Σ s cos(kx x + ky y + φ), by two matrix products because the cosine separates.

    Each wave is averaged over a cell, s = sinc(kx c/2) sinc(ky c/2), so that what is too fine for
    the cells fades instead of making a lattice.

    Args:
      wave: from `waves`.
      size: cells on a side.
      cell_mm: side of a cell.

    Returns:
      ``[size, size]``, of mean 0 and, over random waves, of `resolved_variance`.

    Example:
      >>> field = random_field(waves(jax.random.key(0), 40, 20.0, 0.3), size=128, cell_mm=2.0)
      >>> abs(float(field.mean())) < 0.2, 0.8 < float(field.std()) < 1.2
      (True, True)
    """
    x = (jnp.arange(size) - (size - 1) / 2) * cell_mm
    along, across = x[:, None] * wave[:, 1] + wave[:, 2], x[:, None] * wave[:, 0]
    strength = _resolved(wave, cell_mm)
    even = jnp.matmul(strength * jnp.cos(along), jnp.cos(across).T, precision="highest")
    odd = jnp.matmul(strength * jnp.sin(along), jnp.sin(across).T, precision="highest")
    return jnp.sqrt(2.0 / len(wave)) * (even - odd)


def resolved_variance(wave: Float[Array, "m xyp"], cell_mm: float) -> Float[Array, ""]:
    """Variance that cells of this size leave of the waves: 1 if they are fine.

    Example:
      >>> long = waves(jax.random.key(0), 40, 50.0, 0.3)
      >>> [round(float(resolved_variance(long, cell)), 1) for cell in (1.0, 100.0)]
      [1.0, 0.0]
    """
    return jnp.square(_resolved(wave, cell_mm)).mean()


def _resolved(wave: Float[Array, "m xyp"], cell_mm: float) -> Float[Array, "m"]:
    """Amplitude of each wave after averaging over a cell; jnp.sinc(x) is sin(πx)/(πx)."""
    return jnp.sinc(wave[:, :2] * cell_mm / (2 * jnp.pi)).prod(-1)


def lanes(
    cells: Float[Array, "h w"], rough: Float[Array, "h w"], width: float
) -> Float[Array, "h w"]:
    """How field gathers between supergranules: e^(−g²/2w²) √(1 + w²)/w, 1 on average.

    Args:
      cells: random field of the cells.
      rough: one of smaller scale, which makes the lanes ragged: g = (cells + r rough)/√(1 + r²).
      width: w, of the lanes in standard deviations of g.

    Returns:
      The same shape.

    Example:
      >>> lanes(jnp.array([[0.0, 2.0]]), jnp.zeros((1, 2)), 0.3).round(2).tolist()
      [[3.48..., 0.0...]]
    """
    g = (cells + LANE_ROUGHNESS * rough) / jnp.sqrt(1 + LANE_ROUGHNESS**2)
    return jnp.exp(-0.5 * (g / width) ** 2) * jnp.sqrt(1 + width**2) / width


def grains(
    field: Float[Array, "h w"], contrast: float, variance: float | Float[Array, ""] = 1.0
) -> Float[Array, "h w"]:
    """How field clumps: e^(a h − a² v/2), log-normal and 1 on average.

    Args:
      field: h, a `random_field`.
      contrast: a, scatter of the natural logarithm where everything is resolved.
      variance: v, of h.

    Returns:
      The same shape.

    Example:
      >>> grains(jnp.zeros((2, 3)), 0.0).tolist()
      [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    return jnp.exp(contrast * field - 0.5 * contrast**2 * variance)
