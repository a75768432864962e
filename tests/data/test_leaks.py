"""The auditor finds planted leaks of every kind, and none in honest splits; and its command."""

import pathlib
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from jsolar.data.audit import main, read_table
from jsolar.data.leaks import leaks

START = np.datetime64("2012-01-01T00:00:00", "s")
HOUR = np.timedelta64(3600, "s")
RNG = np.random.default_rng(3)


def windows(regions: int = 40, hours: int = 60) -> pd.DataFrame:
    """Hourly windows of 12 h of regions that emerge four days apart, with two features."""
    region = np.repeat(np.arange(regions), hours)
    at = START + (region * 96 + np.tile(np.arange(hours), regions)) * HOUR
    lively = RNG.normal(size=regions)[region]
    noise = RNG.normal(size=(2, len(region)))
    return pd.DataFrame(
        {
            "region": 11000 + region,
            "begin": at - 12 * HOUR,
            "issue_time": at,
            "label": (lively + noise[0] > 1.5).astype(int),
            "flux": 22 + lively + 0.5 * noise[1],
            "area": 100 * np.exp(lively + 0.3 * noise[0]),
        }
    )


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Every third region for test: honest, although the splits interleave in time."""
    return table.assign(split=np.where(table.region % 3 == 0, "test", "train"))


def chronological(table: pd.DataFrame) -> pd.DataFrame:
    """The last regions for test."""
    return table.assign(split=np.where(table.region > 11027, "test", "train"))


def random(table: pd.DataFrame) -> pd.DataFrame:
    """The classic mistake."""
    return table.assign(split=np.where(RNG.random(len(table)) < 0.3, "test", "train"))


def cut_within_regions(table: pd.DataFrame, gap_hours: int) -> pd.DataFrame:
    """First half of each region's life for training, the rest after a gap for test."""
    age = (table.issue_time - table.groupby("region").issue_time.transform("min")) / HOUR
    table = table.assign(split=np.where(age < 20, "train", "test"))
    return table[(age < 20) | (age >= 20 + gap_hours)]


def kinds(table: pd.DataFrame, tmp_path: pathlib.Path, **options) -> dict[str, int]:
    file = tmp_path / "windows.parquet"
    table.to_parquet(file)
    read = read_table(file, begin="begin", label="label", **options)
    return {finding.kind: finding.number for finding in leaks(read)}


@pytest.mark.parametrize("split", [grouped, chronological])
def test_honest_splits_are_clean(split, tmp_path) -> None:
    assert kinds(split(windows()), tmp_path) == {}


def test_a_random_split_shares_regions_and_windows(tmp_path) -> None:
    found = kinds(random(windows()), tmp_path)
    assert found["regions in two splits"] == 40
    assert found["windows that overlap across splits"] > 500
    assert set(found) == {"regions in two splits", "windows that overlap across splits"}


def test_gaps_within_a_region(tmp_path) -> None:
    """Window 12 h and horizon 24 h: a gap of 35 h after the last is needed."""
    short = kinds(cut_within_regions(windows(hours=70), 20), tmp_path)
    assert short == {"regions in two splits": 40, "gaps shorter than window plus horizon": 40}
    assert kinds(cut_within_regions(windows(hours=70), 35), tmp_path) == {
        "regions in two splits": 40
    }


def test_features_that_know_the_future(tmp_path) -> None:
    table = grouped(windows())
    table["last_data"] = table.issue_time + np.where(np.arange(len(table)) % 50 == 0, 6, -1) * HOUR
    late = kinds(table, tmp_path, seen_until="last_data")
    assert late == {"rows that saw the time of their label": len(table) // 50}
    told = kinds(grouped(windows()).assign(peak=lambda t: t.label * 1e-5 + 1e-9), tmp_path)
    assert told == {"features that tell the label": 1}


@pytest.mark.parametrize("scale", ["deviation", "range", "quartiles"])
def test_statistics_of_all_rows(scale: str, tmp_path) -> None:
    def scaled(x: pd.Series, of: pd.Series) -> pd.Series:
        if scale == "deviation":
            return (x - of.mean()) / of.std(ddof=0)
        if scale == "range":
            return (x - of.min()) / (of.max() - of.min())
        return (x - of.median()) / (of.quantile(0.75) - of.quantile(0.25))

    table = chronological(windows())
    table.loc[table.flux.idxmax(), "split"] = "test"  # else the range is the training rows' own
    table.loc[table.flux.idxmax(), "region"] = 11039
    train = table.split == "train"
    everything = table.assign(flux=scaled(table.flux, table.flux))
    kind = "features scaled by statistics of all splits"
    assert kind in kinds(everything, tmp_path)
    own = table.assign(flux=scaled(table.flux, table.flux[train]))
    assert kind not in kinds(own, tmp_path)


def test_copies(tmp_path) -> None:
    table = grouped(windows())
    train, test = (np.flatnonzero(table.split == name)[:3] for name in ("train", "test"))
    for column in ("flux", "area"):
        table.loc[table.index[test], column] = table[column].to_numpy()[train]
    assert kinds(table, tmp_path) == {"rows repeated in another split": 3}
    blank = grouped(windows()).assign(flux=0.0, area=0.0)
    assert kinds(blank, tmp_path) == {}, "rows of zeros are no copies"


def test_the_command(tmp_path, capsys) -> None:
    file = tmp_path / "windows.csv"
    random(windows()).to_csv(file, index=False)
    assert main([str(file), "--begin", "begin", "--label", "label"]) == 1
    said = capsys.readouterr().out
    assert "40 regions in two splits; split by region" in said
    assert "11000 in test, train" in said
    grouped(windows()).to_csv(file, index=False)
    assert main([str(file), "--begin", "begin"]) == 0
    assert "no leak found" in capsys.readouterr().out


def test_bad_input_is_one_sentence(tmp_path, capsys) -> None:
    file = tmp_path / "windows.csv"
    grouped(windows()).to_csv(file, index=False)
    assert main([str(file), "--region", "harp"]) == 2
    assert "has no column harp" in capsys.readouterr().err
    table = grouped(windows()).astype({"issue_time": str})
    table.loc[4, "issue_time"] = "yesterday"
    table.to_csv(file, index=False)
    assert main([str(file)]) == 2
    assert "row 5: 'yesterday' in issue_time is no time" in capsys.readouterr().err
    assert main([str(tmp_path / "nowhere.csv")]) == 2
    assert "nowhere.csv" in capsys.readouterr().err


def test_as_a_module(tmp_path) -> None:
    file = tmp_path / "windows.parquet"
    grouped(windows()).to_parquet(file)
    command = [sys.executable, "-W", "error", "-m", "jsolar.data.audit", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
