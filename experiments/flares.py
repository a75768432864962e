"""What the flare experiments share: the data, the comparison of methods, the report, the model."""

import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax

from jsolar import run
from jsolar.data import audit
from jsolar.data.examples import flare_examples
from jsolar.keys import named
from jsolar.methods.calibrated import Calibrated
from jsolar.report import page, plots
from jsolar.types import Examples, Forecast, Method
from jsolar.verify.baselines import climatology
from jsolar.verify.comparison import Probabilities, columns, differences, scorecards

SIMULATED = "simulated data, no observation"


class FlareData(NamedTuple):
    """Three splits and what is known about them.

    Attributes:
      train, validation, test: examples.
      events: names of the events, e.g. ``"≥M1.0"``.
      facts: name and version of the data set, whether it is synthetic, scale of the pictures.
    """

    train: Examples
    validation: Examples
    test: Examples
    events: tuple[str, ...]
    facts: Mapping[str, Any]


def load_flares(config: Any) -> FlareData:
    """Build the simulated data set that the config describes, or open a prepared one.

    Args:
      config: with the fields of `experiments.flare_cnn.Config`.

    Returns:
      The splits, checked for leaks.

    Raises:
      FileNotFoundError: the data set has not been prepared.
      jsolar.data.audit.LeakError: its splits share regions or windows.
    """
    builder = _synthetic(config) if config.data == "synthetic" else _prepared(config)
    splits = {
        name: flare_examples(
            builder.as_data_source(name), classes=config.classes, in_memory=config.in_memory
        )
        for name in ("train", "validation", "test")
    }
    audit.check_splits(splits)
    facts = {"name": builder.info.full_name, **builder.info.metadata}
    return FlareData(*splits.values(), tuple(f"≥{name}" for name in config.classes), facts)


def compare_methods(
    this: run.Run,
    data: FlareData,
    methods: Mapping[str, Method],
    *,
    pairs: Sequence[tuple[str, str]],
) -> tuple[dict[str, Forecast], dict[str, Any]]:
    """Fit all methods, verify their forecasts, write the report, print the table.

    Args:
      this: the run; its config has a ``seed``.
      data: splits.
      methods: by name, in the order of the table.
      pairs: methods whose difference of TSS is shown.

    Returns:
      The fitted forecasts by name, and the summary.
    """
    key = jax.random.key(this.config.seed)
    fitted = {
        name: method.fit(named(key, name), data.train, data.validation)
        for name, method in methods.items()
    }
    said = {
        name: Probabilities(forecast(data.validation.inputs), forecast(data.test.inputs))
        for name, forecast in fitted.items()
    }
    if data.test.true_probability is not None:
        truth = (split.true_probability for split in (data.validation, data.test))
        said["oracle (true probability)"] = Probabilities(*truth)
    draws = named(key, "bootstrap")
    cards = scorecards(
        draws,
        said,
        data.validation,
        data.test,
        climatology=climatology(data.train.events),
        events=data.events,
    )
    gaps = differences(draws, said, data.validation, data.test, pairs, events=data.events)
    write_forecasts(this.folder / "forecasts.parquet", said, data, this.config.seed)
    write_report(this, data, said, cards, gaps)
    return fitted, {"data": data.facts, "models": cards, "differences": gaps}


def write_forecasts(
    path: pathlib.Path, said: Mapping[str, Probabilities], data: FlareData, seed: int
) -> None:
    """One row for each example, event and method, of validation and test."""
    import pandas as pd

    tables = []
    for name, probabilities in said.items():
        splits = {"validation": data.validation, "test": data.test}
        for split, probability in zip(splits, probabilities, strict=True):
            examples = splits[split]
            for k, event in enumerate(data.events):
                table = pd.DataFrame(
                    {
                        "id": examples.id,
                        "region": examples.region,
                        "issue_time": examples.issue_time,
                        "event": event,
                        "observed": examples.events.happened[:, k],
                        "known": examples.events.known[:, k],
                        "probability": probability[:, k],
                    }
                )
                facts = {"split": split, "model": name, "seed": seed}
                facts["simulated"] = bool(data.facts["synthetic"])
                tables.append(table.assign(**facts))
    part = path.with_name(path.name + ".part")
    pd.concat(tables).to_parquet(part, index=False)
    part.replace(path)


