"""Losses for labels that are partly wrong; all are `jsolar.types.Loss` of events.

`forward` and `backward` know how often labels are wrong, the others do not need to. Selection keeps
the examples with a small loss, `small_loss` within one network and `co_teaching` across two,
and does so in each class apart: of all examples together rare flares would be the first to go.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from jsolar.losses.events import PerEvent, cross_entropy, sum_known
from jsolar.types import Events, Loss

Rate = PerEvent | Shaped[np.ndarray | Array, "*k"]
"""For all events or one for each; a traced number too, so that many rates share one program."""


def forward(*, missed: Rate, false: Rate) -> Loss:
    """Cross-entropy with the label as it would be told: L = −log (Tᵀp)_ỹ.

    An event of probability p is labelled with probability q = (1 − missed) p + false (1 − p), and
    q is compared with the label. The best p is the true one, whatever the noise.

    Args:
      missed: P(labelled none | happened).
      false: P(labelled event | did not happen).

    Returns:
      A loss; its probabilities are of what happens, not of what is labelled.

    Example:
      >>> events = Events(jnp.array([[False]]), jnp.array([[True]]))
      >>> sure = jnp.array([[20.0]])  # it happened, says the network; labelled none
      >>> round(float(forward(missed=0.5, false=0.0)(sure, events)[0]), 3)  # log 2
      0.693

    References:
      Patrini et al. (2017), doi:10.1109/CVPR.2017.240
    """
    yes, no = _told(missed, false)

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        log_p, log_1p = jax.nn.log_sigmoid(logits), jax.nn.log_sigmoid(-logits)
        told = jnp.where(
            events.happened,
            jnp.logaddexp(log_p + jnp.log(yes[1]), log_1p + jnp.log(yes[0])),
            jnp.logaddexp(log_p + jnp.log(no[1]), log_1p + jnp.log(no[0])),
        )
        return sum_known(-told, events)

    return loss


def backward(*, missed: Rate, false: Rate) -> Loss:
    """Cross-entropy whose mean over the noise is that of the true label: L = Σ_j (T⁻¹)_ỹj ℓ_j.

    Args:
      missed: P(labelled none | happened).
      false: P(labelled event | did not happen); missed + false must not be 1.

    Returns:
      A loss; it can be negative, and of few examples it is restless.

    Example:
      >>> events = Events(jnp.array([[True]]), jnp.array([[True]]))
      >>> round(float(backward(missed=0.0, false=0.0)(jnp.zeros((1, 1)), events)[0]), 4)
      0.6931

    References:
      Patrini et al. (2017), doi:10.1109/CVPR.2017.240
    """
    missed, false = jnp.asarray(missed), jnp.asarray(false)

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        yes, no = jax.nn.softplus(-logits), jax.nn.softplus(logits)
        if_event = (1 - false) * yes - missed * no
        if_none = (1 - missed) * no - false * yes
        each = jnp.where(events.happened, if_event, if_none) / (1 - missed - false)
        return sum_known(each, events)

    return loss


def generalised_cross_entropy(*, q: float = 0.7) -> Loss:
    """L = (1 − p_ỹ^q) / q: between cross-entropy (q → 0) and the absolute error 1 − p_ỹ (q = 1).

    What the network finds impossible stops pulling at it.

    Args:
      q: from 0 to 1.

    Returns:
      A loss.

    Raises:
      ValueError: q is not between 0 and 1.

    Example:
      >>> events = Events(jnp.array([[True]]), jnp.array([[True]]))
      >>> round(float(generalised_cross_entropy(q=1.0)(jnp.zeros((1, 1)), events)[0]), 4)
      0.5

    References:
      Zhang & Sabuncu (2018), arXiv:1805.07836
    """
    if not 0 <= q <= 1:
        raise ValueError(f"q={q} of the generalised cross-entropy: choose a number from 0 to 1")
    if q == 0:
        return cross_entropy()

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        log_told = jax.nn.log_sigmoid(jnp.where(events.happened, logits, -logits))
        return sum_known(-jnp.expm1(q * log_told) / q, events)

    return loss


def label_smoothing(*, epsilon: Rate) -> Loss:
    """Cross-entropy with the targets 1 − ε/2 and ε/2 in place of 1 and 0.

    Args:
      epsilon: ε, how much of a label is given away to both answers alike.

    Returns:
      A loss. With rare events its probabilities are far too high before they are calibrated.

    Example:
      >>> events = Events(jnp.array([[True]]), jnp.array([[True]]))
      >>> round(float(label_smoothing(epsilon=0.0)(jnp.zeros((1, 1)), events)[0]), 4)
      0.6931

    References:
      Szegedy et al. (2016), doi:10.1109/CVPR.2016.308;
      Lukasik et al. (2020), arXiv:2003.02819 (what it does to wrong labels)
    """
    share = jnp.asarray(epsilon)

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        target = (1 - share) * events.happened + share / 2
        return sum_known(_entropy(logits, jnp.asarray(target)), events)

    return loss


def bootstrapping(*, beta: float = 0.95, hard: bool = False) -> Loss:
    """Cross-entropy with a target that is partly what the network itself says: β y + (1 − β) p.

    Args:
      beta: β, how far labels are believed.
      hard: its yes or no (p ≥ 1/2) instead of p.

    Returns:
      A loss; its gradient goes through what the network says only as a forecast, not as a target.

    Raises:
      ValueError: β is not between 0 and 1.

    Example:
      >>> events = Events(jnp.array([[False]]), jnp.array([[True]]))
      >>> sure = jnp.array([[10.0]])
      >>> bool(bootstrapping(beta=0.5, hard=True)(sure, events)[0] < 5.1)  # cross-entropy: 10
      True

    References:
      Reed et al. (2015), arXiv:1412.6596
    """
    if not 0 <= beta <= 1:
        raise ValueError(f"beta={beta} is how far labels are believed: choose from 0 to 1")

    def loss(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        own = jax.lax.stop_gradient(jax.nn.sigmoid(logits))
        own = jnp.where(own >= 0.5, 1.0, 0.0) if hard else own
        target = jnp.asarray(beta * events.happened + (1 - beta) * own)
        return sum_known(_entropy(logits, target), events)

    return loss


def small_loss(loss: Loss, *, keep: Rate) -> Loss:
    """The loss of those examples of a batch for which it is small, the same share of each class.

    The class of an example is how many of its events happened. What is kept of a class is weighted
    to count for all of it, so that base rates stay. At least one of each class is kept.

    Args:
      loss: that ranks and trains.
      keep: share that is kept, for all classes or one for each (none, one event, two, …).

    Returns:
      A loss; 0 for what is left out. Over several devices `jsolar.train.lift.jit` ranks the whole
      batch, ``pmap`` each part.

    Example:
      >>> events = Events(jnp.zeros((4, 1), bool), jnp.ones((4, 1), bool))
      >>> logits = jnp.array([[-3.0], [-2.0], [-1.0], [9.0]])  # the last contradicts its label
      >>> small_loss(cross_entropy(), keep=0.75)(logits, events)[3].item()
      0.0
    """

    def selected(logits: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        each = loss(logits, events)
        return each * small(each, events, keep)

    return selected


def co_teaching(loss: Loss, *, keep: Rate) -> Loss:
    """Two networks, each trained on what the other one finds easy.

    Args:
      loss: of one network.
      keep: share of each class that is kept, see `small_loss`. The paper lowers it from 1 to
        1 − τ within ten epochs, τ being the noise: see `jsolar.train.step.scheduled`.

    Returns:
      A loss of the two logits ``[b, 2, k]`` of `jsolar.models.twins.twins`; of one logit
      ``[b, k]``, as they are when forecasting, it is the plain loss.

    References:
      Han et al. (2018), arXiv:1804.06872
    """

    def taught(logits: Float[Array, "b ..."], events: Events) -> Float[Array, "b"]:
        if logits.ndim == events.happened.ndim:
            return loss(logits, events)
        first, second = (loss(logits[:, i], events) for i in range(2))
        return first * small(second, events, keep) + second * small(first, events, keep)

    return taught


def falling(step: Int[Array, ""], *, forget: Rate, over: int) -> Float[Array, "*k"]:
    """The share that co-teaching keeps at a step: R(t) = 1 − τ · min(t / T, 1).

    Args:
      step: t, steps done.
      forget: τ, the share of wrong labels, for all classes or one for each.
      over: T, steps until so many are left out; ten epochs in the paper.

    Returns:
      R, for all classes or one for each.

    Example:
      >>> round(float(falling(jnp.array(5), forget=0.2, over=10)), 3)
      0.9
    """
    return 1 - jnp.asarray(forget, float) * jnp.minimum(step / over, 1.0)


def small(each: Float[Array, "b"], events: Events, keep: Rate) -> Float[Array, "b"]:
    """Weights of `small_loss`: 0, or how many examples of its class one of the kept stands for.

    Args:
      each: loss of each example.
      events: that make its class.
      keep: share of each class.

    Returns:
      Weights without gradient; those of a class add up to its size.

    Example:
      >>> events = Events(jnp.array([[False], [False], [True]]), jnp.ones((3, 1), bool))
      >>> small(jnp.array([0.1, 5.0, 9.0]), events, 0.5).tolist()
      [2.0, 0.0, 1.0]
    """
    each = jax.lax.stop_gradient(each)
    kind = (events.happened & events.known).sum(-1)
    classes = jnp.arange(events.happened.shape[-1] + 1)
    share = jnp.broadcast_to(jnp.asarray(keep, jnp.float32), classes.shape)
    member = kind == classes[:, None]
    rank = jnp.argsort(jnp.argsort(jnp.where(member, each, jnp.inf), axis=1), axis=1)
    size = member.sum(1)
    kept = jnp.ceil(share * size - 1e-4).clip(1)  # 0.9 · 10 is a little more than 9
    weight = jnp.where(member & (rank < kept[:, None]), (size / kept)[:, None], 0.0)
    return weight.sum(0)


def _told(missed: Rate, false: Rate) -> tuple[Float[Array, "2 *k"], Float[Array, "2 *k"]]:
    """P(labelled event | none, event) and P(labelled none | none, event)."""
    missed, false = jnp.broadcast_arrays(jnp.asarray(missed, float), jnp.asarray(false, float))
    return jnp.stack([false, 1 - missed]), jnp.stack([1 - false, missed])


def _entropy(logits: Float[Array, "b k"], target: Float[Array, "b k"]) -> Float[Array, "b k"]:
    return target * jax.nn.softplus(-logits) + (1 - target) * jax.nn.softplus(logits)
