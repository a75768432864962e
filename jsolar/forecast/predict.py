"""Flares forecast with a trained run from new SHARP files: JSON, and a picture of what mattered."""

import functools
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from jsolar.explain import integrated_gradients
from jsolar.forecast.saved import Trained, load_forecaster
from jsolar.report import plots
from jsolar.run import each_file
from jsolar.sun.conventions import WINDOW_HOURS
from jsolar.sun.files.sharp import Sharp, SharpHeader
from jsolar.sun.files.sharp_patch import (
    CROPPED,
    INPUTS,
    LINE_OF_SIGHT,
    SharpPatch,
    is_good,
    is_near,
    patch_inputs,
    read_channels,
    sharp_patch,
)
from jsolar.sun.units import MM_PER_DEGREE
from jsolar.train.saved import CARD
from jsolar.types import Model, PyTree
from jsolar.verify.events.calibration import apply_platt, log_odds
from jsolar.writing import write_json

NOT_A_FORECAST = "trained on simulated data; not a forecast"


def predict(folder: pathlib.Path, files: Sequence[pathlib.Path], output: pathlib.Path) -> None:
    """Forecast for every file and write ``<file>.json`` and ``<file>.png``.

    Args:
      folder: of the model.
      files: SHARP CEA files, ….magnetogram.fits; of a model of the vector field ….Br.fits, the
        other segments beside them.
      output: where JSON and pictures go; made if need be.

    Raises:
      ValueError: the model reads something else, or the only file is no line-of-sight SHARP.
      FilesError: some of several files could not be used; the others were.
    """
    model = load(folder)
    channels = model.card["data"].get("channels", LINE_OF_SIGHT)

    def one(path: pathlib.Path, name: str) -> str:
        record, cut, shares = forecast(model, *read_channels(path, channels))
        output.mkdir(parents=True, exist_ok=True)
        return _write(output / name, record, cut, shares)

    each_file(files, one)


def load(folder: pathlib.Path) -> Trained:
    """The trained network, if it can be applied to SHARPs.

    Raises:
      FileNotFoundError: there is none.
      ValueError: it reads something that a SHARP does not give.
    """
    model = load_forecaster(folder)
    if model.network.reads not in INPUTS or "size" not in model.card["data"]:
        raise ValueError(
            f"{folder / CARD} holds no model for SHARP files, it reads {model.network.reads}: "
            "use a finished run of experiments.flare_cnn, of this version"
        )
    return model


def forecast(
    model: Trained, *sharps: Sharp
) -> tuple[dict[str, Any], SharpPatch, Float[np.ndarray, "h w c"]]:
    """Forecast for one SHARP.

    Args:
      model: from `load`.
      *sharps: the segments that it reads.

    Returns:
      What the JSON holds; the patch; and the share of each pixel and channel in the log-odds of the
      last (strongest) event.

    Raises:
      ValueError: the segments are of shapes or of a scale that do not fit.
    """
    data, network = model.card["data"], model.network
    cut = sharp_patch(*sharps, size=data["size"], degrees_per_pixel=data["degrees_per_pixel"])
    how: dict[str, Any] = {"model": network.model, "degrees_per_pixel": cut.degrees_per_pixel}
    logits, shares = _judge(network.params, jnp.asarray(cut.image), cut.field_mu, **how)
    odds = log_odds(jax.nn.sigmoid(logits))  # kept within bounds, as when it was fitted
    probability = np.asarray(apply_platt(model.platt, odds))
    return _record(model, sharps[0].header, probability, cut), cut, np.asarray(shares)


@functools.partial(jax.jit, static_argnames=["model", "degrees_per_pixel"])
def _judge(
    params: PyTree,
    image: Float[Array, "h w c"],
    field_mu: float | Float[Array, ""],
    *,
    model: Model,
    degrees_per_pixel: float,
) -> tuple[Float[Array, "k"], Float[Array, "h w c"]]:
    """Logits, and the share of each pixel in the last; compiled once for all files of a run."""

    def logits(image: Float[Array, "h w c"]) -> Float[Array, "k"]:
        one = patch_inputs(image, field_mu, degrees_per_pixel=degrees_per_pixel)
        inputs = jax.tree.map(lambda x: x[None], one)
        return model.apply(params, inputs)[0][0]

    return logits(image), integrated_gradients(lambda x: logits(x)[-1], image)


def _write(
    path: pathlib.Path,
    record: Mapping[str, Any],
    cut: SharpPatch,
    shares: Float[np.ndarray, "h w c"],
) -> str:
    """Write ``path.json`` and ``path.png`` and return what they say in a line."""
    chances = ", ".join(f"{e}: {v['probability']:.1%}" for e, v in record["events"].items())
    note = "; ".join(record["warnings"])
    plots.explanation(
        cut.image,
        shares,
        path.with_name(path.name + ".png"),
        title=f"HARP {record['harp']}, {record['issue_time']} UTC\n{chances}",
        event=list(record["events"])[-1],
        cell_mm=cut.degrees_per_pixel * MM_PER_DEGREE,
        component="radial" if cut.channels[0] == "Br" else "line-of-sight",
        note=note,
    )
    write_json(path.with_name(path.name + ".json"), record)
    line = f"{path.name}: {chances} within {WINDOW_HOURS:.0f} h"
    return f"{line} ({note})" if note else line


def _record(
    model: Trained, header: SharpHeader, probability: Float[np.ndarray, "k"], cut: SharpPatch
) -> dict[str, Any]:
    card = model.card
    events = zip(card["events"], probability, card["thresholds"], strict=True)
    return {
        "file": header.path.name,
        "harp": header.harp,
        "noaa_regions": header.noaa_regions,
        "issue_time": str(header.time),
        "window_hours": WINDOW_HOURS,
        "latitude_deg": header.latitude_deg,
        "longitude_deg": header.longitude_deg,
        "cos_heliocentric_angle": cut.mu,
        "flux_share": cut.flux_share,
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
        "warnings": _warnings(header, cut, card),
    }


def _warnings(header: SharpHeader, cut: SharpPatch, card: Mapping[str, Any]) -> list[str]:
    """Why not to trust the forecast."""
    warnings = [NOT_A_FORECAST] if card["data"]["synthetic"] else []
    if not is_near(header):
        warnings.append("farther from the central meridian than anything it was trained on")
    if cut.flux_share < CROPPED:
        warnings.append(f"only {cut.flux_share:.0%} of the region's flux is in the picture")
    if not is_good(header):
        warnings.append(f"QUALITY {header.quality:#x} is bad or unknown")
    thresholds = zip(card["events"], card["thresholds"], strict=True)
    open_ = [event for event, threshold in thresholds if threshold is None]
    if open_:
        warnings.append(
            f"no yes or no on {', '.join(open_)}: its validation data had no such event"
        )
    return warnings
