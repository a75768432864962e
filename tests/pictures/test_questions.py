"""What has a method learned? Predictors whose answer is known: perfect ones, and blind ones."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.pictures.bipoles import change, isolated_bipoles, responses
from jsolar.pictures.symmetries import symmetry_errors
from jsolar.sun.simulate import SunConfig
from tests.pictures.tiny import data

KEY = jax.random.key(0)
LEAD, PIXEL_MM = 12.0, 0.6 * 12.147
SUN = SunConfig(steps=80, bipoles=1, fragments=6, clusters=3, futures=4)


@pytest.fixture(scope="module")
def bipoles():
    table = data()
    table = table._replace(facts=table.facts | {"degrees_per_pixel": 0.6})
    return isolated_bipoles(KEY, table, lead=LEAD, count=64, sun=SUN)


def answers(bipoles, picture):
    found = responses(
        KEY, bipoles, {"told": lambda seen, lead: picture}, lead=LEAD, pixel_mm=PIXEL_MM
    )
    return found["told"]


def test_bipoles_are_seen_as_regions_are(bipoles) -> None:
    n = len(bipoles.now)
    assert 20 <= n <= 64
    assert bipoles.seen.frames.shape == (n, 3, 12, 12)
    moved = jax.vmap(partial(change, pixel_mm=PIXEL_MM))(bipoles.now, bipoles.expected)
    assert float(jnp.median(moved["opening"])) > 0  # polarities go apart
    noise = bipoles.seen.frames[:, -1] - bipoles.now
    assert 5 < noise.std() < 60


def test_who_knows_the_future_answers_as_the_simulator(bipoles) -> None:
    for kind, of in answers(bipoles, bipoles.expected).items():
        assert of["slope"].value == pytest.approx(1, abs=1e-3), kind
        assert of["correlation"].value == pytest.approx(1, abs=1e-3), kind


def test_flux_is_kept_in_balance_or_not(bipoles) -> None:
    """Both polarities go together, but for what leaves the small frame."""
    simulator = answers(bipoles, bipoles.expected)["net"]["rms"].value
    assert simulator < 0.2
    assert answers(bipoles, bipoles.expected + 200)["net"]["rms"].value > 3 * simulator


def test_who_sees_half_of_it_answers_less(bipoles) -> None:
    half = answers(bipoles, 0.5 * (bipoles.now + bipoles.expected))
    assert 0.2 < half["opening"]["slope"].value < 0.8
    assert half["growth"]["slope"].low > 0


def test_who_says_that_nothing_changes_does_not_answer(bipoles) -> None:
    for kind, of in answers(bipoles, bipoles.now).items():
        assert of["slope"].value == pytest.approx(0, abs=1e-5), kind
        assert of["rms"].value == pytest.approx(0, abs=1e-4), kind


def test_changes_of_a_bipole_are_told_apart() -> None:
    now = jnp.zeros((9, 9)).at[4, 2].set(-600.0).at[4, 6].set(600.0)
    of = partial(change, pixel_mm=3.0)
    weaker = of(now, 0.5 * now)
    assert weaker["growth"] == pytest.approx(-0.5)
    assert weaker["weakening"] == pytest.approx(0.5)
    assert weaker["opening"] == pytest.approx(0, abs=1e-5)
    turned = of(now, jnp.rot90(now, -1))  # rows go north: the positive polarity goes there
    assert turned["turning"] == pytest.approx(12.0, rel=1e-5)
    assert turned["opening"] == pytest.approx(-12.0, rel=1e-5)
    reversed_ = of(-now, -jnp.rot90(now, -1))
    assert reversed_["turning"] == pytest.approx(12.0, rel=1e-5)


CASES = {
    "adds a field": (lambda x: x + 10.0, [2, 2, 0, 0]),
    "moves to the west": (lambda x: np.roll(x, 1, -1), [0, 0, 0, None]),
    "moves to the north": (lambda x: np.roll(x, 1, -2), [0, None, 0, 0]),
    "heeds the place": (lambda x: x * (1 + 0.1 * np.arange(12)[:, None]), [0, None, None, 0]),
    "fades": (lambda x: 0.9 * x, [0, 0, 0, 0]),
}


@pytest.mark.parametrize(("do", "expected"), CASES.values(), ids=CASES)
def test_broken_symmetries_are_found(do, expected) -> None:
    """None: broken, by how much depends on the picture."""
    found = symmetry_errors(KEY, lambda seen, lead: do(seen.frames[:, -1]), data().test, lead=6.0)
    for (name, error), value in zip(found.items(), expected, strict=True):
        if value is None:
            assert error.value > 0.3, name
        else:
            assert error.value == pytest.approx(value, abs=1e-4), name
        assert error.low <= error.value <= error.high
