"""The free constants of the simulated flares, fitted to what is known of the real ones.

``python -m experiments.fit_sun`` simulates 8,000 regions once (a minute and a half on 2 cores) and
then changes only how their inversion-line flux becomes flares, until shares of windows, persistence
and the law of peak fluxes are as near to the real Sun as they come. Nothing is trained here. It
prints what it finds beside the constants that it began with, which are the defaults of
`jsolar.sun.simulate.SunConfig`; a Sun of one's own begins with ``--sun.…``.
"""

import dataclasses
import pathlib
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from scipy.optimize import least_squares
from tqdm import tqdm

from experiments.sun import table
from experiments.sun.observed import ROWS
from experiments.sun.population import Lives, populate
from jsolar.keys import named
from jsolar.report.tables import markdown
from jsolar.run import Run, command
from jsolar.sun.simulate import SunConfig
from jsolar.sun.units import HOURS_PER_DAY
from jsolar.writing import write_whole


@dataclasses.dataclass(frozen=True)
class Config:
    """What to fit on.

    Attributes:
      regions: simulated once.
      phases: of the cycle; those of May 2010 to 2018 by default.
      evaluations: of the statistics, at most.
      sun: where the fit begins.
      seed: of the regions.
      workdir: where everything goes; ``runs/fit_sun/<preset>`` if not given.
    """

    regions: int = 8000
    phases: tuple[float, float] = (0.13, 0.86)
    evaluations: int = 80
    sun: SunConfig = SunConfig()
    seed: int = 100
    workdir: pathlib.Path | None = None


PRESETS = {
    "default": ("8,000 regions; minutes on 2 cores", Config()),
    "smoke": (
        "60 small regions; seconds, for the tests",
        Config(
            regions=60,
            evaluations=9,
            sun=SunConfig(steps=96, bipoles=2, fragments=8, clusters=4, step_hours=6.0),
        ),
    ),
}

AIMS = {
    "share_C": (0.1172, 0.05),
    "share_M": (0.0188, 0.05),
    "share_X": (0.00165, 0.10),
    "ever": (0.047, 0.20),
    "each": (3.96, 0.20),
    "tss_C": (0.42, 0.10),
    "tss_M": (0.34, 0.15),
    "index_C": (2.00, 0.02),
    "index_M": (2.25, 0.03),
}
"""Of the real Sun (`experiments.sun.observed`), and what relative error counts as one."""

LOGARITHMIC = ("rate_limit_per_day", "flare_cutoff_w_m2", "cutoff_power", "flare_largest_w_m2")
"""Fitted constants that are positive; a step of 1 is a factor e."""

LINEAR = ("rate_log_c_per_day", "flare_index")
"""The others."""

STIFFNESS = 0.5
"""Error that a step of 1 away from the start counts: decides only what the aims leave open."""


def main(run: Run) -> dict[str, Any]:
    """Regions, fit, constants."""
    config: Config = run.config
    key = jax.random.key(config.seed)
    lives = populate(named(key, "sun"), config.regions, between=config.phases, sun=config.sun)[0]
    sun = fit(lives, config.sun, evaluations=config.evaluations)
    fitted = {name: getattr(sun, name) for name in LINEAR + LOGARITHMIC}
    before, after = measured(lives, config.sun), measured(relive(lives, config.sun, sun), sun)
    labels = {row.key: row.label for row in ROWS}
    rows = [
        [labels[name], f"{before[name]:.4g}", f"{after[name]:.4g}", f"{aim:.4g}"]
        for name, (aim, _) in AIMS.items()
    ]
    values = [[name, f"{getattr(config.sun, name):.4g}", f"{v:.4g}"] for name, v in fitted.items()]
    text = "\n\n".join([
        markdown(["statistic (simulated)", "before", "fitted", "the real Sun"], rows),
        markdown(["constant", "before", "fitted"], values),
    ])  # fmt: skip
    print("\n" + text)
    write_whole(run.folder / "report.md", f"# {run.experiment} ({run.preset})\n\n{text}\n")
    return {"simulated": True, "fitted": fitted, "statistics": after}


def fit(lives: Lives, sun: SunConfig, *, evaluations: int) -> SunConfig:
    """Least squares of relative errors in units of what counts as one.

    Args:
      lives: of regions, with the flare rates of ``sun``.
      sun: where to begin.
      evaluations: of the statistics, at most.

    Returns:
      The Sun that comes nearest to `AIMS`.
    """
    with tqdm(total=evaluations, desc="fitting", unit="evaluation") as progress:

        def errors(shifted: Float[np.ndarray, "p"]) -> Float[np.ndarray, "m"]:
            step = shifted - 1.0  # differences are taken relative to what is shifted
            moved = move(sun, step)
            found = measured(relive(lives, sun, moved), moved)
            progress.update()
            off = [np.log(max(found[k], 1e-9) / aim) / error for k, (aim, error) in AIMS.items()]
            return np.array([*off, *(STIFFNESS * step)])

        start = np.ones(len(LINEAR + LOGARITHMIC))
        most = max(evaluations // (len(start) + 1), 1)  # each comes with a gradient
        best = least_squares(errors, start, diff_step=0.02, x_scale=0.3, max_nfev=most)
    return move(sun, best.x - 1.0)


def move(sun: SunConfig, step: Float[np.ndarray, "p"]) -> SunConfig:
    """Another Sun, some steps away.

    Example:
      >>> move(SunConfig(rate_limit_per_day=2.0), np.array([0, 0, np.log(3.0), 0, 0, 0]))
      SunConfig(...rate_limit_per_day=6.0...)
    """
    names = LINEAR + LOGARITHMIC
    moved = {
        name: getattr(sun, name) * float(np.exp(d))
        if name in LOGARITHMIC
        else getattr(sun, name) + float(d)
        for name, d in zip(names, step, strict=True)
    }
    return dataclasses.replace(sun, **moved)


def relive(lives: Lives, before: SunConfig, after: SunConfig) -> Lives:
    """The same lives with the flare rates of another Sun.

    The rate saturates, λ = v / (1 + v/limit), so that v = λ / (1 − λ/limit), which is proportional
    to e^rate_log_c_per_day.
    """
    daily = lives.rate_per_hour * HOURS_PER_DAY
    free = daily / (1 - daily / before.rate_limit_per_day)
    free *= np.exp(after.rate_log_c_per_day - before.rate_log_c_per_day)
    limited = free / (1 + free / after.rate_limit_per_day)
    return lives._replace(rate_per_hour=(limited / HOURS_PER_DAY).astype(np.float32))


def measured(lives: Lives, sun: SunConfig) -> dict[str, float]:
    """The statistics that have an aim."""
    total = {name: jnp.asarray(x.sum(0)) for name, x in table.rate_sums(lives, sun).items()}
    found = table.rate_statistics(total)
    return {name: float(found[name]) for name in AIMS}


if __name__ == "__main__":
    command("fit_sun", PRESETS, main)
