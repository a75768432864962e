"""Simulated series are cut and labelled by SWAN-SF's rules."""

import json
import pathlib

import numpy as np
import pytest

from jsolar.datasets.swan_sf.swan_sf_dataset_builder import builder
from jsolar.datasets.swan_sf.synthetic import LEAST_ROWS, synthetic
from jsolar.sun.fields.keywords import PATCH_KEYWORDS
from jsolar.sun.flares.catalogue import goes_flux

CONFIG = synthetic(regions=60, size=16, degrees_per_pixel=0.96)
HOUR = 3600


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All partitions: their rows, and what is told of them."""
    prepared = builder(CONFIG, tmp_path_factory.mktemp("data"))
    prepared.download_and_prepare()
    parts = {name: list(prepared.as_data_source(name)) for name in prepared.info.splits}
    return prepared.info, parts


def test_regions_stand_in_one_partition_each(built) -> None:
    info, parts = built
    regions = [{row["region"] for row in rows} for rows in parts.values()]
    assert sum(map(len, regions)) == len(set.union(*regions))
    assert len(parts) == 5
    assert info.metadata["synthetic"] is True
    assert list(info.metadata["columns"]) == list(PATCH_KEYWORDS)


def test_windows_are_hourly_and_nine_rows_in_ten_are_there(built) -> None:
    _, parts = built
    by_region: dict[int, list[int]] = {}
    missing = 0
    for row in (row for rows in parts.values() for row in rows):
        series = row["series"]
        assert series.shape == (60, len(PATCH_KEYWORDS))
        there = ~np.isnan(series).all(1)
        assert there.sum() >= LEAST_ROWS
        assert there[-1]
        np.testing.assert_array_equal(there, row["good"])
        missing += (~there).sum()
        by_region.setdefault(row["region"], []).append(row["issue_time"])
    assert missing > 0
    for times in by_region.values():
        steps = np.diff(np.sort(times))
        assert (steps % HOUR == 0).all()
        assert (steps > 0).all()


def test_consecutive_windows_share_eleven_hours(built) -> None:
    """The very rows: that is what a random split lets leak."""
    _, parts = built
    rows = {(r["region"], r["issue_time"]): r["series"] for rs in parts.values() for r in rs}
    pairs = [(x, rows[r, t + HOUR]) for (r, t), x in rows.items() if (r, t + HOUR) in rows]
    assert len(pairs) > 100
    for first, second in pairs[:50]:
        np.testing.assert_array_equal(first[5:], second[:-5])


def test_labels_are_the_largest_flare_of_the_day_after(built) -> None:
    """Counted flare by flare; whether the region is seen so long does not matter."""
    _, parts = built
    flares, _ = CONFIG.flares
    peak = flares.peak.astype("datetime64[s]").astype(int)
    kinds = set()
    for row in (row for rows in parts.values() for row in rows):
        since = peak - row["issue_time"]
        mine = (flares.region == row["region"]) & (since > 0) & (since <= 24 * HOUR)
        largest = flares.flux_w_m2[mine].max(initial=0.0)
        assert row["flux_w_m2"] == largest
        letter = row["subclass"].decode()
        kinds.add(letter)
        least = 0.0 if letter == "FQ" else goes_flux(f"{letter}1.0")
        assert least <= largest < (least * 10 if least else 1e-6)
    assert {"FQ", "C"} <= kinds


def test_what_happens_is_as_probable_as_is_told(built) -> None:
    """Region by region, at times a day apart, so that no flare counts twice."""
    _, parts = built
    seen, told, variance = 0, 0.0, 0.0
    last: dict[int, int] = {}
    for row in sorted((r for rs in parts.values() for r in rs), key=lambda r: r["issue_time"]):
        p = float(row["true_probability"][0])
        if np.isnan(p) or row["issue_time"] - last.get(row["region"], -(10**9)) < 24 * HOUR:
            continue
        last[row["region"]] = row["issue_time"]
        seen += row["flux_w_m2"] >= 1e-6
        told, variance = told + p, variance + p * (1 - p)
    assert abs(seen - told) < 3 * variance**0.5, (seen, told)
    assert told > 10


def test_the_name_tells_what_differs_and_the_same_seed_gives_the_same(built, tmp_path) -> None:
    _, parts = built
    assert synthetic().name == "synthetic"
    again = builder(synthetic(regions=60, size=16, degrees_per_pixel=0.96), tmp_path)
    rows = {r["id"]: r for r in parts["partition2"]}
    key, example = next(again.builder_config.examples(1))
    stored = rows[key.encode()]
    np.testing.assert_array_equal(example["series"], stored["series"])
    assert json.loads(json.dumps(again.builder_config.facts()["columns"])) == list(PATCH_KEYWORDS)
    assert pathlib.Path(again.data_path).name == "1.0.0"
