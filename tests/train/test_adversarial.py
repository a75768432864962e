"""The step of two players: gradients from the formulas, all lifts alike, and a game that ends."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

from jsolar.losses.images import absolute_error
from jsolar.models.layers import with_inputs
from jsolar.models.patchgan import PatchGANConfig, patchgan
from jsolar.train import lift
from jsolar.train.adversarial import GANConfig, adversarial, energy, make_optimizers, players
from jsolar.train.config import TrainConfig
from jsolar.train.step import init_state
from jsolar.types import Batch, Model

KEY = jax.random.key(0)
UNIT, CONFIG = 2.0, GANConfig(weight=3.0, penalty=0.7)


def drawn(params, inputs, *, key=None, train=False):
    """Noise of a learned mean and width added; without keys the mean alone."""
    noise = 0.0
    if key is not None:
        noise = jax.vmap(lambda k, x: jax.random.normal(k, x.shape))(key, inputs)
    return inputs + params["mean"] + params["width"] * noise, {}


def generator(width=0.5):
    return Model(lambda key, x: {"mean": jnp.ones(()), "width": jnp.full((), width)}, drawn)


def pixels(params, pair, *, key=None, train=False):
    """A logit a pixel: a x² + b x."""
    _, x = pair
    return params["a"] * x * x + params["b"] * x, {}


JUDGE = Model(lambda key, pair: {"a": jnp.full((), 0.3), "b": jnp.full((), -0.2)}, pixels)


def batch(i=0, size=8, kept=5):
    inputs, real = np.random.default_rng(i).normal(size=(2, size, 6, 6)).astype(np.float32)
    mask = np.arange(size) < kept
    inputs[~mask] = 1e3  # must not matter
    return Batch(inputs, real, mask, np.arange(size) + i)


def stepping(optimizer=None, *, judge=JUDGE, width=0.5):
    """The first state and the step."""
    optimizer = optimizer or optax.sgd(0.3)
    model = players(generator(width), judge, draws=CONFIG.draws)
    step = adversarial(judge, CONFIG, unit=UNIT)(model, energy(absolute_error()), optimizer)
    return init_state(KEY, model, optimizer, batch().inputs), step


def test_each_player_goes_down_its_own_loss() -> None:
    given = batch()
    state, step = stepping(optax.sgd(1.0), width=0.0)
    after, told = jax.jit(step)(state, given)
    gradient = jax.tree.map(lambda a, b: a - b, state.params, after.params)
    x, real = given.inputs[given.mask], given.targets[given.mask]
    ours, theirs = state.params["generator"], state.params["discriminator"]

    def probability(params, pictures):
        return jax.nn.sigmoid(params["a"] * pictures**2 + params["b"] * pictures)

    def of_generator(mean):
        fooled = -jnp.log(probability(theirs, x + mean)).mean()
        return 3.0 * jnp.abs(x + mean - real).mean() + fooled

    def of_discriminator(params):
        caught = -jnp.log(probability(params, real)) - jnp.log(1 - probability(params, x + 1.0))
        slope = 2 * params["a"] * real + params["b"]
        return 0.5 * caught.mean() + 0.35 * jnp.square(UNIT * slope).mean()

    expected = jax.grad(of_generator)(ours["mean"])
    assert float(gradient["generator"]["mean"]) == pytest.approx(float(expected), rel=1e-5)
    for name, value in jax.grad(of_discriminator)(theirs).items():
        assert float(gradient["discriminator"][name]) == pytest.approx(float(value), rel=1e-5)
    assert float(told["loss"]) == pytest.approx(np.abs(x + 1 - real).mean(), rel=1e-5)
    known = (probability(theirs, real) > 0.5).mean()
    assert float(told["real_known"]) == pytest.approx(float(known), rel=1e-5)


def test_all_lifts_agree() -> None:
    batches = [batch(i) for i in range(3)]
    expected, step = stepping()
    for one in batches:
        expected, _ = jax.jit(step)(expected, one)
    state, _ = stepping()
    sharded = lift.jit(step, lift.data_mesh())
    for one in batches:
        state, _ = sharded(state, one)
    assert_close(state, expected)
    state, _ = stepping()
    state, parallel = lift.replicate(state), lift.pmap(step)
    for one in batches:
        state, _ = parallel(state, one)
    assert_close(lift.one_copy(state), expected)
    state, _ = stepping()
    stacked = jax.tree.map(lambda *leaves: np.stack(leaves), *batches)
    state, told = lift.jit(lift.scan(step))(state, stacked)
    assert told["discriminator_loss"].shape == (3,)
    assert_close(state, expected)


def assert_close(a, b) -> None:
    jax.tree.map(partial(np.testing.assert_allclose, rtol=2e-5, atol=2e-6), a.params, b.params)


def test_pixels_without_target_are_hidden_from_both() -> None:
    """They give nothing away: with and without them in the picture the players learn the same."""
    given = batch(kept=8)
    holes = given.targets.copy()
    holes[:, :2] = np.nan
    other = given.inputs.copy()
    other[:, :2] += 50.0
    steps = []
    for inputs in (given.inputs, other):
        state, step = stepping(width=0.0)
        steps.append(step(state, given._replace(inputs=inputs, targets=holes))[0])
    assert_close(*steps)
    assert np.isfinite(jax.tree.leaves(steps[0].params)).all()


@pytest.mark.parametrize(
    ("draws", "weight", "width"), [(1, 0.1, 1.0), (1, 100.0, 0.0), (2, 100.0, 1.0)]
)
def test_noise_of_the_right_width_is_learned(draws, weight, width) -> None:
    """What comes is N(0, 1): the discriminator or the CRPS asks for noise, a distance for none."""
    judge = with_inputs(
        patchgan(PatchGANConfig(width=8, depth=1), outputs=1),
        lambda pair: {"pictures": pair[1][:, None, ..., None], "condition": pair[1][:, :1, 0]},
    )
    model = players(generator(0.3), judge, draws=draws)
    optimizer = make_optimizers(TrainConfig(learning_rate=0.02, weight_decay=0.0), 300)
    make = adversarial(judge, GANConfig(weight, penalty=0.1, draws=draws))
    step = lift.jit(lift.scan(make(model, energy(absolute_error()), optimizer)))
    x = np.zeros((300, 32, 6, 6), np.float32)
    real = np.random.default_rng(0).normal(size=x.shape).astype(np.float32)
    mask, row = np.ones((300, 32), bool), np.tile(np.arange(32), (300, 1))
    state, _ = step(init_state(KEY, model, optimizer, x[0]), Batch(x, real, mask, row))
    found = state.params["generator"]
    assert abs(float(found["width"])) == pytest.approx(width, abs=0.15)
    assert float(found["mean"]) == pytest.approx(0.0, abs=0.15)
