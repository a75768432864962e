"""Flares forecast with a trained run from new SHARP files.

For each line-of-sight SHARP file this writes a JSON with the calibrated probability of every
event, and a picture of the patch with the pixels that mattered. Everything comes from the run's
``model.json`` and its parameters; nothing is fitted.
"""

import functools
import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import tyro
from jaxtyping import Array, Float

from jsolar import run
from jsolar.data import normalise
from jsolar.explain import integrated_gradients
from jsolar.forecast.methods.calibrated import Calibrated
from jsolar.forecast.methods.neural import normalised
from jsolar.models.cnn import CNNConfig, cnn
from jsolar.models.mlp import MLPConfig, mlp
from jsolar.report import plots
from jsolar.sun import units
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, patch_keywords
from jsolar.sun.fields.patches import patch
from jsolar.sun.files.sharp import (
    GOOD_QUALITY,
    MAXIMUM_LONGITUDE_DEG,
    Sharp,
    SharpHeader,
    cos_heliocentric,
    read_sharp,
)
from jsolar.train.checkpoint import restore_params
from jsolar.types import Forecast, Model, PyTree
from jsolar.verify.events.calibration import Platt, apply_platt, log_odds

NETWORKS: dict[str, tuple[type, Callable[..., Model]]] = {
    "cnn": (CNNConfig, cnn),
    "mlp": (MLPConfig, mlp),
}
"""From the name in ``model.json`` to config and factory."""

INPUTS = ("image", "keywords")
"""What is made of a SHARP file for a network to read."""

NOT_A_FORECAST = "trained on simulated data; not a forecast"


class Trained(NamedTuple):
    """A run that can forecast.

    Attributes:
      model: of raw inputs, returning logits.
      params: its parameters.
      platt: the calibration, one slope and intercept for each event.
      card: all of ``model.json``.
    """

    model: Model
    params: PyTree
    platt: Platt
    card: Mapping[str, Any]


def save_model(
    this: run.Run,
    method: str,
    forecast: Forecast,
    cards: Mapping[str, Any],
    *,
    folder: str,
    network: str,
    config: Any,
    reads: str,
    data: Mapping[str, Any],
) -> None:
    """Write ``model.json``, which with the parameters is all that forecasting needs.

    Args:
      this: the run.
      method: name of the method in the report.
      forecast: the fitted method, `jsolar.forecast.methods.calibrated.calibrated`.
      cards: its scorecards by event, for the thresholds.
      folder: of the network within the run, see `jsolar.forecast.methods.neural.neural`.
      network: its name in `NETWORKS`.
      config: of the network.
      reads: the input that it reads.
      data: facts of the data that it was trained on.
    """
    if not isinstance(forecast, Calibrated):
        raise TypeError(f"the method {method} is not calibrated: wrap it in calibrated(…)")
    model = {
        "experiment": this.experiment,
        "method": method,
        "network": network,
        "config": config,
        "reads": reads,
        "params": f"{folder}/params",
        "normaliser": json.loads((this.folder / folder / "normaliser.json").read_text()),
        "calibration": forecast.platt,
        "events": list(cards),
        "thresholds": [card["threshold"] for card in cards.values()],
        "data": data,
    }
    run.write_whole(this.folder / "model.json", json.dumps(run.plain(model), indent=2) + "\n")


def load(workdir: pathlib.Path) -> Trained:
    """Open a finished run.

    Args:
      workdir: of an experiment that writes ``model.json``.

    Returns:
      The trained model.

    Raises:
      FileNotFoundError: the run is not finished, or was of an experiment without a model.
      ValueError: its model is of a kind unknown to this version of jsolar.
    """
    path = workdir / "model.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} does not exist: give the --workdir of a finished run, "
            "for instance runs/flare_cnn/default"
        )
    try:
        card = json.loads(path.read_text())
        model = _model(card)
        size = card["data"]["size"]
    except (ValueError, KeyError, TypeError):  # broken, of another network, or of other options
        raise ValueError(
            f"{path} holds no model that this version can apply to SHARP files: "
            "use a finished run of experiments.flare_cnn, of this version"
        ) from None
    blank = {
        "image": jnp.zeros((1, size, size, 1)),
        "keywords": jnp.zeros((1, len(PATCH_KEYWORDS))),
    }
    like = jax.eval_shape(model.init, jax.random.key(0), blank)
    platt = Platt(**{name: jnp.asarray(numbers) for name, numbers in card["calibration"].items()})
    return Trained(model, restore_params(workdir / card["params"], like), platt, card)


def _model(card: Mapping[str, Any]) -> Model:
    """The model of raw inputs that a card describes."""
    config_class, factory = NETWORKS[card["network"]]
    config = {k: tuple(v) if isinstance(v, list) else v for k, v in card["config"].items()}
    if card["reads"] not in INPUTS:
        raise ValueError(f"SHARP files give no {card['reads']!r}")
    normaliser = normalise.from_json(card["normaliser"])
    network = factory(config_class(**config), outputs=len(card["events"]))
    return normalised(network, card["reads"], normaliser)


