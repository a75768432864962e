"""Which labels are wrong? Forecasts of regions that nothing was learned from, against the labels.

``python -m experiments.label_audit`` plants errors in whole simulated regions and looks how many of
them are found, beside chance and beside forecasts that know the region of every window.
``region_days`` goes through real NOAA region days; ``--labels FILE`` audits the labels that a
flare list gives to these days, tells where the table disagrees, and what it costs to learn from
the one and to be tested by the other. ``suspects.csv`` holds what a person should look at, the
worst first.
"""

import dataclasses
import pathlib
from collections.abc import Sequence
from typing import Any, NamedTuple

import jax
import numpy as np
import pandas as pd
from jaxtyping import Array, Key

from experiments.flare_data import FEW, Pictures, RegionDays, features, load_days, load_pictures
from experiments.noise import audit_report
from experiments.noise.auditing import Audit, audit
from experiments.noise.two_lists import two_lists
from jsolar.data import noise
from jsolar.forecast.compare import Comparison
from jsolar.forecast.examples import Examples, Inputs
from jsolar.forecast.methods.classical import random_forest
from jsolar.keys import named
from jsolar.run import Run, command
from jsolar.sun.flares.catalogue import FlareList, flare_list, goes_flux, time
from jsolar.sun.flares.labels import label_windows
from jsolar.types import Events


@dataclasses.dataclass(frozen=True)
class Config:
    """What is audited, and by whom.

    Attributes:
      data: ``synthetic`` with planted errors, or ``region_days``.
      pictures: the simulated data; the first of its classes is the event.
      days: the real ones, likewise.
      labels: flare lists whose labels of the region days are audited, in place of the table's.
      share: of the regions whose labels are flipped, in simulated data.
      draws: how often errors are planted.
      folds: of the regions.
      trees: of the forest that forecasts.
      top: rows of ``suspects.csv``.
      seed: of everything.
      workdir: where everything goes; ``runs/label_audit/<preset>`` if not given.
    """

    data: str = "synthetic"
    pictures: Pictures = Pictures(
        regions=1000, windows=20, size=32, degrees_per_pixel=0.48, classes=("C1.0",)
    )
    days: RegionDays = RegionDays(classes=("C1.0",))
    labels: tuple[pathlib.Path, ...] = ()
    share: float = 0.05
    draws: int = 10
    folds: int = 5
    trees: int = 100
    top: int = 200
    seed: int = 0
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("errors planted in 5 % of 500 simulated regions; minutes on 2 cores", Config()),
    "region_days": ("NOAA region days 1996–2014; a minute", Config(data="region_days")),
    "smoke": (
        "seconds, for the tests",
        Config(
            pictures=dataclasses.replace(FEW, classes=("C1.0",)),
            share=0.2,
            draws=2,
            folds=2,
            trees=10,
            top=20,
        ),
    ),
}


class Audited(NamedTuple):
    """What was audited.

    Attributes:
      examples: with the labels that were audited.
      truth: labels to compare with, or None.
      audits: one for each draw of the errors.
      event: its name.
      facts: of the data.
      lists: what the labels of the other list cost in training, or None.
    """

    examples: Examples
    truth: np.ndarray | None
    audits: Sequence[Audit]
    event: str
    facts: dict[str, Any]
    lists: Comparison | None = None


def main(run: Run) -> dict[str, Any]:
    """Labels, forecasts of unseen regions, suspects, report."""
    config, key = run.config, jax.random.key(run.config.seed)
    if config.data not in ("synthetic", "region_days"):
        raise ValueError(f"--data {config.data} is neither synthetic nor region_days")
    audited = _planted(key, config) if config.data == "synthetic" else _region_days(key, config)
    _write_suspects(run.folder / "suspects.csv", audited, top=config.top)
    return audit_report.write(run, audited)


