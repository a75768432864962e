"""Predicted pictures judged: numbers that add up over pictures, and the scores of their sums.

What is known of each picture is reduced to sums (`measure`), which add up over the pictures of a
region and over regions; `SCORES` are functions of the sums. So `jsolar.verify.intervals` can draw
regions, and a new score is one function in a table.
"""

from collections.abc import Callable, Mapping

import jax.numpy as jnp
from jaxtyping import Array, Float

from jsolar.sun.fields.inversion import inversion_lines, r_value
from jsolar.verify.images.flux import emerged, flux
from jsolar.verify.images.pixels import psnr, ssim
from jsolar.verify.images.spectrum import BANDS_MM, band_power
from jsolar.verify.weighting import ratio

STRONG_GAUSS = 150.0
"""The strong-field mask: pixels that reach this now or then, as observed."""

DATA_RANGE_GAUSS = 2000.0
"""Of SSIM and PSNR: from −1000 to 1000 G."""

MX_UNIT, GAUSS_UNIT = 1e20, 100.0
"""Units of the sums, so that single precision holds them."""

Picture = Float[Array, "h w"]
Sums = Mapping[str, Float[Array, "..."]]


def measure(predicted: Picture, target: Picture, present: Picture, *, pixel_mm: float) -> Sums:
    """All that is summed up of one predicted picture.

    Args:
      predicted: radial field, gauss.
      target: what came; NaN where it is not known.
      present: what there was at the issue time, of the same kind as the target: observed, or the
        true field. NaN is taken as 0.
      pixel_mm: side of a pixel.

    Returns:
      Sums; see `SCORES` for what they are good for.

    Example:
      >>> now, then = jnp.zeros((16, 16)), jnp.full((16, 16), 30.0)
      >>> sums = measure(now, then, now, pixel_mm=2.0)
      >>> round(float(SCORES["rmse_gauss"](sums)), 2)
      30.0
    """
    known = jnp.isfinite(target)
    target = jnp.where(known, target, 0.0)
    present, predicted = (
        jnp.where(jnp.isfinite(present), present, 0.0),
        jnp.where(known, predicted, 0.0),
    )
    strong = known & (jnp.maximum(jnp.abs(target), jnp.abs(present)) >= STRONG_GAUSS)
    pairs = {"": (predicted, target, known), "strong_": (predicted, target, strong)}
    pairs["change_"] = (predicted - present, target - present, known)
    moments = {
        f"{kind}{name}": value
        for kind, (p, t, where) in pairs.items()
        for name, value in _moments(p / GAUSS_UNIT, t / GAUSS_UNIT, where).items()
    }
    return {
        **moments,
        **_structure(predicted, target),
        **_physics(predicted, target, present, pixel_mm=pixel_mm),
        "power": band_power(predicted, pixel_mm=pixel_mm) / GAUSS_UNIT**2,
        "target_power": band_power(target, pixel_mm=pixel_mm) / GAUSS_UNIT**2,
        "pictures": jnp.ones(()),
    }


def _moments(p: Picture, t: Picture, where: Array) -> dict[str, Array]:
    products = {"n": jnp.ones_like(p), "p": p, "t": t, "pp": p * p, "tt": t * t, "pt": p * t}
    products["se"] = jnp.square(p - t)
    return {name: jnp.where(where, x, 0.0).sum() for name, x in products.items()}


def _structure(predicted: Picture, target: Picture) -> dict[str, Array]:
    scores = {"ssim": ssim, "psnr": psnr}
    return {n: f(predicted, target, data_range=DATA_RANGE_GAUSS) for n, f in scores.items()}


