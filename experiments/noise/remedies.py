"""What is done against wrong labels, tried where they do most harm."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array

from experiments.noise.learners import Learner, Told
from jsolar.data.noise import Rates
from jsolar.forecast.examples import Data
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.out_of_fold import trusted
from jsolar.losses import robust
from jsolar.losses.events import cross_entropy
from jsolar.models.twins import twins
from jsolar.train.many import Runs
from jsolar.types import Events, Loss, Model, take


class Remedy(NamedTuple):
    """A way to train a network with labels that are partly wrong.

    Attributes:
      loss_at: from the step to the loss of it.
      model: from one network to what is trained.
    """

    loss_at: Callable[[Array], Loss]
    model: Callable[[Model], Model] = lambda model: model


def remedies(rates: Rates, *, base_rate: float, steps: int) -> dict[str, Remedy]:
    """All of them by name. Those that need to know how noisy labels are, are told.

    Args:
      rates: of the noise, of one event.
      base_rate: share of the true events.
      steps: of the training; selection reaches its share after a third of them.

    Returns:
      Remedies.
    """
    missed = float(rates.missed[0])
    false_events = float(rates.false_per_event[0])
    odds = base_rate / (1 - base_rate)
    known = {"missed": missed, "false": false_events * odds}
    wrong = np.array([  # among those labelled none, and among those labelled events
        missed * odds / (1 + (missed - false_events) * odds),
        false_events / (1 - missed + false_events),
    ])  # fmt: skip

    def always(loss: Loss) -> Remedy:
        return Remedy(lambda step: loss)

    def keep(step: Array) -> Array:
        return robust.falling(step, forget=wrong, over=max(1, steps // 3))

    plain = cross_entropy()
    return {
        "forward correction": always(robust.forward(**known)),
        "backward correction": always(robust.backward(**known)),
        "generalised cross-entropy": always(robust.generalised_cross_entropy(q=0.7)),
        "label smoothing": always(robust.label_smoothing(epsilon=0.2)),
        "bootstrapping": always(robust.bootstrapping(beta=0.8)),
        "small losses": Remedy(lambda step: robust.small_loss(plain, keep=keep(step))),
        "co-teaching": Remedy(lambda step: robust.co_teaching(plain, keep=keep(step)), twins),
    }


def without_suspects(learner: Learner, judge: Method, data: Data) -> Learner:
    """The same learner, taught without the labels that confident learning suspects.

    Args:
      learner: to be taught.
      judge: forecasts the regions that it has not seen.
      data: the inputs.

    Returns:
      A learner.
    """
    inputs = {"keywords": data.train.inputs["keywords"]}

    def learn(runs: Runs) -> Told:
        happened, known = (np.array(column) for column in runs.targets)
        for i, rows in enumerate(np.asarray(runs.rows)):
            told = data.train._replace(inputs=inputs, events=Events(happened[i], known[i]))
            mine = trusted(runs.key[i], judge, take(told, rows), data.validation)
            known[i][rows] = mine.events.known
        return learner(runs._replace(targets=Events(happened, known)))

    return learn


def mean_rates(every: list[Rates]) -> Rates:
    """The mean over seeds."""
    return jax.tree.map(lambda *leaves: np.mean(leaves, axis=0), *every)
