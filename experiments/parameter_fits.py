"""What `experiments.parameter_count` teaches: random features, and networks of many widths."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Key

from jsolar.data.normalise import fit_columns, normalise
from jsolar.forecast.examples import Data
from jsolar.keys import named
from jsolar.losses.events import cross_entropy, sum_known
from jsolar.models.widths import narrowed, parameter_count, widest
from jsolar.train.config import TrainConfig
from jsolar.train.many import LAST, Runs, many, outputs_of_many
from jsolar.types import Events, Loss, PyTree, take

FEATURES, RIDGE = "random features", "random features, ridge"
SQUARED, SQUARED_STOPPED = "MLP, squared error", "MLP, squared error, stopped early"
CROSS_ENTROPY, CROSS_ENTROPY_STOPPED = "MLP, cross-entropy", "MLP, cross-entropy, stopped early"

REMEDIED = {
    FEATURES: RIDGE,
    SQUARED: SQUARED_STOPPED,
    CROSS_ENTROPY: CROSS_ENTROPY_STOPPED,
}
"""From a line to the same with a remedy against too many parameters."""

PENALTIES = (0.0, *np.logspace(-6, 6, 25))
"""Of the squares of the weights, from which validation chooses; 0 is the least-norm solution."""

STOPPED = "validation"


class Split(NamedTuple):
    """Numbers and one event of the windows of which it is known."""

    numbers: Float[np.ndarray, "n d"]
    happened: Float[np.ndarray, "n"]
    region: Int[np.ndarray, "n"]


class Taught(NamedTuple):
    """What every seed is taught and asked.

    Attributes:
      train, validation, test: the splits; numbers are normalised.
      rows: training windows of each seed, one of each of m regions.
    """

    train: Split
    validation: Split
    test: Split
    rows: Int[np.ndarray, "s m"]


class Line(NamedTuple):
    """What a learner of w sizes said after each of s seeds.

    Attributes:
      parameters: how many it has at each size.
      training: Brier score of its own training windows.
      validation: what it says of the validation windows: a probability, or what stands for it and
        may lie outside of 0 to 1.
      test: the same of the test windows.
    """

    parameters: Int[np.ndarray, "w"]
    training: Float[np.ndarray, "w s"]
    validation: Float[np.ndarray, "w s v"]
    test: Float[np.ndarray, "w s t"]


def lessons(
    key: Key[Array, ""], data: Data, reads: str, *, windows: int, choosing: int, seeds: int
) -> Taught:
    """Draw for each seed one window of each of some regions.

    Args:
      key: of the draws.
      data: one event.
      reads: the input that is a table of numbers.
      windows: that each seed is taught.
      choosing: validation windows that are kept, at most.
      seeds: how many.

    Raises:
      ValueError: there are fewer regions than windows are asked for.
    """
    normaliser = fit_columns(data.train.inputs[reads], data.train.rows.group)
    splits = []
    for split in (data.train, data.validation, data.test):
        known = np.asarray(split.events.known[:, 0])
        numbers = np.asarray(normalise(jnp.asarray(split.inputs[reads], float), normaliser))
        happened = np.asarray(split.events.happened[:, 0]).astype(np.float32)
        splits.append(take(Split(numbers, happened, split.rows.group), known))
    regions = len(np.unique(splits[0].region))
    if regions < windows:
        raise ValueError(
            f"{windows} windows of as many regions are to teach, but {regions} regions have a "
            "known label: give fewer --examples, or more --regions"
        )
    draws = [_one_a_region(named(key, f"seed_{i}"), splits[0].region) for i in range(seeds)]
    train, validation, test = splits
    order = jax.random.permutation(named(key, "validation"), len(validation.region))
    validation = take(validation, np.sort(np.asarray(order)[:choosing]))
    return Taught(train, validation, test, np.stack([rows[:windows] for rows in draws]))


def _one_a_region(key: Key[Array, ""], region: Int[np.ndarray, "n"]) -> Int[np.ndarray, "g"]:
    """A random row of each region, in random order."""
    order = np.asarray(jax.random.permutation(key, len(region)))
    return order[np.sort(np.unique(region[order], return_index=True)[1])]


def least_squares(
    features: Float[np.ndarray, "m p"], targets: Float[np.ndarray, "m"], penalties: Sequence[float]
) -> tuple[Float[np.ndarray, "p"], Float[np.ndarray, "p l"]]:
    """Weights on centred features that make Σ (x·w − y)² + λ |w|² least, for each λ.

    Args:
      features: x, of training.
      targets: y, centred.
      penalties: λ; with 0 the shortest of all that fit best.

    Returns:
      The centre of the features, and the weights.

    Example:
      >>> x, y = np.array([[1.0, 1.0], [-1.0, -1.0]]), np.array([2.0, -2.0])
      >>> least_squares(x, y, [0.0, 4.0])[1].round(6).tolist()  # they share what one could do
      [[1.0, 0.5], [1.0, 0.5]]
    """
    centre = features.mean(0)
    u, s, v = np.linalg.svd(features - centre, full_matrices=False)
    kept = s > s[0] * 1e-12  # beyond that they are rounding errors
    u, s, v = u[:, kept], s[kept, None], v[kept]
    shrunk = s / (s**2 + np.asarray(penalties)) * (u.T @ targets)[:, None]
    return centre, v.T @ shrunk


def random_features(key: Key[Array, ""], taught: Taught, counts: Sequence[int]) -> dict[str, Line]:
    """Fixed random units of which only the last layer is learned, by least squares.

    ``y = c + Σⱼ vⱼ relu(wⱼ · x + bⱼ)`` with p + 1 parameters v and c; w and b are drawn from normal
    distributions. It fits m windows exactly from p + 1 = m on, where least squares are ill-posed.

    Args:
      key: of the units.
      taught: the lessons.
      counts: p.

    Returns:
      Lines `FEATURES`, with the least norm, and `RIDGE`, whose penalty validation chooses.

    References:
      Belkin et al. (2019), doi:10.1073/pnas.1903070116;
      Hastie et al. (2022), doi:10.1214/21-AOS2133
    """
    said = [
        _of_seed(named(key, f"seed_{i}"), taught, rows, counts)
        for i, rows in enumerate(taught.rows)
    ]
    seeds = {name: [each[name] for each in said] for name in (FEATURES, RIDGE)}
    return {
        name: Line(np.asarray(counts) + 1, *(np.stack(x, 1) for x in zip(*each, strict=True)))
        for name, each in seeds.items()
    }


def _of_seed(
    key: Key[Array, ""], taught: Taught, rows: Int[np.ndarray, "m"], counts: Sequence[int]
) -> dict[str, tuple[np.ndarray, ...]]:
    train, validation, test = taught[:3]
    taught_numbers = train.numbers[rows]
    y = train.happened[rows].astype(np.float64)
    drawn = np.asarray(jax.random.normal(key, (train.numbers.shape[1] + 1, max(counts))), float)
    units = [
        np.maximum(x @ drawn[:-1] / np.sqrt(x.shape[1]) + drawn[-1], 0.0)
        for x in (taught_numbers, validation.numbers, test.numbers)
    ]
    found: dict[str, list[tuple[np.ndarray, ...]]] = {FEATURES: [], RIDGE: []}
    for p in counts:
        centre, weights = least_squares(units[0][:, :p], y - y.mean(), PENALTIES)
        said = [y.mean() + (x[:, :p] - centre) @ weights for x in units]
        best = np.argmin([brier(x, validation.happened) for x in said[1].T])
        for name, column in ((FEATURES, 0), (RIDGE, int(best))):
            fitted, held, tested = (x[:, column].astype(np.float32) for x in said)
            found[name].append((np.asarray(brier(fitted, y)), held, tested))
    return {name: tuple(map(np.stack, zip(*each, strict=True))) for name, each in found.items()}


def brier(said: Float[np.ndarray, "*n m"], happened: Float[np.ndarray, "m"]) -> np.ndarray:
    """Mean squared error of what is said, kept within 0 and 1."""
    return ((np.clip(said, 0.0, 1.0) - happened) ** 2).mean(-1)


def squared_error() -> Loss:
    """Squared error of an output that stands for the probability itself, not for its log-odds.

    Example:
      >>> events = Events(jnp.array([[True]]), jnp.array([[True]]))
      >>> squared_error()(jnp.array([[0.5]]), events).tolist()
      [0.25]
    """

    def loss(output: Float[Array, "b k"], events: Events) -> Float[Array, "b"]:
        return sum_known((output - events.happened) ** 2, events)

    return loss


def networks(
    key: Key[Array, ""],
    taught: Taught,
    widths: Sequence[int],
    training: TrainConfig,
    *,
    squared: bool,
    at_once: int | None = None,
) -> dict[str, Line]:
    """Perceptrons of one hidden layer of all widths, every layer learned.

    Args:
      key: of networks and batches; narrow networks are parts of the wide one of the same seed.
      taught: the lessons.
      widths: units of the hidden layer.
      training: how; without weight decay, the number of parameters is all that differs.
      squared: whether squared error is made small, or cross-entropy.
      at_once: networks in one program, see `jsolar.train.many.many`.

    Returns:
      A line after the last epoch, and one after the epoch that validation chooses.
    """
    train, validation = taught[:2]
    seeds, dim = len(taught.rows), train.numbers.shape[1]
    model = widest(max(widths), outputs=1)
    loss, said = (squared_error(), _itself) if squared else (cross_entropy(), jax.nn.sigmoid)
    keys = jnp.stack([named(key, f"seed_{i}") for i in range(seeds)])
    runs = Runs(
        key=jnp.repeat(keys, len(widths)),
        rows=np.repeat(taught.rows, len(widths), axis=0),
        targets=_for_all(train.happened, seeds * len(widths)),
        held={STOPPED: _for_all(validation.happened, seeds * len(widths))},
        start=_starts(model.init, keys, dim, widths),
    )
    fit = many(model, loss, training, at_once=at_once)
    names = (SQUARED, SQUARED_STOPPED) if squared else (CROSS_ENTROPY, CROSS_ENTROPY_STOPPED)
    trained = fit(runs, train.numbers, validation.numbers, name=names[0])
    outputs = outputs_of_many(model, at_once=1)
    counts = np.array([parameter_count(dim, width) for width in widths])

    def line(params: PyTree) -> Line:
        each = [
            np.asarray(said(outputs(params, split.numbers)[..., 0]))
            .reshape(seeds, len(widths), -1)
            .swapaxes(0, 1)
            for split in taught[:3]
        ]
        own = np.stack([
            brier(each[0][:, s, rows], train.happened[rows])
            for s, rows in enumerate(taught.rows)
        ], 1)  # fmt: skip
        return Line(counts, own, *each[1:])

    return {
        name: line(trained.params[which])
        for name, which in zip(names, (LAST, STOPPED), strict=True)
    }


def _itself(output: np.ndarray) -> np.ndarray:
    return output


def _for_all(happened: Float[np.ndarray, "n"], runs: int) -> Events:
    """The same labels for every run, without a copy."""
    shape = (runs, len(happened), 1)
    label = np.broadcast_to(happened[:, None] > 0, shape)
    return Events(label, np.broadcast_to(np.True_, shape))


def _starts(
    init: Callable[..., PyTree], keys: Key[Array, "s"], dim: int, widths: Sequence[int]
) -> PyTree:
    """Parameters of every seed at every width, ``[s · w, ...]``."""
    whole = jax.vmap(lambda key: init(key, jnp.ones((1, dim))))(keys)
    narrow = jax.vmap(jax.vmap(narrowed, in_axes=(None, 0)), in_axes=(0, None))
    each = narrow(whole, jnp.asarray(widths))
    return jax.tree.map(lambda x: x.reshape(-1, *x.shape[2:]), each)


def as_columns(lines: Mapping[str, Line]) -> dict[str, np.ndarray]:
    """Lines as the arrays of a file."""
    return {
        f"{name}/{field}": x for name, line in lines.items() for field, x in line._asdict().items()
    }


def from_columns(columns: Mapping[str, np.ndarray]) -> Mapping[str, Line]:
    """The lines that `as_columns` made arrays of."""
    names = dict.fromkeys(path.partition("/")[0] for path in columns)
    return {name: Line(*(columns[f"{name}/{field}"] for field in Line._fields)) for name in names}
