"""One battery of invariances for every score of forecasts."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.test_util import check_grads

from jsolar.verify.events import probability, ranking, reliability
from jsolar.verify.events.contingency import contingency
from jsolar.verify.events.scores import SCORES

N = 40
RNG = np.random.default_rng(3)
OBSERVED = RNG.random(N) < 0.4
RAW = np.clip(0.3 * OBSERVED + 0.7 * RNG.random(N), 0.02, 0.98)
PROBABILITY = np.round(RAW, 1).astype(np.float32)  # with ties
WEIGHTS = RNG.multinomial(N, np.full(N, 1 / N)).astype(np.float32)
WHERE = RNG.random(N) < 0.7
SHUFFLE = RNG.permutation(N)
ALL, ONES = np.ones(N, bool), np.ones(N, np.float32)


GRADED = {
    "brier": probability.brier_score,
    "bss": lambda o, p, **options: probability.brier_skill_score(o, p, 0.3, **options),
    "log_loss": probability.log_loss,
}
RANKED = {
    "roc_auc": ranking.roc_auc,
    "gini": ranking.gini,
    "average_precision": ranking.average_precision,
}
BATTERY = [*SCORES, *GRADED, *RANKED, *reliability.BrierParts._fields]


def every(o, p, where, weights):
    options = {"where": where, "weights": weights}
    table = contingency(o, jnp.where(jnp.isnan(p), jnp.nan, p >= 0.45), **options)
    return {
        **{name: score(table) for name, score in SCORES.items()},
        **{name: score(o, p, **options) for name, score in (GRADED | RANKED).items()},
        **reliability.brier_decomposition(o, p, bins=5, **options)._asdict(),
    }


compiled = jax.jit(every)


@functools.cache
def base():
    return compiled(OBSERVED, PROBABILITY, WHERE, WEIGHTS)  # the changed ones: 0.0 and 1.0


@functools.cache
def changed(how: str):
    """All scores after a change to the data."""
    spoiled = np.where(WHERE, PROBABILITY, np.float32(np.nan))
    often = np.repeat(np.arange(N), WEIGHTS.astype(int))
    data = {
        "shuffled": (OBSERVED, PROBABILITY, WHERE, WEIGHTS),
        "not compiled": (OBSERVED, PROBABILITY, WHERE, WEIGHTS),
        "nan under the mask": (OBSERVED, spoiled, WHERE, WEIGHTS),
        "nan under weight 0": (OBSERVED, spoiled, ALL, WEIGHTS * WHERE),
        "repeated": (OBSERVED[often], PROBABILITY[often], WHERE[often], ONES),
        "removed": tuple(x[WHERE] for x in (OBSERVED, PROBABILITY, ALL, WEIGHTS)),
        "rarer": (OBSERVED, PROBABILITY, WHERE, WEIGHTS * np.where(OBSERVED, 1, 9)),
        "other probabilities": (OBSERVED, PROBABILITY**3, WHERE, WEIGHTS),
        "nan": (OBSERVED, np.where(np.arange(N) == 3, np.nan, PROBABILITY), ALL, ONES),
        "nan observed": (np.where(np.arange(N) == 3, np.nan, OBSERVED), PROBABILITY, ALL, ONES),
        "nothing": (OBSERVED, PROBABILITY, ~ALL, WEIGHTS),
    }[how]
    if how == "shuffled":
        data = tuple(x[SHUFFLE] for x in data)
    observed, p, where, weights = data
    run = every if how == "not compiled" else compiled
    observed, p, weights = (np.asarray(x, np.float32) for x in (observed, p, weights))
    return run(observed, p, where, weights)


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=2e-5, atol=2e-6)


every_score = pytest.mark.parametrize("name", BATTERY)


@every_score
def test_there_is_something_to_change(name):
    assert np.isfinite(base()[name])


@every_score
@pytest.mark.parametrize(
    "how",
    [
        "shuffled",
        "not compiled",
        "nan under the mask",
        "nan under weight 0",
        "repeated",
        "removed",
    ],
)
def test_stays_the_same_when(name, how):
    close(changed(how)[name], base()[name])


@every_score
@pytest.mark.parametrize("how", ["nan", "nan observed", "nothing"])
def test_is_nan_when(name, how):
    assert np.isnan(changed(how)[name])


@pytest.mark.parametrize(
    ("how", "asked", "blind"),
    [
        ("rarer", BATTERY, {"tss", "pod", "pofd", "roc_auc", "gini"}),
        ("other probabilities", [*GRADED, *RANKED], set(RANKED)),
    ],
)
def test_only_some_are_blind_to(how, asked, blind):
    assert {n for n in asked if np.allclose(changed(how)[n], base()[n], rtol=1e-4)} == blind


@functools.cache
def vmapped():
    observed = np.stack([OBSERVED, ~OBSERVED, OBSERVED[SHUFFLE]])
    p = np.stack([PROBABILITY, 1 - PROBABILITY, PROBABILITY])
    together = jax.jit(jax.vmap(every, in_axes=(0, 0, None, None)))(observed, p, WHERE, WEIGHTS)
    return together, [compiled(o, q, WHERE, WEIGHTS) for o, q in zip(observed, p, strict=True)]


@every_score
def test_vmap_is_a_loop(name):
    together, looped = vmapped()
    assert together[name].shape == (3,)
    close(together[name], [one[name] for one in looped])


@pytest.mark.parametrize("name", GRADED)
def test_gradient_is_right_and_untouched_by_what_is_masked(name):
    @jax.jit
    def value(p):
        return GRADED[name](OBSERVED, p, where=WHERE, weights=WEIGHTS)

    inside = jnp.asarray(0.1 + 0.8 * PROBABILITY)
    check_grads(value, (inside,), 1, modes=["rev"], rtol=2e-2, eps=1e-2)
    clean = jax.grad(value)(inside)
    spoiled = jax.grad(value)(jnp.where(WHERE, inside, jnp.nan))
    close(spoiled, clean)
    assert not spoiled[~WHERE].any()
