"""Predicted pictures judged: scores of sums against the same by hand."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.sun.units import MM_PER_DEGREE
from jsolar.verify.images.flux import emerged, flux
from jsolar.verify.images.sums import GAUSS_UNIT, SCORES, measure, mse, skill

PIXEL_MM = 0.24 * MM_PER_DEGREE
RNG = np.random.default_rng(3)


def bipole(scale: float, shift: float = 0.0) -> np.ndarray:
    y, x = np.mgrid[:32, :32]
    spots = [np.exp(-((x - 16 - s * 5 - shift) ** 2 + (y - 15) ** 2) / 14) for s in (-1, 1)]
    return scale * (spots[0] - spots[1])


PRESENT = np.stack([bipole(500), bipole(900), bipole(300)])
TARGET = np.stack([bipole(800), bipole(850, 2.0), bipole(290)]) + RNG.normal(0, 10, PRESENT.shape)
PREDICTED = np.stack([bipole(700), bipole(900, 1.0), bipole(500)])


@jax.jit
def added(predicted, target, present):
    """The sums of several pictures."""
    each = jax.vmap(partial(measure, pixel_mm=PIXEL_MM))(predicted, target, present)
    return jax.tree.map(lambda x: x.sum(0), each)


def scores(predicted=PREDICTED, target=TARGET, present=PRESENT) -> dict[str, float]:
    sums = added(*map(jnp.float32, (predicted, target, present)))
    return {name: float(score(sums)) for name, score in SCORES.items()}


def test_errors_and_correlations_are_those_of_all_pixels() -> None:
    found = scores()
    error, change = PREDICTED - TARGET, (PREDICTED - PRESENT, TARGET - PRESENT)
    strong = np.maximum(abs(TARGET), abs(PRESENT)) >= 150
    assert found["rmse_gauss"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-5)
    assert found["rmse_strong_gauss"] == pytest.approx(
        np.sqrt((error[strong] ** 2).mean()), rel=1e-5
    )
    expected = {
        "correlation": np.corrcoef(PREDICTED.ravel(), TARGET.ravel())[0, 1],
        "correlation_strong": np.corrcoef(PREDICTED[strong], TARGET[strong])[0, 1],
        "change_correlation": np.corrcoef(
            (PREDICTED - PRESENT).ravel(), (TARGET - PRESENT).ravel()
        )[0, 1],
        "change_skill": 1 - (error**2).sum() / (change[1] ** 2).sum(),
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=1e-5), name


def test_flux_is_that_of_strong_pixels_by_polarity() -> None:
    area = (PIXEL_MM * 1e8) ** 2

    def parts(x):
        strong = np.where(abs(x) >= 100, x, 0)
        up, down = (np.maximum(s * strong, 0).sum((1, 2)) * area for s in (1, -1))
        return {"positive": up, "negative": down, "unsigned": up + down, "net": up - down}

    found, ours, theirs = scores(), parts(PREDICTED), parts(TARGET)
    for name in ("positive", "negative", "unsigned"):
        off = abs(ours[name] - theirs[name]).sum() / theirs[name].sum()
        assert found[f"{name}_flux_error"] == pytest.approx(off, rel=1e-4), name
    net = abs(ours["net"] - theirs["net"]).sum() / theirs["unsigned"].sum()
    assert found["net_flux_error"] == pytest.approx(net, rel=1e-3)
    ratio = ours["unsigned"].sum() / theirs["unsigned"].sum()
    assert found["unsigned_flux_ratio"] == pytest.approx(ratio, rel=1e-5)


def test_emergence_is_said_and_came() -> None:
    """Of three regions the first and no other grew; that is said of the first and the third."""
    flux_of = jax.vmap(partial(flux, pixel_mm=PIXEL_MM))
    pictures = (jnp.asarray(x, jnp.float32) for x in (PRESENT, PREDICTED, TARGET))
    now, said, came = (flux_of(x).unsigned for x in pictures)
    assert np.asarray(emerged(now, came)).tolist() == [True, False, False]
    assert np.asarray(emerged(now, said)).tolist() == [True, False, True]
    assert scores()["emergence_tss"] == pytest.approx(1 - 1 / 2)


def test_what_comes_is_the_best_prediction_and_itself() -> None:
    found = scores(predicted=TARGET)
    perfect = {"correlation": 1, "ssim": 1, "change_skill": 1, "change_correlation": 1,
               "unsigned_flux_ratio": 1, "emergence_tss": 1, "rmse_gauss": 0, "r_error": 0,
               "inversion_length_error": 0, "net_flux_error": 0}  # fmt: skip
    for name, value in perfect.items():
        assert found[name] == pytest.approx(value, abs=1e-3), name
    assert [found[f"power_ratio_{i}"] for i in range(4)] == pytest.approx([1] * 4)


def test_persistence_foresees_no_change_and_no_emergence() -> None:
    found = scores(predicted=PRESENT)
    assert (found["change_skill"], found["emergence_tss"]) == (0, 0)
    assert np.isnan(found["change_correlation"])


def test_pixels_that_nobody_knows_do_not_count() -> None:
    target, predicted = TARGET.copy(), PREDICTED.copy()
    target[:, :, 24:] = np.nan
    predicted[:, :, 24:] = 1e6  # whatever is said there
    found = scores(predicted=predicted, target=target)
    error = (PREDICTED - TARGET)[:, :, :24]
    assert found["rmse_gauss"] == pytest.approx(np.sqrt((error**2).mean()), rel=1e-5)
    assert all(np.isfinite(value) for value in found.values())


def test_skill_compares_the_same_pixels() -> None:
    ours, theirs = added(PREDICTED, TARGET, PRESENT), added(PRESENT, TARGET, PRESENT)
    expected = 1 - ((PREDICTED - TARGET) ** 2).sum() / ((PRESENT - TARGET) ** 2).sum()
    assert float(skill(ours, theirs)) == pytest.approx(expected, rel=1e-5)
    assert float(skill(ours, ours)) == 0
    assert float(mse(ours)) == pytest.approx(((PREDICTED - TARGET) ** 2).mean(), rel=1e-5)


def test_all_polarities_reversed_give_the_same_scores() -> None:
    """But for those of one polarity, which change their names."""
    found, reversed_ = scores(), scores(-PREDICTED, -TARGET, -PRESENT)
    names = {
        "positive_flux_error": "negative_flux_error",
        "negative_flux_error": "positive_flux_error",
    }
    for name, value in found.items():
        assert reversed_[names.get(name, name)] == pytest.approx(value, rel=1e-4, abs=1e-6), name


def test_sums_hold_in_single_precision() -> None:
    """A thousand pictures of strong field: sums stay far below where float32 loses pictures."""
    sums = added(PREDICTED, TARGET, PRESENT)
    largest = max(float(jnp.abs(x).max()) for x in jax.tree.leaves(sums))
    assert largest < 1e5
    assert GAUSS_UNIT == 100.0
