"""Comparisons of predicted pictures: skills by hand, intervals by region, what is written."""

import jax
import numpy as np
import pandas as pd
import pytest

from jsolar.data.audit import LeakError
from jsolar.pictures import gallery, page
from jsolar.pictures.compare import (
    TRUE_PRESENT,
    compare,
    fit_again,
    fit_all,
    measured,
    predict_all,
    skills_again,
    summary,
)
from jsolar.pictures.methods.fitted import damped
from jsolar.pictures.methods.persistence import persistence
from jsolar.pictures.report import write_predictions, write_report
from jsolar.pictures.series import checked
from tests.pictures.tiny import LEADS, data

KEY = jax.random.key(0)
METHODS = {"damped persistence": damped(), "persistence": persistence()}


@pytest.fixture(scope="module")
def comparison():
    table = data(noise=20.0)
    return compare(KEY, predict_all(fit_all(KEY, METHODS, table), table), table)


def test_skill_is_of_the_mean_squared_errors(comparison) -> None:
    test, found = comparison.data.test, comparison.skills[6.0]["damped persistence"]
    ours = comparison.predictions["damped persistence"][0]

    def error(pictures, target):
        return np.square(pictures - target, dtype=float).mean()

    for against, target in (("observed", test.future[:, 0]), ("truth", test.fields[:, 1])):
        expected = 1 - error(ours, target) / error(test.past[:, -1], target)
        skill = found["persistence"][against]
        assert float(skill.value) == pytest.approx(expected, abs=1e-5)
        assert skill.low <= skill.value <= skill.high
    assert found[TRUE_PRESENT]["truth"].value > 0.9  # 0.8 of it is what comes


def test_the_other_way_round_the_sign_changes(comparison) -> None:
    skills = comparison.skills[12.0]
    a = float(skills["damped persistence"]["persistence"]["observed"].value)
    b = float(skills["persistence"]["damped persistence"]["observed"].value)
    assert a > 0 > b
    assert (1 - a) * (1 - b) == pytest.approx(1, abs=1e-4)


def test_other_seeds_are_told_beside_the_first(comparison, tmp_path) -> None:
    """A method without luck has the same skill with each; one that is told the truth another."""
    table, name = comparison.data, "damped persistence"
    again = fit_again(KEY, lambda folder: damped(), table, lead=6.0, folder=tmp_path, seeds=3)
    skills = skills_again(comparison, again, name, lead=6.0)
    assert skills["persistence"] == pytest.approx([skills["persistence"][0]] * 3, abs=1e-5)
    other = skills_again(comparison, [table.test.future[:, 0]], name, lead=6.0)
    assert other["persistence"][1] == 1
    told = page.pair_table(comparison, 6.0, name, skills)
    assert "3 seeds, against observed" in told
    assert "± 0.000" in told
    assert fit_again(KEY, damped, table, lead=6.0, folder=tmp_path, seeds=1) == []


def test_every_score_can_be_made_again_from_the_file(comparison, tmp_path) -> None:
    write_predictions(tmp_path, comparison, seed=0)
    table = pd.read_parquet(tmp_path / "predictions.parquet")
    assert table.simulated.all()
    told = summary(comparison)["scores"]
    for (lead, method, against), rows in table.groupby(["lead_hours", "method", "against"]):
        scores = told[f"{lead:g} h"][method][against]
        rmse = 100 * np.sqrt(rows.se.sum() / rows.n.sum())
        assert rmse == pytest.approx(scores["rmse_gauss"]["value"], rel=1e-5)
        power = rows.power_2.sum() / rows.target_power_2.sum()
        assert power == pytest.approx(scores["power_ratio_2"]["value"], rel=1e-5)
        flux = rows.unsigned.sum() / rows.target_unsigned.sum()
        assert flux == pytest.approx(scores["unsigned_flux_ratio"]["value"], rel=1e-5)
    assert len(table) == len(LEADS) * 3 * 2 * 24


def test_the_report_says_what_is_simulated_and_what_is_shown(comparison, tmp_path, capsys) -> None:
    drawn, baselines = ["damped persistence", "persistence"], ["persistence"]
    write_report(
        tmp_path, "tiny", comparison, lead=6.0, drawn=drawn, baselines=baselines, stepped=baselines
    )
    report = (tmp_path / "report.md").read_text()
    assert "**This is simulated data, no observation.**" in report
    assert "24 series of 12 regions" in capsys.readouterr().out
    assert "better than each of persistence beyond doubt" in report
    for name in ("pictures.png", "skill_by_lead.png", "spectrum.png", "movie.gif"):
        assert f"]({name})" in report
        assert (tmp_path / name).stat().st_size > 5000
    assert page.verdict(comparison, 6.0, "persistence", ["damped persistence"]) == (
        "At 6 h it is not shown that the persistence is better than damped persistence."
    )


def test_which_is_as_sharp_as_what_came_is_told_with_its_error(comparison) -> None:
    """What came is 0.8 of the last frame, and noise: the last frame itself has too much power."""
    told = page.sharpness(comparison, 6.0, "damped persistence", "persistence")
    assert "the former is nearer to 1" in told
    assert "the former is not nearer to 1" in page.sharpness(
        comparison, 6.0, "persistence", "damped persistence"
    )
    error = comparison.scores[6.0]["persistence"]["observed"]["rmse_gauss"].value
    assert f"and {float(error):.1f} G." in told


def test_real_data_have_no_truth_and_say_nothing_of_simulation(tmp_path) -> None:
    table = data(fields=False)
    table = table._replace(facts=table.facts | {"synthetic": False})
    comparison = compare(KEY, predict_all(fit_all(KEY, METHODS, table), table), table)
    write_report(tmp_path, "real", comparison, lead=12.0, drawn=["damped persistence"],
                 baselines=["persistence"])  # fmt: skip
    report = (tmp_path / "report.md").read_text()
    for word in ("simulated", "truth", "growth foreseen", TRUE_PRESENT):
        assert word not in report
    assert set(comparison.predictions) == set(METHODS)


def test_regions_that_changed_most_come_first_and_once() -> None:
    table = data()
    table.test.future[7] = 5000.0
    table.test.future[6] = 4000.0  # the same region
    table.test.future[11] = 3000.0
    assert gallery.changed_most(table, 12.0, 2).tolist() == [7, 11]


def test_a_method_that_diverged_is_named_as_such() -> None:
    picture = np.full((1, 12, 12), np.nan, np.float32)
    with pytest.raises(ValueError, match="not finite: the method has diverged"):
        measured(picture, picture, picture, pixel_mm=2.9)


def test_splits_that_share_regions_or_times_are_refused() -> None:
    table = data()
    checked(table)
    with pytest.raises(LeakError, match="train and test share"):
        checked(table._replace(test=table.train))
    near = (
        table.train.rows.time[-1] + np.timedelta64(11, "h") + np.timedelta64(0, "h") * np.arange(24)
    )
    late = table.validation._replace(rows=table.validation.rows._replace(time=near))
    with pytest.raises(LeakError):
        checked(table._replace(validation=late))
