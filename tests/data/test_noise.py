"""Noises of labels: rates exact on average, structure as told, nested, composable."""

import jax
import numpy as np
import pytest

from jsolar.data import noise
from jsolar.sun.flares import errors
from jsolar.sun.flares.catalogue import FlareSource, flare_list
from jsolar.sun.flares.faults import OnDisk

RNG = np.random.default_rng(0)
N = 2000
REGION = np.repeat(np.arange(100, 100 + N // 5), 5)
TIME = np.datetime64("2100-01-01", "s") + 3600 * np.arange(N)
CLASS = RNG.choice(3, N, p=[0.8, 0.15, 0.05])
HAPPENED = CLASS[:, None] >= np.array([1, 2])  # ≥ C and ≥ M
COUNT = HAPPENED.sum(0)


def many(one: noise.Noise, *, draws: int = 60) -> np.ndarray:
    """Labels of many draws ``[d, n, k]``."""
    keys = jax.random.split(jax.random.key(1), draws)
    return np.stack([one(key, HAPPENED, REGION, TIME).labels for key in keys])


def near(samples: np.ndarray, expected: float) -> None:
    """The mean of independent draws is what it should be."""
    error = samples.std(ddof=1) / np.sqrt(len(samples))
    assert abs(samples.mean() - expected) < 4 * error + 1e-9


@pytest.mark.parametrize("whole", [False, True], ids=["rows", "regions"])
@pytest.mark.parametrize(
    ("make", "missed", "false"),
    [
        (lambda **o: noise.symmetric(0.1, **o), 0.1, 0.1 * (N - COUNT) / COUNT),
        (
            lambda **o: noise.asymmetric(missed=0.3, false=0.02, **o),
            0.3,
            0.02 * (N - COUNT) / COUNT,
        ),
        (lambda **o: noise.per_event(missed=0.2, false=0.5, **o), 0.2, [0.5, 0.5]),
        (lambda **o: noise.preserving(0.25, **o), 0.25, [0.25, 0.25]),
    ],
    ids=["symmetric", "asymmetric", "per_event", "preserving"],
)
def test_rates_are_exact_on_average(make, missed, false, whole) -> None:
    drawn = [noise.measured(HAPPENED, labels) for labels in many(make(whole_regions=whole))]
    for k in range(2):
        near(np.array([rates.missed[k] for rates in drawn]), missed)
        near(np.array([rates.false_per_event[k] for rates in drawn]), false[k])
        near(np.array([rates.prevalence[k] for rates in drawn]), 1 - missed + false[k])


def test_symmetric_flips_of_rare_events_are_nearly_all_false_events() -> None:
    """5 % at the lecture's base rate: 2.6 false events for each true one, and 0.05 missed."""
    rare = np.arange(20_000)[:, None] < 20_000 * 0.0188
    row = np.arange(len(rare))
    rates = noise.measured(rare, noise.symmetric(0.05)(jax.random.key(0), rare, row, row).labels)
    assert rates.false_per_event[0] == pytest.approx(0.05 * 0.9812 / 0.0188, rel=0.1)
    assert rates.missed[0] == pytest.approx(0.05, abs=0.03)


def test_whole_regions_are_flipped_or_not() -> None:
    by_region = many(noise.symmetric(0.3, whole_regions=True))[0] ^ HAPPENED
    assert (by_region.reshape(-1, 5, 2) == by_region.reshape(-1, 5, 2)[:, :1]).all()
    by_row = many(noise.symmetric(0.3))[0] ^ HAPPENED
    assert not (by_row.reshape(-1, 5, 2) == by_row.reshape(-1, 5, 2)[:, :1]).all()


@pytest.mark.parametrize(
    "make",
    [
        noise.symmetric,
        lambda rate: noise.symmetric(rate, whole_regions=True),
        noise.preserving,
        lambda rate: noise.transition([[1 - rate, rate, 0], [0, 1, 0], [0, 0, 1]]),
    ],
)
def test_larger_rates_flip_more_of_the_same(make) -> None:
    key = jax.random.key(3)
    small, large = (make(rate)(key, HAPPENED, REGION, TIME).flipped for rate in (0.05, 0.2))
    assert small.any()
    assert (small <= large).all()
    assert large.sum() > small.sum()


def test_transition_draws_from_its_rows_and_keeps_events_in_order() -> None:
    matrix = np.array([[0.9, 0.08, 0.02], [0.2, 0.7, 0.1], [0.0, 0.4, 0.6]])
    drawn = many(noise.transition(matrix))
    assert (drawn[..., 1] <= drawn[..., 0]).all()  # none is ≥ M and not ≥ C
    said = drawn.sum(-1)
    for i in range(3):
        for j in range(3):
            near((said[:, i == CLASS] == j).mean(1), matrix[i, j])


def test_swapped_pictures_keep_the_events_and_move_them() -> None:
    labels = many(noise.swapped_pictures(0.4))
    assert (labels.sum(1) == COUNT).all()
    # Of 0.4 · n labels that go round a circle, 2 p (1 − p) are replaced by another one.
    rate = COUNT / N
    for k in range(2):
        flips = (labels[..., k] ^ HAPPENED[:, k]).mean(1)
        near(flips, 0.4 * 2 * rate[k] * (1 - rate[k]) * N / (N - 1))


def test_out_of_step_by_hand() -> None:
    region, hours = np.array([5, 9, 5, 9, 5]), np.array([2, 0, 0, 1, 1])
    happened = np.array([1, 0, 0, 1, 0], bool)[:, None]  # region 5 in time: 0 0 1; region 9: 0 1
    time = np.datetime64("2100-01-01", "h") + hours
    key = jax.random.key(0)
    late = noise.out_of_step(1.0)(key, happened, region, time)
    assert late.labels.ravel().tolist() == [1, 1, 0, 1, 1]
    early = noise.out_of_step(1.0, steps=-1)(key, happened, region, time)
    assert early.labels.ravel().tolist() == [0, 0, 0, 0, 0]
    assert (early.flipped == (early.labels ^ happened)).all()
    whole = many(noise.out_of_step(0.3)) ^ HAPPENED
    assert whole.any((0, 2)).sum() > 0


def test_composition_has_luck_of_its_own_and_flips_back() -> None:
    none = noise.compose()(jax.random.key(0), HAPPENED, REGION, TIME)
    assert not none.flipped.any()
    flips = many(noise.compose(noise.symmetric(0.2), noise.symmetric(0.2))) ^ HAPPENED
    near(flips.mean((1, 2)), 2 * 0.2 * 0.8)  # the same luck would flip nothing


def test_what_is_not_known_is_not_measured() -> None:
    labels, known = ~HAPPENED, np.zeros_like(HAPPENED)
    known[:10] = True
    rates = noise.measured(HAPPENED, labels, known=known)
    assert rates.missed[0] == 1
    assert rates.false_per_event[0] == (10 - HAPPENED[:10, 0].sum()) / HAPPENED[:10, 0].sum()


@pytest.mark.parametrize(
    "make",
    [
        lambda: noise.symmetric(1.1),
        lambda: noise.asymmetric(missed=-0.1),
        lambda: noise.per_event(missed=2.0),
        lambda: noise.per_event(false=-1.0),
        lambda: noise.swapped_pictures(float("nan")),
        lambda: noise.out_of_step(5.0),
        lambda: noise.transition([[0.5, 0.6], [0.0, 1.0]]),
        lambda: noise.transition([[1.0, 0.0]]),
    ],
)
def test_impossible_rates_are_refused(make) -> None:
    with pytest.raises(ValueError, match=r"choose|probabilities"):
        make()


def test_a_matrix_of_other_classes_is_refused() -> None:
    with pytest.raises(ValueError, match="2 events make 3 classes"):
        noise.transition(np.eye(2))(jax.random.key(0), HAPPENED, REGION, TIME)


DAY = np.datetime64("2100-01-01T00:00:00", "s")
HOUR = np.timedelta64(3600, "s")
SOURCE = FlareSource("toy", "1", 1e-6, "science", DAY - 900 * HOUR, DAY + 900 * HOUR)
ON_DISK = OnDisk(np.array([1, 2, 3]), DAY - np.array([100, 90, 5]) * HOUR, DAY + 100 * HOUR)
ONE = flare_list(SOURCE, start=[DAY + 30 * HOUR], flux_w_m2=[1.2e-5], region=[1])
ROWS = np.repeat([1, 2], 48)
TIMES = DAY + np.tile(np.arange(48), 2) * HOUR
THRESHOLDS = [1e-6, 1e-5]


def relabelled(error: errors.ListError, happened: np.ndarray | None = None) -> noise.Noisy:
    truth = np.zeros((96, 2), bool)
    truth[6:30] = True  # the flare lies within (t, t + 24 h] of t = 6 … 29
    told = noise.relabelled(error, ONE, ON_DISK, thresholds_w_m2=THRESHOLDS)
    return told(jax.random.key(0), truth if happened is None else happened, ROWS, TIMES)


def test_one_missed_flare_is_24_hourly_windows() -> None:
    noisy = relabelled(errors.missed(1.0))
    assert not noisy.labels.any()
    assert np.flatnonzero(noisy.flipped[:, 1]).tolist() == list(range(6, 30))
    assert not relabelled(errors.missed(0.0)).flipped.any()


def test_a_flare_of_the_neighbour_moves_all_its_windows() -> None:
    labels = relabelled(errors.wrong_region(1.0)).labels
    assert np.flatnonzero(labels[:, 1]).tolist() == list(range(48 + 6, 48 + 30))


def test_a_wrong_class_flips_one_event_only() -> None:
    labels = relabelled(errors.wrong_class(1.0)).labels
    assert labels[:, 0].sum() == 24
    assert labels[:, 1].sum() == 0


def test_a_late_flare_shifts_its_windows() -> None:
    labels = relabelled(errors.mistimed(1.0, hours=9)).labels
    assert np.flatnonzero(labels[:, 0]).tolist() == list(range(15, 39))


def test_relabelling_keeps_what_other_noises_did() -> None:
    flipped_before = np.zeros((96, 2), bool)  # as if an earlier noise had flipped all events
    again = relabelled(errors.missed(1.0), flipped_before)
    assert again.labels.sum() == 48
    assert (again.labels == again.flipped).all()


def test_regions_can_be_others_than_the_groups() -> None:
    told = noise.relabelled(
        errors.missed(1.0), ONE, ON_DISK, thresholds_w_m2=THRESHOLDS, regions=[{1, 2}] * 96
    )
    noisy = told(jax.random.key(0), np.zeros((96, 2), bool), ROWS * 1000, TIMES)
    assert noisy.flipped[:, 0].sum() == 48
