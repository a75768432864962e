"""Two players as one training: a generator, and a discriminator that tells its pictures from real.

Both lie in one state, ``params = {"generator": …, "discriminator": …}``, and take one step together
from one gradient; so `jsolar.train.fit` and every lift of `jsolar.train.lift` train them as they
train anything else.
"""

import dataclasses
import itertools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Key

from jsolar.keys import named
from jsolar.train.config import TrainConfig, make_optimizer
from jsolar.train.step import Augment, MakeStep, Metrics, Step, each_named, step_down
from jsolar.types import Loss, Model, PyTree

GENERATOR, DISCRIMINATOR = "generator", "discriminator"

MOMENTUM = 0.5
"""Adam's β₁ of both players: each plays against one that changes."""

Pictures = Float[np.ndarray | Array, "b ..."]


@dataclasses.dataclass(frozen=True)
class GANConfig:
    """What the players play for.

    Attributes:
      weight: λ of the distance between what is drawn and what came.
      draws: pictures drawn for each example at each step. With one the distance is least without
        any noise, as in pix2pix; with two or more it is the CRPS (`energy`), least when draws
        differ from each other as much as from what comes.
      penalty: γ of the squared slope of the discriminator at real pictures (R1). Without it the
        discriminator soon wins, and the generator learns no more.
    """

    weight: float = 100.0
    penalty: float = 1.0
    draws: int = 2


def players(generator: Model, discriminator: Model, *, draws: int = 1) -> Model:
    """A model with the parameters of both, whose output is what the generator draws.

    Args:
      generator: from inputs to pictures ``[b, ...]``, drawn by the key of each example.
      discriminator: from pairs ``(inputs, pictures)`` to logits ``[b, ...]`` of being real.
      draws: m, how often the generator draws.

    Returns:
      A model whose output is a tuple of m pictures; `adversarial` trains it.

    Example:
      >>> def shift(params, x, *, key=None, train=False):
      ...     return x + params, {}
      >>> def slope(params, pair, *, key=None, train=False):
      ...     return pair[1] * params, {}
      >>> both = players(Model(lambda key, x: 2.0, shift), Model(lambda key, pair: 3.0, slope))
      >>> params = both.init(jax.random.key(0), jnp.ones((1, 1)))
      >>> params, both.apply(params, jnp.ones((1, 1)))[0][0].tolist()
      ({'generator': 2.0, 'discriminator': 3.0}, [[3.0]])
    """

    def init(key: Key[Array, ""], inputs: PyTree) -> PyTree:
        params = generator.init(named(key, GENERATOR), inputs)
        pictures, _ = generator.apply(params, inputs)
        judge = discriminator.init(named(key, DISCRIMINATOR), (inputs, pictures))
        return {GENERATOR: params, DISCRIMINATOR: judge}

    def apply(
        params: PyTree,
        inputs: PyTree,
        *,
        key: Key[Array, "b"] | None = None,
        train: bool = False,
    ) -> tuple[tuple[Pictures, ...], PyTree]:
        def draw(number: int) -> Pictures:
            own = None if key is None else each_named(key, f"draw {number}")
            return generator.apply(params[GENERATOR], inputs, key=own, train=train)[0]

        return tuple(draw(number) for number in range(draws)), {}

    return Model(init, apply)


