"""How much does a leaky split inflate scores, and whose most? The same windows, split three ways.

Windows of one active region repeat each other. Split at random, a method is tested on regions that
it was taught, an hour before and an hour after; split by region, or by time, it is not. Every
window is forecast once in each way (`jsolar.forecast.rotated`), so that the difference is of the
same windows and has an interval over regions. Windows a day apart, of which none overlap, stand
beside. ``python -m experiments.temporal_coherence`` asks six methods on simulated magnetograms;
``swan-sf`` on series an hour apart.
"""

import dataclasses
import pathlib
from collections.abc import Callable
from typing import Annotated, Any

import jax
import numpy as np
import tyro
from jaxtyping import Array, Int, Key
from tqdm import tqdm

from experiments import coherence_page
from experiments.coherence_page import REGIONS, TIME, WINDOWS, Told
from experiments.flare_data import RegionPictures, Series
from experiments.flare_rows import Methods, Offered, learned, load
from jsolar.data.leaks import Finding, Table, leaks
from jsolar.data.partitions import equal_events
from jsolar.forecast.examples import Examples, joined
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.kept import FOLDER, data_digest, kept
from jsolar.forecast.methods.cross_fitted import fold_of
from jsolar.forecast.rotated import rotated
from jsolar.keys import named
from jsolar.models.cnn import CNNConfig
from jsolar.models.mlp import MLPConfig
from jsolar.run import Run, command
from jsolar.sun.files.swan.window import OBSERVED_HOURS
from jsolar.train.config import TrainConfig
from jsolar.types import take
from jsolar.writing import file_stem

DAY = np.timedelta64(24 * 3600, "s")


@dataclasses.dataclass(frozen=True)
class Config:
    """What to split, and who is asked.

    Attributes:
      source: the data; all splits are put together and split anew.
      folds: of the windows, the regions and the time.
      methods: those that learn.
      seed: of everything.
      workdir: where everything goes; ``runs/temporal_coherence/<preset>`` if not given.
    """

    source: Annotated[RegionPictures | Series, tyro.conf.arg(name="")] = RegionPictures(
        regions=700, windows=24, size=32, degrees_per_pixel=0.48, classes=("C1.0",)
    )
    folds: int = 5
    methods: Annotated[Methods, tyro.conf.arg(name="")] = Methods(
        cnn=CNNConfig(widths=(8, 16, 32), dropout=0.0),
        cnn_training=TrainConfig(epochs=20, batch_size=128, learning_rate=3e-3),
        lstm_training=TrainConfig(epochs=20, batch_size=256),
        mlp=MLPConfig(hidden=(128, 128)),
        mlp_training=TrainConfig(epochs=40, batch_size=128, steps_per_call=20),
        trees=200,
    )
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": (
        "700 simulated regions, pictures 3 h apart; less than 20 minutes on 2 cores",
        Config(),
    ),
    "swan-sf": (
        "series of 800 simulated regions, an hour apart, as SWAN-SF has them; 2 cores",
        Config(Series(every=2, classes=("C1.0",))),
    ),
    "smoke": (
        "120 regions, 16² pictures; a minute, for the tests",
        Config(
            RegionPictures(
                regions=120, windows=8, size=16, degrees_per_pixel=0.96, classes=("C1.0",)
            ),
            folds=3,
            methods=Methods(
                cnn=CNNConfig(widths=(4,), hidden=4),
                cnn_training=TrainConfig(epochs=1, batch_size=32),
                mlp=MLPConfig(hidden=(8,)),
                mlp_training=TrainConfig(epochs=1, batch_size=32),
                trees=20,
            ),
        ),
    ),
}


def main(run: Run) -> dict[str, Any]:
    """Put the splits together, split anew in every way, forecast, compare, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    offered = load(config.source, seed=config.seed)
    data = offered.data
    hourly = joined([data.train, data.validation, data.test])
    pools = {"all windows": hourly, "a day apart": a_day_apart(hourly)}
    told = [
        Told(name, way, method, forecast)
        for name, pool in pools.items()
        for way, fold in ways(named(key, name), pool, config.folds).items()
        for method, forecast in forecasts(run, offered, pool, fold, f"{name}, {way}").items()
    ]
    audited = {
        way: audit(pools["all windows"], fold, config.source)
        for way, fold in ways(named(key, "all windows"), hourly, config.folds).items()
    }
    return coherence_page.write(run, named(key, "bootstrap"), data, pools, told, audited)


def ways(key: Key[Array, ""], pool: Examples, folds: int) -> dict[str, Int[np.ndarray, "n"]]:
    """The fold of every window: at random, by region, and by time with regions kept together."""
    regions, index = np.unique(pool.rows.group, return_inverse=True)
    begins = np.full(len(regions), pool.rows.time.max())
    np.minimum.at(begins, index, pool.rows.time)
    return {
        WINDOWS: fold_of(key, np.arange(len(index)), folds=folds),
        REGIONS: fold_of(key, pool.rows.group, folds=folds),
        TIME: equal_events(begins, np.zeros(len(regions), int), partitions=folds)[index] - 1,
    }


def a_day_apart(pool: Examples) -> Examples:
    """Of each region the first window, and every one that is a day or more after the one before."""
    order = np.lexsort((pool.rows.time, pool.rows.group))
    chosen: list[int] = []
    last: tuple[int, Any] | None = None
    for i in order:
        region, time = int(pool.rows.group[i]), pool.rows.time[i]
        if last is None or region != last[0] or time - last[1] >= DAY:
            chosen.append(int(i))
            last = (region, time)
    return take(pool, np.sort(chosen))


def forecasts(
    run: Run, offered: Offered, pool: Examples, fold: Int[np.ndarray, "n"], what: str
) -> dict[str, Probabilities]:
    """Every method on every window; what is there already is read."""
    folder = run.folder / file_stem(what)
    mine, key = data_digest([pool]), jax.random.key(run.config.seed)
    part = offered._replace(data=offered.data._replace(train=pool))
    found = {}
    for name in tqdm(list(learned(run.config.methods, part, folder)), desc=what, unit="method"):

        def make(place: pathlib.Path, name: str = name) -> Any:
            return learned(run.config.methods, part, place)[name]

        file = folder / FOLDER / f"{file_stem(name)}.npz"
        found[name] = kept(file, mine, _rotate(named(key, name), make, pool, fold, folder))
    return found


def _rotate(*what: Any) -> Callable[[], Probabilities]:
    *first, folder = what
    return lambda: rotated(*first, folder=folder)


def audit(pool: Examples, fold: Int[np.ndarray, "n"], source: Any) -> list[Finding]:
    """What the auditor says of the first fold as a test set."""
    observed = OBSERVED_HOURS if isinstance(source, Series) else 0.0
    table = Table(
        split=np.where(fold == 0, "test", "train"),
        region=pool.rows.group.astype(str),
        begin=pool.rows.time - np.timedelta64(round(observed * 3600), "s"),
        issue_time=pool.rows.time,
        seen_until=None,
        label_hours=24.0,
        label=np.asarray(pool.events.happened[:, 0]),
        features={},
    )
    return leaks(table)


if __name__ == "__main__":
    command("temporal_coherence", PRESETS, main)
