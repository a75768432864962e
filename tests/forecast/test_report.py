"""Tables say what the scorecards hold; figures are drawn also of awkward forecasts."""

import pathlib

import matplotlib.image
import numpy as np
import pytest

from jsolar.forecast import page
from jsolar.report import plots
from jsolar.verify.events.columns import ForecastColumns

RNG = np.random.default_rng(0)
TRUTH = RNG.beta(0.2, 5, 600)
OBSERVED = RNG.random(600) < TRUTH
KNOWN = RNG.random(600) < 0.9
REGION = np.arange(600) // 6


def said(probability) -> ForecastColumns:
    return ForecastColumns(OBSERVED, KNOWN, np.asarray(probability, float), REGION)


METHODS = {
    "network": said(TRUTH),
    "rule with gaps": said(np.where(RNG.random(600) < 0.2, np.nan, np.where(TRUTH > 0.1, 0.3, 0))),
    "climatology": said(np.full(600, 0.04)),
}


@pytest.mark.parametrize("draw", [plots.reliability, plots.discrimination])
def test_figures_of_rare_events_gaps_and_constants(draw, tmp_path: pathlib.Path) -> None:
    path = draw(METHODS, tmp_path / "figure.png", title="≥M1.0", note="simulated data")
    drawn = matplotlib.image.imread(path)[..., :3]
    for colour in plots.COLOURS[: len(METHODS)]:
        rgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        assert (np.abs(drawn - rgb).max(-1) < 0.02).sum() > 20, colour


def test_many_methods_have_a_reliability_panel_each(tmp_path: pathlib.Path) -> None:
    """The figure grows with them, and each curve is drawn in the one colour."""
    few, many = ({f"method {i}": METHODS["network"] for i in range(n)} for n in (8, 11))
    sizes, inks = [], []
    for columns in (few, many):
        path = plots.reliability(columns, tmp_path / "figure.png", title="≥M1.0", note="toy")
        drawn = matplotlib.image.imread(path)[..., :3]
        blue = np.array([int(plots.COLOURS[0][i : i + 2], 16) / 255 for i in (1, 3, 5)])
        sizes.append(drawn.shape[0])
        inks.append((np.abs(drawn - blue).max(-1) < 0.02).sum())
    assert sizes[1] > sizes[0]
    assert inks[1] / inks[0] == pytest.approx(11 / 8, rel=0.15)


def card(*, expected: bool) -> dict:
    score = {"value": 0.5, "low": 0.4, "high": 0.6}
    scores = dict.fromkeys(("tss", "tss_redrawn", "hss2", "bss", "roc_auc"), score)
    scores["bss"] = {"value": np.nan, "low": np.nan, "high": np.nan}
    if expected:
        scores["tss_expected"] = {"value": 0.45}
    return {"event": {"scores": scores, "counts": {"tp": 1, "fn": 2, "fp": 3, "tn": 4}}}


def test_the_table_has_the_expected_tss_only_where_truth_is_known() -> None:
    header, _, row = page.skill_table({"CNN": card(expected=True)}, "event").splitlines()
    assert header.rstrip(" |").endswith("expected TSS")
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == [
        "CNN", "0.500", "[0.400, 0.600]", "0.500", "–", "0.500", "1", "2", "3", "4", "0.450",
    ]  # fmt: skip
    plain = page.skill_table({"CNN": card(expected=False)}, "event")
    assert "expected" not in plain


def test_several_seeds_have_a_column_and_a_range() -> None:
    seeds = {"CNN": {"event": [0.5, 0.4, 0.6]}}
    table = page.skill_table({"CNN": card(expected=False)}, "event", seeds)
    assert table.splitlines()[0].rstrip(" |").endswith("3 seeds")
    assert table.splitlines()[2].rstrip(" |").endswith("0.500 ± 0.100")
    assert page.skill_table({"CNN": card(expected=False)}, "event", {"CNN": {"event": [0.5]}}) == (
        page.skill_table({"CNN": card(expected=False)}, "event")
    )
    gap = {"a − b": {"event": {"value": 0.1, "low": 0.05, "high": 0.15}}}
    line = page.difference_table(gap, ["event"], seeds={"a − b": {"event": [0.1, -0.02]}})
    assert "+0.100 [+0.050, +0.150], seeds -0.020 to +0.100" in line


def test_rows_are_called_what_they_are() -> None:
    counted = {"known": 2, "forecast": 1, "regions": 1, "events": 1, "flaring_regions": 1}
    numbers = {"numbers": {**counted, "validation": counted}}
    line = page.numbers_line(numbers, page.REGION_DAYS)
    assert line.startswith("test: 2 region days of 1 region, 1 event in 1 region; validation: ")
    (missing,) = page.without_answer({"rule": {"e": numbers}}, "e", page.REGION_DAYS)
    assert missing == "rule has no answer for 1 of 2 region days"
