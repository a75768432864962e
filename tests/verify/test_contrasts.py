"""Verdicts, detectable differences and Holm's adjustment."""

import numpy as np
import pytest

from jsolar.verify.contrasts import Contrast, contrast, holm, verdict


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.001, 0.2, "difference"),
        (-0.2, -0.001, "difference"),
        (0.001, 0.02, "difference"),  # small, but there
        (-0.02, 0.02, "equivalent"),
        (-0.02, 0.04, "undecided"),
        (-0.04, 0.02, "undecided"),
        (-0.03, 0.02, "undecided"),  # the margin itself is not within it
        (float("nan"), float("nan"), "undecided"),
    ],
)
def test_verdicts(low: float, high: float, expected: str) -> None:
    assert verdict(Contrast(0.5 * (low + high), low, high, 0.1, 0.5), margin=0.03) == expected


def test_holm_is_statsmodels() -> None:
    """multipletests(p, method="holm") of statsmodels 0.15.0, run once."""
    p = np.array([0.01, 0.04, 0.03, 0.005, 0.5, 0.02])
    expected = [0.05, 0.09, 0.09, 0.03, 0.5, 0.08]
    np.testing.assert_allclose(holm(p), expected, atol=1e-12)


def test_holm_keeps_the_order_and_stays_a_probability() -> None:
    p = np.random.default_rng(0).random(50) ** 2
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert (adjusted <= 1).all()
    assert (np.diff(adjusted[np.argsort(p)]) >= 0).all()
    assert holm(np.array([0.2])).tolist() == [0.2]


def draws(mean: float, rng: np.random.Generator) -> np.ndarray:
    """An experiment whose estimate has the error 0.02, and its bootstrap."""
    value = rng.normal(mean, 0.02)
    return np.r_[value, rng.normal(value, 0.02, 400)]


def test_the_detectable_difference_is_found_four_times_of_five() -> None:
    rng = np.random.default_rng(0)
    detectable = contrast(draws(0.0, rng)).detectable
    assert detectable == pytest.approx(2.8 * 0.02, rel=0.15)
    shown = [
        verdict(contrast(draws(2.8 * 0.02, rng)), margin=0.03) == "difference" for _ in range(150)
    ]
    assert 0.7 < np.mean(shown) < 0.9


def test_what_is_undefined_everywhere_has_no_interval_and_no_significance() -> None:
    found = contrast(np.full(101, np.nan))
    assert np.isnan(found[:4]).all()
    assert found.p == 1
    assert verdict(found, margin=1.0) == "undecided"


def test_without_a_difference_one_in_twenty_is_shown_and_p_agrees() -> None:
    rng = np.random.default_rng(1)
    found = [contrast(draws(0.0, rng)) for _ in range(300)]
    shown = np.array([verdict(c, margin=0.03) == "difference" for c in found])
    assert 0.01 < shown.mean() < 0.1
    small = np.array([c.p < 0.05 for c in found])
    assert (small == shown).mean() > 0.97
    assert min(c.p for c in found) >= 2 / 401