def write_report(
    this: run.Run,
    data: FlareData,
    said: Mapping[str, Probabilities],
    cards: Mapping[str, Any],
    gaps: Mapping[str, Any],
) -> None:
    """Figures, ``report.md``, and the same tables on the terminal."""
    note = SIMULATED if data.facts["synthetic"] else ""
    figures = _figures(this.folder, data, said, cards, note)
    lines = [f"# {this.experiment} ({this.preset})", ""]
    if note:
        lines += [f"**This is {note}.** Scores tell how methods compare on this simulator.", ""]
    tables = []
    for event in data.events:
        first = next(iter(cards.values()))[event]
        tables += [
            f"## {event} within 24 h",
            "",
            page.skill_table(cards, event),
            "",
            page.numbers_line(first),
            *_without_answer(cards, event),
            "",
        ]
    tables += [page.difference_table(gaps, data.events), ""]
    print("\n" + "\n".join(tables))
    lines += tables + page.READING + [f"![{path.stem}]({path.name})\n" for path in figures]
    run.write_whole(this.folder / "report.md", "\n".join(lines))
    print(f"Report and figures: {this.folder / 'report.md'}")


def save_model(
    this: run.Run,
    data: FlareData,
    method: str,
    forecast: Calibrated,
    cards: Mapping[str, Any],
    *,
    folder: str,
    network: str,
    config: Any,
    reads: str,
) -> None:
    """Write ``model.json``, which with the parameters is all that `jsolar.predict` needs.

    Args:
      this: the run.
      data: what it was trained on.
      method: name of the method in the table.
      forecast: the fitted method.
      cards: its scorecards by event, for the thresholds.
      folder: of the network within the run.
      network: name of its factory in `jsolar.predict.NETWORKS`.
      config: of the network.
      reads: the input that it reads.
    """
    model = {
        "experiment": this.experiment,
        "method": method,
        "network": network,
        "config": config,
        "reads": reads,
        "params": f"{folder}/params",
        "normaliser": json.loads((this.folder / folder / "normaliser.json").read_text()),
        "calibration": forecast.platt,
        "events": data.events,
        "thresholds": [cards[event]["threshold"] for event in data.events],
        "data": data.facts,
    }
    run.write_whole(this.folder / "model.json", json.dumps(run.plain(model), indent=2) + "\n")


def _synthetic(config: Any) -> Any:
    import tensorflow_datasets as tfds

    from jsolar.datasets.solar_flares.solar_flares_dataset_builder import builder
    from jsolar.datasets.solar_flares.synthetic import synthetic

    tfds.disable_progress_bar()  # the simulation shows its own
    options = {name: getattr(config, name) for name in ("regions", "windows", "size", "seed")}
    chosen = synthetic(**options, degrees_per_pixel=config.degrees_per_pixel)
    prepared = builder(chosen, config.data_dir)
    prepared.download_and_prepare()
    return prepared


def _prepared(config: Any) -> Any:
    import tensorflow_datasets as tfds

    name, _, chosen = config.data.partition("/")
    try:
        return tfds.core.read_only_builder.builder_from_files(
            name, config=chosen or None, data_dir=config.data_dir
        )
    except tfds.core.registered.DatasetNotFoundError:
        raise FileNotFoundError(
            f"the data set {config.data} is not prepared: see python -m jsolar.datasets list, and "
            "build it with python -m jsolar.datasets build"
        ) from None


def _without_answer(cards: Mapping[str, Any], event: str) -> list[str]:
    """Methods that leave examples out, and how many."""
    lines = []
    for name, card in cards.items():
        numbers = card[event]["numbers"]
        if missing := numbers["known"] - numbers["forecast"]:
            lines.append(f"{name} has no answer for {missing} of {numbers['known']} windows")
    return lines


def _figures(
    folder: pathlib.Path,
    data: FlareData,
    said: Mapping[str, Probabilities],
    cards: Mapping[str, Any],
    note: str,
) -> list[pathlib.Path]:
    paths = [folder / "skill.png"]
    plots.skill(cards, paths[0], note=note)
    for k, event in enumerate(data.events):
        slug = event.strip("≥").replace(".", "_")
        drawn = {n: columns(p, data.validation, data.test, k)[1] for n, p in said.items()}
        title = f"{event} within 24 h"
        paths += [folder / f"reliability_{slug}.png", folder / f"discrimination_{slug}.png"]
        plots.reliability(drawn, paths[-2], title=title, note=note)
        plots.discrimination(drawn, paths[-1], title=title, note=note)
    curves = {
        path.parent.name: [json.loads(line) for line in path.read_text().splitlines()]
        for path in sorted(folder.glob("*/metrics.jsonl"))
    }
    if curves:
        paths.append(folder / "training.png")
        plots.training(curves, paths[-1], note=note)
    return paths