def _planted(key: Key[Array, ""], config: Config) -> Audited:
    """Simulated regions, some of them with all labels wrong, again and again."""
    data = load_pictures(config.pictures, seed=config.seed)
    train, rows = data.train, data.train.rows
    happened, known = (np.asarray(column)[:, :1] for column in train.events)
    plant = noise.symmetric(config.share, whole_regions=True)
    judge = random_forest(_keywords, trees=config.trees)
    examples, audits = train, []
    for i in range(config.draws):
        own = named(key, f"draw_{i}")
        told = plant(named(own, "errors"), happened, rows.group, rows.time).labels
        examples = train._replace(
            inputs={"keywords": train.inputs["keywords"], "image": train.inputs["image"]},
            events=Events(told, known),
        )
        audits.append(
            audit(own, judge, examples, data.validation, wrong=told != happened, folds=config.folds)
        )
    return Audited(examples, happened, audits, data.events[0], dict(data.facts))


def _region_days(key: Key[Array, ""], config: Config) -> Audited:
    """Real region days, with the labels of the table or of a flare list."""
    _, data = load_days(config.days)
    parts = (data.train, data.validation, data.test)
    everything = jax.tree.map(lambda *columns: np.concatenate(columns), *map(_told_only, parts))
    happened, known = (np.asarray(column)[:, :1] for column in everything.events)
    labels, truth, lists = happened, None, None
    if config.labels:
        labels, covered = _by_list(everything, config)
        truth, known = happened, known & covered
        one = everything._replace(events=Events(happened, known))
        how: dict[str, Any] = {"event": data.events[0], "trees": config.trees}
        lists = two_lists(named(key, "lists"), one, labels, covered, features, **how)
    examples = everything._replace(events=Events(labels, known))
    judge = random_forest(features, trees=config.trees)
    wrong = None if truth is None else labels != truth
    found = audit(key, judge, examples, data.validation, wrong=wrong, folds=config.folds)
    return Audited(examples, truth, [found], data.events[0], dict(data.facts), lists)


def _told_only(examples: Examples) -> Examples:
    """With the inputs that the judge reads."""
    return examples._replace(inputs={"features": examples.inputs["features"]})


def _by_list(examples: Examples, config: Config) -> tuple[np.ndarray, np.ndarray]:
    """Whether a flare of the list began there on the day, and whether the list covers the day."""
    from jsolar.sun.files.flare_lists import read_flare_lists

    flares = _by_start(read_flare_lists(config.labels, flux_scale="operational"))
    day = examples.rows.time.astype("datetime64[D]").astype("datetime64[s]")
    second = np.timedelta64(1, "s")
    window = (day - second, day + np.timedelta64(24 * 3600, "s") - second)
    label = label_windows(flares, examples.rows.group, *window)
    covered = (flares.source.begins <= day) & (window[1] <= flares.source.ends)
    largest = goes_flux(config.days.classes[0])
    return (label.flux_w_m2 >= largest)[:, None], covered[:, None]


def _by_start(flares: FlareList) -> FlareList:
    """The list with flares at the time at which they begin, as region days count them."""
    begins = np.where(np.isnat(flares.start), time(flares), flares.start)
    return flare_list(flares.source, start=begins, flux_w_m2=flares.flux_w_m2, region=flares.region)


def _keywords(inputs: Inputs) -> Any:
    return inputs["keywords"]


def _write_suspects(path: pathlib.Path, audited: Audited, *, top: int) -> None:
    """The most doubtful labels, the worst first."""
    rows, found = audited.examples.rows, audited.audits[-1]
    order = found.order[:top]
    columns = {
        "id": rows.id[order],
        "region": rows.group[order],
        "time": rows.time[order].astype(str),
        "labelled": audited.examples.events.happened[order, 0],
        "probability": found.probability[order].round(4),
        "doubt": found.doubt[order].round(3),
        "suspect": found.suspect[order],
    }
    if audited.truth is not None:
        columns["reference"] = audited.truth[order, 0]
    table = pd.DataFrame(columns)
    table.index = pd.RangeIndex(1, len(table) + 1, name="rank")
    table.to_csv(path)


if __name__ == "__main__":
    command("label_audit", PRESETS, main)
