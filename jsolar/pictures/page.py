"""The tables of a report on predicted pictures."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from jsolar.pictures.compare import FUTURES, PERSISTENCE, TRUE_PRESENT, Comparison
from jsolar.pictures.ensembles import Judged
from jsolar.report.tables import markdown
from jsolar.verify.images.spectrum import BANDS_MM
from jsolar.verify.intervals import Interval

FINEST = f"power_ratio_{len(BANDS_MM) - 2}"
"""The score that blurs lower and inventions raise."""

PHYSICS = {
    "correlation_strong": "correlation, strong",
    "ssim": "SSIM",
    "psnr_db": "PSNR",
    "unsigned_flux_ratio": "flux ratio",
    "unsigned_flux_error": "flux error",
    "net_flux_error": "net flux error",
    "inversion_length_error": "length error",
    "r_error": "R error",
    FINEST: f"power < {BANDS_MM[-2]:g} Mm",
    "emergence_tss": "emergence TSS",
}
"""Scores of the second table, and what they are called there."""

DRAWS = {
    "crps_gauss": "CRPS, G",
    "spread_gauss": "spread, G",
    "mean_rmse_gauss": "RMSE of the mean, G",
    "spread_over_error": "spread / error",
    "draw_over_mean": "MSE of a draw / of the mean",
}
"""Scores of draws, and what they are called in their table."""

READING_DRAWS = [
    "A GAN draws pictures that may come. CRPS is mean |x − y| − ½ mean |x − x'| over its draws, in",
    "the fair estimate; that of one picture is its mean absolute error. The mean is that of",
    "infinitely many draws. A sampler that draws from all that may come has a spread as large as",
    "the error of its mean (below 1: too sure), and a draw twice the MSE of the mean.",
    "",
]
"""What draws add."""

READING = [
    "Skill is 1 − MSE/MSE of the method that it is over, on the same pixels of the same test",
    "series; 95 % intervals are a bootstrap over regions. The strong field are pixels that",
    "reach 150 G now or then. Flux is of pixels of at least 100 G; errors of flux and of the",
    "length of inversion lines are Σ |difference| / Σ, R's is a mean |ΔR|; emergence is a",
    "growth of the flux by a fifth and at least 2e20 Mx. SSIM (window σ = 1.5 pixels) and PSNR",
    "are for a range of 2000 G. The ratio of power is 1 for a picture as sharp as what came;",
    "below it is blurred, above it has invented detail. A forecast of the mean of all that may",
    "come must be blurred. The sums of every series, from which all scores can be made again,",
    "are in `predictions.parquet`, all scores at all leads in `summary.json`.",
    "The training loss is over all leads, that of validation at the lead of the tables alone: the",
    "two curves are not at one level.",
    "",
]
"""How to read the tables."""

READING_SIMULATED = [
    "Network and noise renew themselves within hours, so whatever smooths beats persistence",
    f"of what was observed, and has foreseen nothing. The {TRUE_PRESENT} is the region's own",
    "field at the issue time, which no forecaster has; skill over it against the true field",
    f"of then is growth foreseen. The {FUTURES} of the simulator (32 of them) is the ceiling",
    "of all skill, but for its own error, a 32nd of what nobody can foresee: it knows all of",
    "the present, also what no picture shows.",
    "",
]
"""What simulated data add."""


def skill_table(comparison: Comparison, lead: float) -> str:
    """One row a method: errors, and skill over persistence and over the true present."""
    synthetic = comparison.data.synthetic
    rows = []
    for name in comparison.predictions:
        of = comparison.scores[lead][name]
        errors = (of["observed"][score] for score in ("rmse_gauss", "rmse_strong_gauss"))
        row = [name, *(_told(error, ".1f") for error in errors)]
        row += [_skill(comparison.skills[lead], name, PERSISTENCE, "observed")]
        row += [_skill(comparison.strong_skills[lead], name, PERSISTENCE, "observed")]
        if synthetic:
            row += [_skill(comparison.skills[lead], name, TRUE_PRESENT, "truth")]
        rows.append(row)
    header = ["method", "RMSE, G", "strong field", "skill over persistence", "strong field"]
    return markdown(header + (["growth foreseen"] if synthetic else []), rows)


def pair_table(
    comparison: Comparison,
    lead: float,
    method: str,
    seeds: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """The skill of a method over each of the others; with several seeds, their mean and spread."""
    kinds = ("observed", "truth") if comparison.data.synthetic else ("observed",)
    skills = comparison.skills[lead][method]
    rows = [
        [other, *(interval(skills[other][kind]) for kind in kinds)]
        for other in comparison.predictions
        if other != method
    ]
    header = [f"skill of {method} over", *(f"against {kind}" for kind in kinds)]
    if seeds:
        header.append(f"{len(next(iter(seeds.values())))} seeds, against observed")
        for row in rows:
            each = seeds[row[0]]
            row.append(f"{np.mean(each):+.3f} ± {np.std(each, ddof=1):.3f}")
    return markdown(header, rows)


def physics_table(comparison: Comparison, lead: float, against: str) -> str:
    """One row a method: what is physical in its pictures."""
    scores = comparison.scores[lead]
    rows = [
        [name, *(_told(scores[name][against][score], ".3g") for score in PHYSICS)]
        for name in comparison.predictions
    ]
    return markdown(["method", *PHYSICS.values()], rows)


def lead_table(comparison: Comparison) -> str:
    """Skill over persistence at every lead."""
    leads = comparison.data.lead_hours
    rows = [
        [name, *(_skill(comparison.skills[lead], name, PERSISTENCE, "observed") for lead in leads)]
        for name in comparison.predictions
        if name != PERSISTENCE
    ]
    return markdown(["skill over persistence", *(f"{lead:g} h" for lead in leads)], rows)


def drift_table(comparison: Comparison, methods: list[str], against: str) -> str:
    """Do pictures fade to grey or explode? Flux and fine power against what came, by lead."""
    leads, scores = comparison.data.lead_hours, comparison.scores

    def row(name: str, score: str) -> list[str]:
        found = [_told(scores[lead][name][against][score], ".2f") for lead in leads]
        return [f"{name}: {PHYSICS[score]}", *found]

    rows = [row(name, score) for name in methods for score in ("unsigned_flux_ratio", FINEST)]
    return markdown(["", *(f"{lead:g} h" for lead in leads)], rows)


def draws_section(
    comparison: Comparison, judged: Mapping[str, Judged], *, lead: float, drawn: str, method: str
) -> list[str]:
    """What is said of a method that draws, as lines of a report.

    Args:
      comparison: which has one of its draws.
      judged: draws, see `jsolar.pictures.ensembles.judge_draws`.
      lead: hours.
      drawn: name of the draw in the comparison.
      method: that it is held against.
    """
    head = f"**Draws** of what may come, {lead:g} h ahead, against what was observed"
    told = sharpness(comparison, lead, drawn, method)
    return [head, "", draws_table(judged), "", told, "", *READING_DRAWS]


def draws_table(judged: Mapping[str, Judged]) -> str:
    """One row a method: its draws as a forecast of what may come."""
    header = ["method", "draws", *DRAWS.values()]
    rows = [
        [name, f"{of.draws}", *(_told(of.scores[score], ".3g") for score in DRAWS)]
        for name, of in judged.items()
    ]
    return markdown(header, rows)


def sharpness(comparison: Comparison, lead: float, drawn: str, method: str) -> str:
    """Which of two methods is nearer to the finest power of what came, and at what cost."""
    ours, theirs = (comparison.scores[lead][name]["observed"] for name in (drawn, method))
    nearer = abs(ours[FINEST].value - 1) < abs(theirs[FINEST].value - 1)
    told = [f"{_told(of[FINEST], '.2f')} {_ends(of[FINEST], '.2f')}" for of in (ours, theirs)]
    errors = [_told(of["rmse_gauss"], ".1f") for of in (ours, theirs)]
    return (
        f"{PHYSICS[FINEST].capitalize()} at {lead:g} h relative to what came: {drawn} {told[0]},"
        f" {method} {told[1]}; the former is {'' if nearer else 'not '}nearer to 1. RMSE:"
        f" {errors[0]} and {errors[1]} G."
    )


def verdict(comparison: Comparison, lead: float, method: str, others: Sequence[str]) -> str:
    """Whether a method beats some others beyond doubt, in a sentence."""
    skills = comparison.skills[lead][method]
    open_ = [name for name in others if not skills[name]["observed"].low > 0]
    if not open_:
        return (
            f"At {lead:g} h the {method} is better than each of {', '.join(others)} beyond doubt."
        )
    return f"At {lead:g} h it is not shown that the {method} is better than {', '.join(open_)}."


def interval(skill: Interval) -> str:
    """A number with its interval.

    Example:
      >>> interval(Interval(0.25, 0.2, 0.31, 0, 2000, 0))
      '+0.250 [+0.200, +0.310]'
    """
    return f"{float(skill.value):+.3f} [{float(skill.low):+.3f}, {float(skill.high):+.3f}]"


def _ends(score: Interval, how: str) -> str:
    return f"[{float(score.low):{how}}, {float(score.high):{how}}]"


def _skill(skills: Mapping[str, Any], name: str, over: str, against: str) -> str:
    return "" if name == over else interval(skills[name][over][against])


def _told(score: Interval, how: str) -> str:
    """A number, or a dash where there is none, as of a band that the pixels do not resolve."""
    return "–" if math.isnan(score.value) else f"{float(score.value):{how}}"