def adversarial(
    discriminator: Model,
    config: GANConfig,
    *,
    unit: float = 1.0,
    augment: Augment | None = None,
) -> MakeStep:
    """The pix2pix step, with a penalty: both players go down their own loss, at the same time.

    With the logits D of the p patches of a picture and ℓ(D, y) their mean cross-entropy,

    generator: λ L(draws, real) + ℓ(D(fake), 1);
    discriminator: ½ (ℓ(D(real), 1) + ℓ(D(fake), 0)) + γ/2 · (unit ∂ΣD/∂real)² / p.

    The first of the draws is the fake. Pixels of the target that are not finite are hidden from
    the discriminator in both pictures.

    Args:
      discriminator: see `players`.
      config: λ and γ.
      unit: of the pictures, in which the slope is measured.
      augment: see `jsolar.train.step.make_step`.

    Returns:
      A function from the model of both `players`, the loss L of its draws (see `energy`) and an
      optimiser to a step. Its metrics are ``loss``, that is L; ``adversarial_loss``,
      ``discriminator_loss`` and ``penalty``, without their factors; ``real_known`` and
      ``fake_known``, the shares of patches that the discriminator takes for what they are; and
      ``gradient_norm``.

    References:
      Isola et al. (2017), arXiv:1611.07004; Mescheder, Geiger & Nowozin (2018), arXiv:1801.04406
    """

    def logits(params: PyTree, inputs: PyTree, pictures: Pictures) -> Float[Array, "b p"]:
        found, _ = discriminator.apply(params, (inputs, pictures), train=True)
        return found.reshape(len(found), -1)

    def judged(
        params: PyTree, inputs: PyTree, real: Pictures, fake: Pictures
    ) -> tuple[Float[Array, "b"], Metrics]:
        """The discriminator's loss of each example."""

        def total(pictures: Pictures) -> tuple[Float[Array, ""], Float[Array, "b p"]]:
            found = logits(params, inputs, pictures)
            return found.sum(), found

        slope, of_real = jax.grad(total, has_aux=True)(real)
        of_fake = logits(params, inputs, jax.lax.stop_gradient(fake))
        steep = jnp.square(unit * slope).reshape(len(real), -1).sum(1) / of_real.shape[1]
        loss = 0.5 * (jax.nn.softplus(-of_real) + jax.nn.softplus(of_fake)).mean(1)
        told = {
            "discriminator_loss": loss,
            "penalty": steep,
            "real_known": (of_real > 0).mean(1),
            "fake_known": (of_fake < 0).mean(1),
        }
        return loss + 0.5 * config.penalty * steep, told

    def make(model: Model, loss: Loss, optimizer: optax.GradientTransformation) -> Step:
        def losses(
            params: PyTree, inputs: PyTree, real: Pictures, keys: Key[Array, "b"]
        ) -> tuple[Float[Array, "b"], Metrics]:
            draws, _ = model.apply(params, inputs, key=keys, train=True)
            distance, known = loss(draws, real), jnp.isfinite(real)
            real, fake = (jnp.where(known, pictures, 0.0) for pictures in (real, draws[0]))
            frozen = jax.lax.stop_gradient(params[DISCRIMINATOR])
            fooled = jax.nn.softplus(-logits(frozen, inputs, fake)).mean(1)
            theirs, told = judged(params[DISCRIMINATOR], inputs, real, fake)
            whole = config.weight * distance + fooled + theirs
            return whole, {"loss": distance, "adversarial_loss": fooled, **told}

        return step_down(losses, optimizer, augment=augment)

    return make


def energy(loss: Loss) -> Loss:
    """Mean L(xᵢ, y) − ½ mean_{i≠j} L(xᵢ, xⱼ) over draws x; of one draw, L(x, y).

    With the absolute error as L, this is the fair CRPS.

    Args:
      loss: L, a distance.

    Returns:
      A loss of a tuple of draws ``[b, ...]``; where the target is NaN, both terms leave it out.

    Example:
      >>> from jsolar.losses.images import absolute_error
      >>> draws = tuple(jnp.full((1, 1, 1), value) for value in (10.0, 30.0))
      >>> energy(absolute_error())(draws, jnp.full((1, 1, 1), 20.0)).tolist()
      [0.0]

    References:
      Gneiting & Raftery (2007), doi:10.1198/016214506000001437
    """

    def of_draws(draws: Sequence[Pictures], target: Pictures) -> Float[Array, "b"]:
        known = jnp.isfinite(target)
        near = jnp.stack([loss(x, target) for x in draws]).mean(0)
        pairs = itertools.combinations(draws, 2)
        apart = [loss(x, jnp.where(known, other, jnp.nan)) for x, other in pairs]
        return near - 0.5 * jnp.stack(apart).mean(0) if apart else near

    return of_draws


def make_optimizers(config: TrainConfig, steps: int) -> optax.GradientTransformation:
    """That of `jsolar.train.config.make_optimizer` for each player, with β₁ = `MOMENTUM`.

    The gradient of each is clipped by its own norm.
    """
    each = {
        name: make_optimizer(config, steps, momentum=MOMENTUM)
        for name in (GENERATOR, DISCRIMINATOR)
    }
    return optax.multi_transform(each, {name: name for name in each})