def _physics(
    predicted: Picture, target: Picture, present: Picture, *, pixel_mm: float
) -> dict[str, Array]:
    ours, theirs, before = (flux(x, pixel_mm=pixel_mm) for x in (predicted, target, present))
    kinds = ("unsigned", "net", "positive", "negative")
    off = {f"{k}_off": jnp.abs(getattr(ours, k) - getattr(theirs, k)) / MX_UNIT for k in kinds}
    length, true_length = (inversion_lines(x, pixel_mm=pixel_mm)[0] for x in (predicted, target))
    r, true_r = (r_value(x, pixel_mm=pixel_mm) for x in (predicted, target))
    said, came = (emerged(before.unsigned, x.unsigned) for x in (ours, theirs))
    cells = {"tp": said & came, "fn": ~said & came, "fp": said & ~came, "tn": ~said & ~came}
    return {
        **off,
        "unsigned": ours.unsigned / MX_UNIT,
        "target_unsigned": theirs.unsigned / MX_UNIT,
        "target_positive": theirs.positive / MX_UNIT,
        "target_negative": theirs.negative / MX_UNIT,
        "length_off": jnp.abs(length - true_length),
        "target_length": true_length,
        "r_off": jnp.abs(r - true_r),
        **{f"emergence_{name}": cell.astype(float) for name, cell in cells.items()},
    }


def mse(sums: Sums, kind: str = "") -> Float[Array, ""]:
    """Mean squared error, G²; ``kind`` is ``""`` or ``"strong_"``."""
    return GAUSS_UNIT**2 * ratio(sums[f"{kind}se"], sums[f"{kind}n"])


def skill(sums: Sums, reference: Sums, kind: str = "") -> Float[Array, ""]:
    """1 − MSE/MSE of a reference on the same pictures; positive is better than the reference."""
    return 1 - ratio(sums[f"{kind}se"], reference[f"{kind}se"])


def _rmse(kind: str) -> Callable[[Sums], Float[Array, ""]]:
    return lambda sums: jnp.sqrt(mse(sums, kind))


def _correlation(kind: str) -> Callable[[Sums], Float[Array, ""]]:
    def score(sums: Sums) -> Float[Array, ""]:
        n, p, t, pp, tt, pt = (sums[kind + name] for name in ("n", "p", "t", "pp", "tt", "pt"))
        spread = jnp.sqrt((pp - p * p / n) * (tt - t * t / n))
        return ratio(pt - p * t / n, spread)

    return score


def _of(a: str, b: str) -> Callable[[Sums], Float[Array, ""]]:
    return lambda sums: ratio(sums[a], sums[b])


def _power_ratio(band: int) -> Callable[[Sums], Float[Array, ""]]:
    return lambda sums: ratio(sums["power"][band], sums["target_power"][band])


def _emergence_tss(sums: Sums) -> Float[Array, ""]:
    tp, fn, fp, tn = (sums[f"emergence_{cell}"] for cell in ("tp", "fn", "fp", "tn"))
    return ratio(tp, tp + fn) - ratio(fp, fp + tn)


SCORES: Mapping[str, Callable[[Sums], Float[Array, ""]]] = {
    "rmse_gauss": _rmse(""),
    "rmse_strong_gauss": _rmse("strong_"),
    "correlation": _correlation(""),
    "correlation_strong": _correlation("strong_"),
    "change_skill": lambda sums: 1 - ratio(sums["change_se"], sums["change_tt"]),
    "change_correlation": _correlation("change_"),
    "ssim": _of("ssim", "pictures"),
    "psnr_db": _of("psnr", "pictures"),
    "unsigned_flux_error": _of("unsigned_off", "target_unsigned"),
    "unsigned_flux_ratio": _of("unsigned", "target_unsigned"),
    "positive_flux_error": _of("positive_off", "target_positive"),
    "negative_flux_error": _of("negative_off", "target_negative"),
    "net_flux_error": _of("net_off", "target_unsigned"),
    "inversion_length_error": _of("length_off", "target_length"),
    "r_error": _of("r_off", "pictures"),
    "emergence_tss": _emergence_tss,
    **{f"power_ratio_{i}": _power_ratio(i) for i in range(len(BANDS_MM) - 1)},
}
"""Functions of sums. Errors of flux are absolute differences over the flux, sum over sum, that of R
is a mean absolute difference; what begins with ``change`` compares x − present with
target − present; ``power_ratio_0`` and so on are in the bands of `BANDS_MM`."""
