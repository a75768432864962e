"""Losses for wrong labels: formulas in double precision, limits, a toy that can be solved."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jsolar.losses import robust
from jsolar.losses.events import cross_entropy
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.models.twins import twins
from jsolar.train.step import init_state, make_step, scheduled
from jsolar.types import Batch, Events

RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (60, 2)).astype(np.float32)
ARRAY = jnp.asarray(LOGITS)
HAPPENED = RNG.random((60, 2)) < 0.3
EVENTS = Events(HAPPENED, np.ones((60, 2), bool))
MISSED, FALSE = 0.2, 0.05
T = np.array([[1 - FALSE, FALSE], [MISSED, 1 - MISSED]])  # T[i, j] = P(labelled j | is i)

LOSSES = {
    "forward": robust.forward(missed=MISSED, false=FALSE),
    "backward": robust.backward(missed=MISSED, false=FALSE),
    "generalised": robust.generalised_cross_entropy(q=0.7),
    "smoothing": robust.label_smoothing(epsilon=0.1),
    "bootstrapping": robust.bootstrapping(beta=0.9),
    "bootstrapping hard": robust.bootstrapping(beta=0.9, hard=True),
}
each_loss = pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)


def probability() -> np.ndarray:
    return 1 / (1 + np.exp(-LOGITS.astype(np.float64)))


@functools.partial(jax.jit, static_argnums=0)
def value(loss, logits, events):
    return loss(logits, events)


@functools.partial(jax.jit, static_argnums=0)
def gradient(loss, logits, events):
    return jax.grad(lambda x: loss(x, events).sum())(logits)


def test_forward_and_backward_are_patrinis_matrices() -> None:
    p = np.stack([1 - probability(), probability()], -1)
    label = HAPPENED.astype(int)
    forward = -np.log(np.take_along_axis(p @ T, label[..., None], -1)[..., 0]).sum(1)
    np.testing.assert_allclose(value(LOSSES["forward"], LOGITS, EVENTS), forward, rtol=1e-4)
    backward = np.take_along_axis(-np.log(p) @ np.linalg.inv(T).T, label[..., None], -1)
    got = value(LOSSES["backward"], LOGITS, EVENTS)
    np.testing.assert_allclose(got, backward[..., 0].sum(1), rtol=1e-4, atol=1e-4)


def test_the_mean_of_backward_over_the_noise_is_the_loss_of_the_truth() -> None:
    one, known = LOGITS[:, :1], np.ones((60, 1), bool)
    both = [Events(np.full((60, 1), labelled), known) for labelled in (False, True)]
    of_label = np.stack([value(LOSSES["backward"], one, events) for events in both], 1)
    mean = (T[HAPPENED[:, 0].astype(int)] * of_label).sum(1)
    expected = value(cross_entropy(), one, Events(HAPPENED[:, :1], known))
    np.testing.assert_allclose(mean, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    "loss",
    [
        robust.forward(missed=0.0, false=0.0),
        robust.backward(missed=0.0, false=0.0),
        robust.generalised_cross_entropy(q=0.0),
        robust.generalised_cross_entropy(q=1e-4),
        robust.label_smoothing(epsilon=0.0),
        robust.bootstrapping(beta=1.0),
        robust.small_loss(cross_entropy(), keep=1.0),
    ],
)
def test_without_noise_all_are_cross_entropy(loss) -> None:
    for measure in (value, gradient):
        expected = measure(cross_entropy(), LOGITS, EVENTS)
        np.testing.assert_allclose(measure(loss, LOGITS, EVENTS), expected, rtol=2e-3, atol=1e-5)


def test_generalised_cross_entropy_with_q_1_is_the_absolute_error() -> None:
    got = value(robust.generalised_cross_entropy(q=1.0), LOGITS, EVENTS)
    np.testing.assert_allclose(got, np.abs(HAPPENED - probability()).sum(1), rtol=1e-4)


def test_generalised_cross_entropy_is_its_formula() -> None:
    told = np.where(HAPPENED, probability(), 1 - probability())
    got = value(LOSSES["generalised"], LOGITS, EVENTS)
    np.testing.assert_allclose(got, ((1 - told**0.7) / 0.7).sum(1), rtol=1e-4)


def test_smoothing_and_bootstrapping_are_cross_entropy_with_soft_targets() -> None:
    p = probability()

    def entropy(target):
        return -(target * np.log(p) + (1 - target) * np.log(1 - p)).sum(1)

    np.testing.assert_allclose(
        value(LOSSES["smoothing"], LOGITS, EVENTS), entropy(0.9 * HAPPENED + 0.05), rtol=1e-4
    )
    for name, own in (("bootstrapping", p), ("bootstrapping hard", p >= 0.5)):
        target = 0.9 * HAPPENED + 0.1 * own
        np.testing.assert_allclose(value(LOSSES[name], LOGITS, EVENTS), entropy(target), rtol=1e-4)
        np.testing.assert_allclose(gradient(LOSSES[name], LOGITS, EVENTS), p - target, atol=1e-5)


@pytest.mark.parametrize(
    ("loss", "recovers"),
    [
        (robust.forward(missed=MISSED, false=FALSE), True),
        (robust.backward(missed=MISSED, false=FALSE), True),
        (cross_entropy(), False),
    ],
    ids=["forward", "backward", "cross-entropy"],
)
def test_the_true_matrix_recovers_the_clean_optimum(loss, recovers: bool) -> None:
    """Five kinds of regions, each with its logit, and the expected loss over noisy labels."""
    p = np.array([0.02, 0.1, 0.3, 0.6, 0.9])
    noisy = p * (1 - MISSED) + (1 - p) * FALSE
    yes, no = (Events(np.full((5, 1), y), np.ones((5, 1), bool)) for y in (True, False))

    def expected(x):
        return (noisy * loss(x, yes) + (1 - noisy) * loss(x, no)).sum()

    def step(x, _):
        return x - 2.0 * jax.grad(expected)(x), None

    logits = jax.jit(lambda x: jax.lax.scan(step, x, length=20_000)[0])(jnp.zeros((5, 1)))
    found = jax.nn.sigmoid(logits)[:, 0]
    np.testing.assert_allclose(found, p if recovers else noisy, atol=2e-3)


@each_loss
def test_what_is_not_known_does_not_count(loss) -> None:
    known = RNG.random((60, 2)) < 0.5
    one, other = (value(loss, LOGITS, Events(h, known)) for h in (HAPPENED, HAPPENED ^ ~known))
    np.testing.assert_array_equal(one, other)
    nowhere = gradient(loss, LOGITS, Events(HAPPENED, known))
    assert (np.asarray(nowhere)[~known] == 0).all()


@each_loss
def test_nothing_overflows(loss) -> None:
    logits = np.array([[1e4, -1e4]], np.float32)
    for happened in (True, False):
        events = Events(np.full((1, 2), happened), np.ones((1, 2), bool))
        assert np.isfinite(value(loss, logits, events)).all()
        assert np.isfinite(gradient(loss, logits, events)).all()


def test_small_losses_are_kept_in_each_class_apart() -> None:
    kind = np.repeat([0, 1, 2], [50, 8, 2])
    events = Events(kind[:, None] > np.array([0, 1]), np.ones((60, 2), bool))
    each = RNG.permutation(60).astype(np.float32)
    weight = np.asarray(robust.small(jnp.asarray(each), events, 0.75))
    for c, (size, kept) in enumerate([(50, 38), (8, 6), (2, 2)]):  # ⌈37.5⌉, 6, ⌈1.5⌉
        mine = weight[kind == c]
        assert (mine > 0).sum() == kept
        assert mine.sum() == pytest.approx(size)
        assert each[kind == c][mine > 0].max() < min(each[kind == c][mine == 0], default=np.inf)
    rare = np.asarray(robust.small(jnp.asarray(each), events, np.array([1.0, 0.5, 0.01])))
    assert [(rare[kind == c] > 0).sum() for c in range(3)] == [50, 4, 1]


def test_of_all_together_the_rare_ones_would_have_gone() -> None:
    """What the selection is for: quiet rows are easy, flaring ones are not."""
    happened = np.arange(100)[:, None] < 4
    logits = np.full((100, 1), -3.0, np.float32)  # the base rate for everybody
    events = Events(happened, np.ones_like(happened))
    each = cross_entropy()(jnp.asarray(logits), events)
    assert happened[np.argsort(np.asarray(each))[:80]].sum() == 0
    assert (np.asarray(robust.small(each, events, 0.75)) > 0)[:4].sum() == 3


def toy_batch() -> Batch:
    x = RNG.normal(size=(60, 3)).astype(np.float32)
    return Batch(x, EVENTS, np.ones(60, bool), np.arange(60))


def test_co_teaching_trains_each_on_what_the_other_finds_easy() -> None:
    one = mlp(MLPConfig(hidden=(4,), dropout=0.0), outputs=2)
    both, batch = twins(one), toy_batch()
    params = both.init(jax.random.key(0), batch.inputs)
    assert not np.allclose(*[jax.tree.leaves(p)[-1] for p in params])  # they begin differently
    loss = robust.co_teaching(cross_entropy(), keep=0.5)

    def total(params):
        return loss(both.apply(params, batch.inputs, train=True)[0], EVENTS).sum()

    def alone(own, other):
        mine, its = (cross_entropy()(one.apply(p, batch.inputs)[0], EVENTS) for p in (own, other))
        return (mine * robust.small(its, EVENTS, 0.5)).sum()

    first, second = jax.jit(jax.grad(total))(params)
    expected = [jax.grad(alone)(*params), jax.grad(alone)(*params[::-1])]
    for got, wanted in zip((first, second), expected, strict=True):
        jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), got, wanted)
    mean = both.apply(params, batch.inputs)[0]
    np.testing.assert_allclose(loss(mean, EVENTS), cross_entropy()(mean, EVENTS))


def test_the_kept_share_falls_as_the_paper_has_it() -> None:
    share = [float(robust.falling(jnp.array(t), forget=0.2, over=10)) for t in (0, 5, 10, 99)]
    np.testing.assert_allclose(share, [1.0, 0.9, 0.8, 0.8], rtol=1e-6)


def test_a_scheduled_step_changes_with_the_steps() -> None:
    model, batch = mlp(MLPConfig(hidden=(), dropout=0.0), outputs=2), toy_batch()
    optimizer = optax.sgd(0.1)
    make = scheduled(
        lambda t: robust.small_loss(cross_entropy(), keep=robust.falling(t, forget=0.5, over=1))
    )
    state = init_state(jax.random.key(0), model, optimizer, batch.inputs)
    plain, changing = (jax.jit(m(model, cross_entropy(), optimizer)) for m in (make_step, make))
    first = [step(state, batch)[0] for step in (plain, changing)]
    jax.tree.map(np.testing.assert_allclose, *[s.params for s in first])  # at step 0 all are kept
    second = [step(first[0], batch)[1]["loss"] for step in (plain, changing)]
    assert abs(float(second[0] - second[1])) > 0.01


@pytest.mark.parametrize(
    "make",
    [lambda: robust.generalised_cross_entropy(q=1.5), lambda: robust.bootstrapping(beta=-0.1)],
)
def test_impossible_options_are_refused(make) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        make()


def test_the_rate_can_be_an_argument_of_a_compiled_program() -> None:
    @jax.jit
    def total(rate):
        return robust.forward(missed=rate, false=rate / 10)(ARRAY, EVENTS).sum()

    for rate in (0.0, 0.3):
        expected = robust.forward(missed=rate, false=rate / 10)(ARRAY, EVENTS).sum()
        assert float(total(rate)) == pytest.approx(float(expected), rel=1e-5)
    assert total._cache_size() == 1
