"""From a predicted picture to a forecast: what a flare network says of the picture that will come.

A network of `experiments.flare_cnn` looks at what was observed at the lead, and at what each method
predicted of it. A method whose picture leads to the same forecast has foreseen what matters for
flares, as that network sees it; whether flares came is another question.
"""

import pathlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Key

from jsolar.forecast.methods.calibrated import Calibrated
from jsolar.forecast.saved import Trained, load_forecaster
from jsolar.pictures.compare import Comparison, plain
from jsolar.pictures.series import column
from jsolar.report.tables import markdown
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.units import HOURS_PER_DAY, SYNODIC_DEGREES_PER_DAY
from jsolar.verify.events.calibration import log_odds
from jsolar.verify.intervals import Interval, block_bootstrap, sums_by_block
from jsolar.verify.weighting import ratio

OBSERVED = "observed"

READING = [
    "The flare network learned from pictures with noise and network; one without them, be it a",
    "mean or the true field itself, is unlike any that it has seen, and its probabilities may be",
    "off: the true field of now differs from persistence by them alone. Correlation heeds the",
    "order only.",
]
"""How to read the table."""


class Agreement(NamedTuple):
    """How far forecasts from predicted pictures agree with those from the observed ones.

    Attributes:
      events: names.
      scores: ``{method: {score: Interval}}``, an entry an event: ``rms``, of the difference of the
        probabilities; ``correlation``, of the log-odds; ``same``, share of the same yes or no.
    """

    events: list[str]
    scores: Mapping[str, Mapping[str, Interval]]

    def summary(self) -> dict[str, Any]:
        """What ``summary.json`` holds."""

        def told(interval: Interval) -> dict[str, Any]:
            return {
                event: plain(Interval(*(np.asarray(x)[i] for x in interval)))
                for i, event in enumerate(self.events)
            }

        return {name: {k: told(v) for k, v in of.items()} for name, of in self.scores.items()}


def flare_model(folder: pathlib.Path, facts: Mapping[str, Any]) -> Trained:
    """A flare network that can look at pictures of a data set.

    Args:
      folder: ``model`` in a finished run of ``flare_cnn``.
      facts: of the pictures.

    Returns:
      The network with its calibration and thresholds.

    Raises:
      FileNotFoundError: there is no such run.
      ValueError: its network looks at pictures of another size or scale.
    """
    model = load_forecaster(folder)
    ours, theirs = (
        (of.get("size"), of.get("degrees_per_pixel")) for of in (facts, model.card["data"])
    )
    if ours != theirs:
        raise ValueError(
            f"{folder} looks at pictures of {theirs[0]} pixels of {theirs[1]}°, these have "
            f"{ours[0]} of {ours[1]}°: train flare_cnn with --size {ours[0]} --degrees-per-pixel "
            f"{ours[1]}"
        )
    return model


def flare_agreement(
    key: Key[Array, ""], comparison: Comparison, model: Trained, *, lead: float
) -> Agreement:
    """Forecast flares from the pictures of every method.

    Args:
      key: of the bootstrap over regions.
      comparison: whose pictures are looked at; the series must know their longitude.
      model: from `flare_model`.
      lead: hours.

    Returns:
      How far they agree with forecasts from what was observed.
    """
    data = comparison.data
    number, test = column(data.lead_hours, lead), data.test
    mu = _mu(test.latitude_deg, test.longitude_deg, lead)
    forecast = Calibrated(model.network, model.platt)
    scale = float(data.facts["degrees_per_pixel"])
    came = np.nan_to_num(np.asarray(test.future[:])[:, number])
    shown = {name: pictures[number] for name, pictures in comparison.predictions.items()}
    said = {
        name: np.asarray(forecast(_inputs(pictures, mu, scale)))
        for name, pictures in {OBSERVED: came, **shown}.items()
    }
    thresholds = np.array([np.nan if t is None else t for t in model.card["thresholds"]])
    regions, index = np.unique(test.rows.group, return_inverse=True)
    found = {}
    for name in shown:
        sums = _compared(said[name], said[OBSERVED], thresholds)
        by_region = sums_by_block(sums, index, blocks=len(regions))
        found[name] = jax.device_get(block_bootstrap(key, by_region, _scores))
    return Agreement(list(model.card["events"]), found)


def section(agreement: Agreement, *, lead: float) -> list[str]:
    """The table as lines of a report."""
    header = ["forecast from the picture of"]
    for event in agreement.events:
        header += [f"{event}: rms Δp", "r of log-odds", "same yes or no"]
    rows = [
        [name, *(_told(of, i) for i in range(len(agreement.events)) for _told in _TOLD)]
        for name, of in agreement.scores.items()
    ]
    head = (
        f"**Flares** forecast by a trained CNN from the pictures predicted {lead:g} h ahead, beside"
        " its forecast from the picture that came (not beside the flares that came)"
    )
    return [head, "", markdown(header, rows), "", *READING, ""]


def _interval(score: str) -> Any:
    def told(of: Mapping[str, Interval], event: int) -> str:
        value, low, high = (float(np.asarray(x)[event]) for x in of[score][:3])
        return "–" if np.isnan(value) else f"{value:.3f} [{low:.3f}, {high:.3f}]"

    return told


_TOLD = tuple(map(_interval, ("rms", "correlation", "same")))


def _mu(
    latitude_deg: Float[np.ndarray, "n"], longitude_deg: Float[np.ndarray, "n"] | None, lead: float
) -> Float[np.ndarray, "n"]:
    """μ of the regions at the lead, for an observer above latitude 0."""
    assert longitude_deg is not None, "these series do not know their longitude"
    longitude = longitude_deg + lead * SYNODIC_DEGREES_PER_DAY / HOURS_PER_DAY
    return np.cos(np.deg2rad(latitude_deg)) * np.cos(np.deg2rad(longitude))


def _inputs(
    radial: Float[np.ndarray, "n h w"], mu: Float[np.ndarray, "n"], scale: float
) -> dict[str, np.ndarray]:
    """What flare networks read, of the line-of-sight field μ B_r."""
    seen = (radial * mu[:, None, None]).astype(np.float32)
    keywords = jax.jit(jax.vmap(lambda x, m: patch_keywords(x, degrees_per_pixel=scale, mu=m)))
    return {"image": seen[..., None], "keywords": np.asarray(keywords(seen, mu.astype(np.float32)))}


def _compared(
    p: Float[np.ndarray, "n k"], q: Float[np.ndarray, "n k"], thresholds: Float[np.ndarray, "k"]
) -> dict[str, Float[np.ndarray, "n k"]]:
    x, y = (np.asarray(log_odds(jnp.asarray(each))) for each in (p, q))
    same = np.where(np.isnan(thresholds), np.nan, (p >= thresholds) == (q >= thresholds))
    sums = {"n": np.ones_like(x), "x": x, "y": y, "xx": x * x, "yy": y * y, "xy": x * y}
    return {**sums, "same": same, "square": np.square(p - q)}


def _scores(sums: Mapping[str, Array]) -> dict[str, Float[Array, "k"]]:
    n, x, y = (sums[name] for name in ("n", "x", "y"))
    xx, yy, xy = sums["xx"] - x * x / n, sums["yy"] - y * y / n, sums["xy"] - x * y / n
    return {
        "rms": jnp.sqrt(ratio(sums["square"], n)),
        "correlation": ratio(xy, jnp.sqrt(xx * yy)),
        "same": ratio(sums["same"], n),
    }
