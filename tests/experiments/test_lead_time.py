"""Skill against lead time and window: a whole small run on real region days."""

import json

import pytest

from experiments.lead_time import Config, windows
from tests.command import run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder, data = tmp_path_factory.mktemp("run"), tmp_path_factory.mktemp("data")
    status, out, err = run("experiments.lead_time", "smoke", "--workdir", folder, data=data)
    assert status == 0, err
    return folder, out


def test_every_window_has_every_method_on_the_same_rows(finished) -> None:
    folder, _ = finished
    told = json.loads((folder / "summary.json").read_text())["windows"]
    assert [(w["lead_hours"], w["window_hours"]) for w in told] == [(0, 24), (24, 24), (0, 48)]
    cards = [w["models"]["random forest"]["≥C1.0"] for w in told]
    assert len({card["numbers"]["known"] for card in cards}) == 1
    today, tomorrow, both = (card["numbers"]["events"] for card in cards)
    assert max(today, tomorrow) <= both <= today + tomorrow
    for window in told:
        scores = window["models"]["climatology"]["≥C1.0"]["scores"]
        assert scores["tss"]["value"] == 0
        better = window["models"]["random forest"]["≥C1.0"]["scores"]["tss_redrawn"]
        assert better["low"] > 0


def test_the_report_tells_windows_and_the_flux_scale(finished) -> None:
    folder, out = finished
    report = (folder / "report.md").read_text()
    assert "| 24 to 48 h " in report
    assert "operational scale" in report
    assert "region days: those known in all windows." in out
    assert (folder / "lead_time.png").stat().st_size > 10_000


def test_nothing_asked_is_said() -> None:
    with pytest.raises(ValueError, match="give some --leads or --lengths"):
        windows(Config(leads=(), lengths=()))
