"""Region days from a table to a report, on a table made up here; and on the real one."""

import json
import pathlib

import numpy as np
import pandas as pd
import pytest

from tests.command import run

BORDERS = ("2001-07-01", "2001-10-01", "2002-01-05")


def write_days(path: pathlib.Path, regions: int = 200, days: int = 4) -> pathlib.Path:
    """Regions of which the large ones flare."""
    rng = np.random.default_rng(0)
    start = np.datetime64("2001-01-01") + np.sort(rng.integers(0, 360, regions))
    region = np.repeat(np.arange(9300, 9300 + regions), days)
    day = np.repeat(start, days) + np.tile(np.arange(days), regions)
    area = np.repeat(rng.choice([20, 600], regions), days)
    flares = rng.poisson(np.where(area > 100, 1.2, 0.05))
    table = {
        "AR issue_date": [f"{d} 00:30" for d in day],
        "noaa_ar": region,
        "Carrington_long": 100,
        "AREA": area,
        "McIntosh": np.where(area > 100, "EKC", "BXO"),
        "Longitude_extent": 5,
        "No_sunspots": 9,
        "MAGTYPE": np.where(area > 100, "BETA-GAMMA-DELTA", "BETA"),
        "LOCATION": "S09E09",
        "C+": flares,
        "M+": flares // 2,
        "X+": 0,
    }
    pd.DataFrame(table).to_csv(path)
    return path


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run on the table made up: its workdir, and what it printed."""
    data = tmp_path_factory.mktemp("data")
    table = write_days(data / "days.csv")
    words = ["smoke", "--region-days", table, "--workdir", data / "run", "--borders", *BORDERS]
    status, out, err = run("experiments.flare_regions", *words, data=data)
    assert status == 0, err
    return data, out


def test_all_methods_are_compared_on_the_same_rows(finished) -> None:
    data, out = finished
    for method in (
        "MLP", "random forest", "logistic regression", "McIntosh–Poisson", "persistence",
        "climatology",
    ):  # fmt: skip
        assert f"| {method} " in out
    assert "region days of" in out
    assert "that day" in out
    assert "simulated" not in out
    summary = json.loads((data / "run" / "summary.json").read_text())
    cards = {name: events["≥C1.0"] for name, events in summary["models"].items()}
    assert {card["numbers"]["known"] for card in cards.values()} == {
        cards["MLP"]["numbers"]["examples"]
    }
    assert cards["random forest"]["scores"]["tss"]["value"] > 0.3
    assert cards["climatology"]["scores"]["tss"]["value"] == 0
    seen = cards["persistence"]["numbers"]
    assert seen["forecast"] == seen["known"] - seen["regions"], "the first day has no yesterday"


def test_a_missing_table_is_named(tmp_path: pathlib.Path) -> None:
    words = ["smoke", "--region-days", tmp_path / "no.csv", "--workdir", tmp_path / "run"]
    status, _, err = run("experiments.flare_regions", *words, data=tmp_path)
    assert status == 2
    assert str(tmp_path / "no.csv") in err.splitlines()[-1]
    assert "Traceback" not in err


def test_real_region_days_are_forecast_with_skill(tmp_path: pathlib.Path) -> None:
    """Trained before 2010, thresholds from 2010 to 2012, tested on 2013 and 2014; no download."""
    words = [
        "smoke", "--classes", "M1.0", "--trees", 40, "--seeds", 1, "--workdir", tmp_path / "run",
    ]  # fmt: skip
    status, _, err = run("experiments.flare_regions", *words, data=tmp_path)
    assert status == 0, err
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    tss = {name: c["≥M1.0"]["scores"]["tss"] for name, c in summary["models"].items()}
    assert tss["random forest"]["value"] == pytest.approx(0.60, abs=0.06)
    assert tss["McIntosh–Poisson"]["value"] == pytest.approx(0.54, abs=0.05)
    assert tss["persistence"]["value"] == pytest.approx(0.32, abs=0.03)
    cards = summary["without_unattributed"]["models"]
    excluded = [c["MLP"]["≥M1.0"]["numbers"]["known"] for c in (summary["models"], cards)]
    assert excluded[1] < excluded[0] == 4541
    disk = {n: c["≥M1.0"] for n, c in summary["full_disk"]["models"].items()}
    assert disk["climatology"]["numbers"]["known"] == 730
    assert disk["random forest"]["scores"]["tss"]["value"] == pytest.approx(0.40, abs=0.15)
    assert disk["random forest"]["scores"]["bss"]["value"] > 0
