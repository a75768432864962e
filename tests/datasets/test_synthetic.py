"""Simulated data: labels by brute force, splits, names, and what is stored."""

import dataclasses

import jax
import numpy as np
import pytest
from tiny import SUN, build, rows_of, tiny_synthetic

from jsolar.data.audit import check_splits
from jsolar.data.examples import flare_examples
from jsolar.data.splits import by_time
from jsolar.datasets.solar_flares import synthetic as module
from jsolar.datasets.solar_flares.features import SPLITS
from jsolar.sun.keywords import patch_keywords
from jsolar.sun.simulate.flaring import FlareEvents

CONFIG = tiny_synthetic()
FIRST_DAY = np.datetime64("2100-01-01", "s")


@pytest.fixture(scope="module")
def splits() -> list[list[dict]]:
    return [rows_of(CONFIG, split) for split in range(3)]


@pytest.fixture(scope="module")
def rows(splits) -> list[dict]:
    return [row for split in splits for row in split]


@pytest.fixture(scope="module")
def windows():
    """What the simulator says of the same regions; the arguments are those compiled already."""
    index = np.resize(np.arange(CONFIG.regions), module.CHUNK)
    keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(CONFIG.seed), index)
    how = (CONFIG.windows, CONFIG.size, CONFIG.degrees_per_pixel, CONFIG.sun)
    return jax.device_get(module._simulate(keys, *how)[0])


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(CONFIG, tmp_path_factory.mktemp("synthetic"))


def hours_of(row: dict) -> tuple[int, float]:
    """Index of the row's region, and its issue time in hours since that emerged."""
    r = int(row["region"]) - 1
    start = FIRST_DAY.astype(np.int64) + round(r * 8 * 365.25 * 86400 / CONFIG.regions)
    return r, (int(row["issue_time"]) - start) / 3600


def test_labels_are_the_largest_flare_of_the_day_after_and_before(rows, windows) -> None:
    for row in rows:
        r, t = hours_of(row)
        flares = jax.tree.map(lambda column: column[r], windows.flares)  # noqa: B023
        for prefix, begin in (("", t), ("previous_", t - 24)):
            inside = (flares.hours > begin) & (flares.hours <= begin + 24) & flares.happened
            expected = np.where(inside, flares.flux_w_m2, 0).max()
            assert row[f"{prefix}flux_w_m2"] == pytest.approx(expected, rel=1e-6)
            recorded = begin >= windows.record_begin_hours[r]
            recorded &= begin + 24 <= windows.record_end_hours[r]
            assert row[f"{prefix}complete"] == recorded
            assert row[f"{prefix}unattributed_flux_w_m2"] == 0, "every region is known"
    flux = np.array([row["flux_w_m2"] for row in rows])
    assert 0 < (flux > 0).sum() < len(rows)
    assert 0 < sum(bool(row["previous_complete"]) for row in rows) < len(rows)


def test_every_window_that_a_split_can_hold_is_there(rows, windows) -> None:
    """Rows are dropped at borders only."""
    found = {(int(row["region"]) - 1, round(hours_of(row)[1])) for row in rows}
    r, w = np.nonzero(windows.valid[: CONFIG.regions])
    possible = {(int(a), round(float(windows.hours[a, b]))) for a, b in zip(r, w, strict=True)}
    assert found <= possible
    for r, hours in possible - found:
        start = module.FIRST_DAY + np.timedelta64(round(r * 8 * 365.25 * 86400 / 12), "s")
        time = start + np.timedelta64(hours, "h")
        near = CONFIG.borders() - time
        assert any(np.timedelta64(-10, "D") < gap < np.timedelta64(1, "D") for gap in near)
    assert len(rows) == len({row["id"] for row in rows}) > 20


def test_pictures_and_truth_are_those_of_the_window(rows, windows) -> None:
    for row in rows[::5]:
        r, t = hours_of(row)
        w = int(np.flatnonzero(np.abs(windows.hours[r] - t) < 0.01)[0])
        np.testing.assert_array_equal(row["image"][..., 0], windows.frames[r, w])
        np.testing.assert_array_equal(row["true_probability"], windows.true_probability[r, w])
        mu = np.cos(np.deg2rad(row["latitude_deg"])) * np.cos(np.deg2rad(row["longitude_deg"]))
        again = patch_keywords(row["image"][..., 0], degrees_per_pixel=0.9, mu=float(mu))
        np.testing.assert_allclose(row["keywords"], again, rtol=1e-4, atol=1e-3)