def forecast(trained: Trained, sharp: Sharp) -> tuple[dict[str, Any], np.ndarray, np.ndarray]:
    """Forecast for one SHARP.

    Args:
      trained: from `load`.
      sharp: a line-of-sight magnetogram.

    Returns:
      What the JSON holds; the patch ``[h, w, 1]`` in gauss; and the share of each pixel in the
      log-odds of the last (strongest) event, of the same shape.

    Raises:
      ValueError: the file is no line-of-sight magnetogram, or of a scale that does not fit.
    """
    header, data = sharp.header, trained.card["data"]
    if header.segment != "magnetogram":
        raise ValueError(
            f"{header.path} is the segment {header.segment}: give the file of the line-of-sight "
            "field, ….magnetogram.fits"
        )
    image = jnp.asarray(_patch(sharp, data))
    mu = float(cos_heliocentric(header)[header.shape[0] // 2, header.shape[1] // 2])

    scale = data["degrees_per_pixel"]
    logits, shares = _judge(trained.params, image, mu, model=trained.model, degrees_per_pixel=scale)
    odds = log_odds(jax.nn.sigmoid(logits))  # kept within bounds, as when it was fitted
    probability = np.asarray(apply_platt(trained.platt, odds))
    return _record(trained, sharp, probability, mu), np.asarray(image), np.asarray(shares)


@functools.partial(jax.jit, static_argnames=["model", "degrees_per_pixel"])
def _judge(
    params: PyTree,
    image: Float[Array, "h w 1"],
    mu: float | Float[Array, ""],
    *,
    model: Model,
    degrees_per_pixel: float,
) -> tuple[Float[Array, "k"], Float[Array, "h w 1"]]:
    """Logits, and the share of each pixel in the last; compiled once for all files of a run."""

    def logits(image: Float[Array, "h w 1"]) -> Float[Array, "k"]:
        keywords = patch_keywords(image[..., 0], degrees_per_pixel=degrees_per_pixel, mu=mu)
        inputs = {"image": image[None], "keywords": keywords[None]}
        return model.apply(params, inputs)[0][0]

    return logits(image), integrated_gradients(lambda x: logits(x)[-1], image)


def _patch(sharp: Sharp, data: Mapping[str, Any]) -> Float[np.ndarray, "h w 1"]:
    """The picture as the network knows it."""
    try:
        cut = patch(
            sharp.pixels,
            degrees_per_pixel=sharp.header.degrees_per_pixel,
            size=data["size"],
            target_degrees_per_pixel=data["degrees_per_pixel"],
        )
    except ValueError as error:
        raise ValueError(f"{sharp.header.path}: {error}") from None
    return np.asarray(cut)


def main(
    workdir: Annotated[pathlib.Path, tyro.conf.Positional],
    files: Annotated[tuple[pathlib.Path, ...], tyro.conf.Positional],
    output: pathlib.Path | None = None,
) -> None:
    """Forecast flares for SHARP line-of-sight magnetograms with a trained run.

    Args:
      workdir: of a finished run, for instance runs/flare_cnn/default.
      files: SHARP CEA files, ….magnetogram.fits.
      output: folder for ``<file>.json`` and ``<file>.png``; ``forecasts`` in the workdir if not
        given.
    """
    if not files:
        raise ValueError("no file is given: name some SHARP CEA files, ….magnetogram.fits")
    trained = load(workdir)
    folder = output or workdir / "forecasts"
    for path in files:
        said = forecast(trained, read_sharp(path))
        folder.mkdir(parents=True, exist_ok=True)
        name = path.name.removesuffix(".gz").removesuffix(".fits")
        print(_write(folder / name, *said, trained.card["data"]["degrees_per_pixel"]))
    print(f"JSON and pictures: {folder}")


def _write(
    path: pathlib.Path,
    record: Mapping[str, Any],
    image: Float[np.ndarray, "h w 1"],
    shares: Float[np.ndarray, "h w 1"],
    degrees_per_pixel: float,
) -> str:
    """Write ``path.json`` and ``path.png`` and return what they say in a line."""
    chances = ", ".join(f"{e}: {v['probability']:.1%}" for e, v in record["events"].items())
    note = "; ".join(record["warnings"])
    plots.explanation(
        image,
        shares,
        path.with_name(path.name + ".png"),
        title=f"HARP {record['harp']}, {record['issue_time']} UTC\n{chances}",
        event=list(record["events"])[-1],
        cell_mm=degrees_per_pixel * units.MM_PER_DEGREE,
        note=note,
    )
    text = json.dumps(run.plain(record), indent=2) + "\n"
    run.write_whole(path.with_name(path.name + ".json"), text)
    return f"{path.name}: {chances} within 24 h" + (f" ({note})" if note else "")


def _record(
    trained: Trained, sharp: Sharp, probability: Float[np.ndarray, "k"], mu: float
) -> dict[str, Any]:
    header, card = sharp.header, trained.card
    events = zip(card["events"], probability, card["thresholds"], strict=True)
    return {
        "file": header.path.name,
        "harp": header.harp,
        "noaa_regions": header.noaa_regions,
        "issue_time": str(header.time),
        "window_hours": 24,
        "latitude_deg": header.latitude_deg,
        "longitude_deg": header.longitude_deg,
        "cos_heliocentric_angle": mu,
        "quality": header.quality,
        "events": {
            event: {
                "probability": float(p),
                "threshold": threshold,
                "yes": None if threshold is None else bool(p >= threshold),
            }
            for event, p, threshold in events
        },
        "model": {key: card[key] for key in ("experiment", "method", "data")},
        "warnings": _warnings(header, synthetic=card["data"]["synthetic"]),
    }


def _warnings(header: SharpHeader, *, synthetic: bool) -> list[str]:
    """Why not to trust the forecast."""
    warnings = [NOT_A_FORECAST] if synthetic else []
    if abs(header.longitude_deg) > MAXIMUM_LONGITUDE_DEG:
        warnings.append("farther from the central meridian than anything it was trained on")
    if not 0 <= header.quality < GOOD_QUALITY:
        warnings.append(f"QUALITY {header.quality:#x} is bad or unknown")
    return warnings


def command() -> None:
    """As ``python -m jsolar.predict``."""
    run.guarded("jsolar.predict", lambda: tyro.cli(main, prog="python -m jsolar.predict"))
