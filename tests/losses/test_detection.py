"""Losses of detectors, on their limits and against others."""

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jsolar.losses.detection import UNKNOWN, classes, masks, objectness, places

RNG = np.random.default_rng(3)
LN2 = pytest.approx(np.log(2))


def normal(*shape: int) -> jax.Array:
    return jnp.asarray(RNG.normal(size=shape), jnp.float32)


def test_logits_of_zero_are_a_coin() -> None:
    some = jnp.array([True, True, False])
    assert float(masks(jnp.zeros((3, 4, 4)), normal(3, 4, 4) > 0, some)) == LN2
    assert float(objectness(jnp.zeros(3), some, ~some)) == LN2
    assert float(classes(jnp.zeros((3, 2)), jnp.array([0, 1, 1]), some)) == LN2


def test_what_is_right_and_sure_costs_nothing_and_what_is_wrong_its_logit() -> None:
    yes = jnp.array([True])
    inside = jnp.array([[[True, False]]]).repeat(2, 1)
    sure = jnp.where(inside, 50.0, -50.0)
    assert float(masks(sure, inside, yes)) < 1e-9
    assert float(masks(-sure, inside, yes)) == pytest.approx(50)
    assert float(objectness(jnp.array([-50.0]), yes, ~yes)) == pytest.approx(50)


def test_places_are_hubers() -> None:
    found, wanted, count = normal(20, 4), normal(20, 4), jnp.array(30)
    every = jnp.ones(20, bool)
    for beta in (1 / 9, 1.0):
        expected = optax.losses.huber_loss(found, wanted, delta=beta).sum() / beta / 30
        assert float(places(found, wanted, every, count=count, beta=beta)) == pytest.approx(
            float(expected), rel=1e-5
        )


def test_classes_are_a_softmax() -> None:
    logits, wanted = normal(20, 4), jnp.asarray(RNG.integers(0, 4, 20))
    chosen = jnp.arange(20) < 13
    each = optax.losses.softmax_cross_entropy_with_integer_labels(logits, wanted)
    assert float(classes(logits, wanted, chosen)) == pytest.approx(
        float(each[:13].mean()), rel=1e-5
    )


def test_an_object_of_unknown_class_is_only_no_background() -> None:
    logits, chosen = normal(1, 4), jnp.array([True])
    slope = jax.grad(lambda z: classes(z, jnp.array([UNKNOWN]), chosen))(logits)[0]
    p = jax.nn.softmax(logits[0])
    expected = p - jnp.concatenate([jnp.zeros(1), jax.nn.softmax(logits[0, 1:])])
    np.testing.assert_allclose(slope, expected, atol=1e-6)
    assert slope[0] > 0


@pytest.mark.parametrize("value", [0.0, jnp.nan])
def test_what_is_not_chosen_counts_neither_in_the_loss_nor_in_its_gradient(value: float) -> None:
    """Even where nothing can be wanted of it."""
    nothing = jnp.zeros(3, bool)
    wanted = jnp.full((3, 4), value)

    def total(z):
        return (
            places(z, wanted, nothing, count=jnp.array(0))
            + classes(z, jnp.zeros(3, int), nothing)
            + objectness(z[:, 0], nothing, nothing)
            + masks(z[:, None].repeat(4, 1), z[:, None].repeat(4, 1) > 0, nothing)
        )

    loss, slope = jax.value_and_grad(total)(normal(3, 4))
    assert loss == 0
    assert (slope == 0).all()