def test_no_region_and_no_window_is_in_two_splits(built, splits) -> None:
    tables = {name: flare_examples(built.as_data_source(name)) for name in SPLITS}
    check_splits(tables)
    regions = [len(set(table.region)) for table in tables.values()]
    assert regions[0] >= regions[2] >= regions[1] >= 1
    assert [len(rows) for rows in splits] == [len(table.id) for table in tables.values()]


def test_regions_born_just_before_a_border_are_not_lost(windows) -> None:
    """Regions every day and a half, which live for ten: many appear in a later split."""
    crowded = dataclasses.replace(CONFIG, years=0.05)
    r, w = np.nonzero(windows.valid[: CONFIG.regions])
    hours = (windows.hours[r, w] * 3600).round().astype("timedelta64[s]")
    expected = by_time(r + 1, crowded.starts(r) + hours, crowded.borders())
    found = [len(rows_of(crowded, split)) for split in range(3)]
    assert found == [(expected == split).sum() for split in range(3)]
    assert 0 < sum(found) < len(r)
    born = crowded.starts(np.unique(r[expected == 2])) < crowded.borders()[1]
    assert born.any(), "born before the border, first seen after"


def test_what_is_stored_is_what_was_made_bit_by_bit(built, splits) -> None:
    for name, rows in zip(SPLITS, splits, strict=True):
        stored = {row["id"].decode(): row for row in built.as_data_source(name)}
        assert set(stored) == {row["id"] for row in rows}
        for row in rows:
            for column, value in row.items():
                if column != "id":
                    found = stored[row["id"]][column]
                    np.testing.assert_array_equal(found, value, err_msg=column)
        assert {row["flux_w_m2"].dtype for row in stored.values()} == {np.dtype("float64")}
    facts = built.info.metadata
    assert (facts["synthetic"], facts["size"], facts["degrees_per_pixel"]) == (True, 16, 0.9)


def test_two_builds_are_the_same_byte_by_byte(built, tmp_path) -> None:
    again = build(CONFIG, tmp_path)
    files = sorted(path for path in built.data_path.iterdir() if "array_record" in path.name)
    assert len(files) == 3
    for path in files:
        assert (again.data_path / path.name).read_bytes() == path.read_bytes()


def test_another_seed_makes_other_regions(rows) -> None:
    other = rows_of(tiny_synthetic(seed=1), 0)
    ours = {row["region"]: row["latitude_deg"] for row in rows}
    assert all(row["latitude_deg"] != ours.get(row["region"]) for row in other)


def test_names_tell_all_options_apart() -> None:
    assert module.synthetic().name == "synthetic"
    assert module.synthetic(regions=60, size=32).name == "synthetic-regions60-size32"
    options = [
        *({name: 7} for name in ("regions", "windows", "size", "seed")),
        {"degrees_per_pixel": 0.12},
        *(
            {"sun": dataclasses.replace(SUN, **{f.name: type(f.default)(7)})}
            for f in dataclasses.fields(SUN)
        ),
    ]
    names = {module.synthetic(**chosen).name for chosen in options}
    assert len(names) == len(options)
    assert not any("/" in name for name in names)
    assert {f.name for f in dataclasses.fields(module.SyntheticConfig)} > {
        "regions", "windows", "size", "seed", "degrees_per_pixel", "sun"
    }  # fmt: skip


def catalogue(hours: list[float], happened: list[bool]):
    events = FlareEvents(np.array([hours]), np.full((1, len(hours)), 2e-6), np.array([happened]))
    return module._catalogue(events, np.array([4]), np.array([FIRST_DAY]), 240.0)


def test_flares_become_a_list() -> None:
    flares = catalogue([1.0, 2.5, 240.0], [True, False, False])
    assert flares.peak.tolist() == [np.datetime64("2100-01-01T01:00:00", "s").item()]
    assert (flares.region.tolist(), flares.flux_w_m2.tolist()) == ([5], [2e-6])


@pytest.mark.parametrize("happened", [[True, True, True], [True, False, False]])
def test_too_many_flares_are_an_error_and_not_cut_off(happened) -> None:
    """Also where some of them were behind the limb, and so did not count as seen."""
    with pytest.raises(ValueError, match=r"flared too often: raise SunConfig\.flares_kept"):
        catalogue([1.0, 2.0, 239.0], happened)
