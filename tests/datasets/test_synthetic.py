"""Simulated data: labels by brute force, splits, names, and what is stored."""

import dataclasses
from functools import partial
from operator import itemgetter

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.data.audit import check_splits
from jsolar.data.splits import by_time
from jsolar.datasets.opened import SPLITS
from jsolar.datasets.simulated import chunks
from jsolar.datasets.solar_flares import synthetic as module
from jsolar.datasets.solar_flares.synthetic_flares import catalogue
from jsolar.datasets.solar_flares.synthetic_futures import Present, state_probabilities
from jsolar.forecast.window_examples import window_examples
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.flares.faults import CatalogueFaults
from jsolar.sun.simulate import cycle
from jsolar.sun.simulate.flaring import FlareEvents
from jsolar.sun.simulate.futures import state_probability
from tests.datasets.tiny import SUN, build, rows_of, tiny_synthetic

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
    how = (CONFIG.windows, CONFIG.size, CONFIG.degrees_per_pixel, CONFIG.sun)
    found = []
    for chunk, index in chunks(np.arange(CONFIG.regions), regions=CONFIG.regions, desc="again"):
        keys = jax.vmap(jax.random.fold_in, (None, 0))(jax.random.key(CONFIG.seed), index)
        phases = CONFIG.phases(CONFIG.starts(index)).astype(np.float32)
        table = jax.device_get(module._simulate(keys, phases, *how)[0])
        found.append(jax.tree.map(itemgetter(slice(len(chunk))), table))
    return jax.tree.map(lambda *parts: np.concatenate(parts), *found)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    return build(CONFIG, tmp_path_factory.mktemp("synthetic"))


def hours_of(row: dict) -> tuple[int, float]:
    """Index of the row's region, and its issue time in hours since that emerged."""
    r = int(row["region"]) - 1
    start = int(CONFIG.starts(np.array([r])).astype("datetime64[s]").astype(np.int64)[0])
    return r, (int(row["issue_time"]) - start) / 3600


def test_regions_emerge_as_the_cycle_has_it() -> None:
    """More of them near the maximum: their number between two times is ∫ activity."""
    many = tiny_synthetic(regions=4000)
    starts = many.starts(np.arange(many.regions))
    years = (starts - FIRST_DAY) / np.timedelta64(1, "D") / 365.25
    assert (years[0], (np.diff(years) >= 0).all()) == (0, True)
    assert 7.9 < years[-1] < 8
    found = np.histogram(years, np.arange(9))[0] / many.regions
    fine = np.linspace(0, 8, 8001)[:-1] + 0.0005
    activity = cycle.activity(0.13 + fine / 11).reshape(8, -1).sum(1)
    np.testing.assert_allclose(found, activity / activity.sum(), atol=2e-3)
    np.testing.assert_allclose(many.phases(starts), 0.13 + years / 11, atol=1e-9)


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
        time = CONFIG.starts(np.array([r]))[0] + np.timedelta64(hours, "h")
        near = CONFIG.borders() - time
        assert any(np.timedelta64(-10, "D") < gap < np.timedelta64(1, "D") for gap in near)
    assert len(rows) == len({row["id"] for row in rows}) > 20


def test_pictures_and_truth_are_those_of_the_window(rows, windows) -> None:
    for row in rows[::5]:
        r, t = hours_of(row)
        w = int(np.flatnonzero(np.abs(windows.hours[r] - t) < 0.01)[0])
        np.testing.assert_allclose(row["image"][..., 0], windows.frames[r, w], atol=1e-3)
        np.testing.assert_allclose(
            row["true_probability"], windows.true_probability[r, w], rtol=1e-6, atol=1e-9
        )
        mu = np.cos(np.deg2rad(row["latitude_deg"])) * np.cos(np.deg2rad(row["longitude_deg"]))
        again = patch_keywords(row["image"][..., 0], degrees_per_pixel=0.9, mu=float(mu))
        np.testing.assert_allclose(row["keywords"], again, rtol=1e-4, atol=1e-3)


def test_what_could_be_known_is_told_where_scores_are_made(splits, windows) -> None:
    """Not in training: it costs as much as all the rest."""
    assert all(np.isnan(row["state_probability"]).all() for row in splits[0])
    rows = [*splits[1], *splits[2]]
    r, t = np.array([hours_of(row) for row in rows]).T
    r = r.astype(int)
    w = (np.abs(windows.hours[r] - t[:, None]) < 0.01).argmax(1)
    keys = jax.random.wrap_key_data(windows.future_key[r, w])
    now = jax.tree.map(lambda x: x[r, w], windows.states)
    ahead = partial(
        state_probability,
        threshold_w_m2=jnp.array([1e-6, 1e-5, 5e-5, 1e-4]),
        window_steps=round(24 / CONFIG.sun.step_hours),
        config=CONFIG.sun,
    )
    expected = jax.jit(jax.vmap(ahead))(keys, now)
    found = np.stack([row["state_probability"] for row in rows])
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-7)
    assert len(np.unique(found[:, 0])) > 0.9 * len(found)


@pytest.mark.parametrize("count", [0, 1, 63, 64, 65, 130])
def test_futures_are_simulated_of_the_rows_that_want_them(windows, count: int) -> None:
    n = 140
    pick = np.arange(n) % len(windows.hours)
    states = jax.tree.map(lambda x: x[pick, 0], windows.states)
    present = Present(windows.future_key[pick, 0], states)
    rows = np.arange(n)[::-1][:count]
    found = state_probabilities(present, rows, CONFIG.sun)
    assert (np.isnan(found).all(1) == ~np.isin(np.arange(n), rows)).all()
    whole = state_probabilities(present, np.arange(n), CONFIG.sun)
    np.testing.assert_array_equal(found[rows], whole[rows])


def test_pictures_rendered_from_scenes_are_the_stored_ones(built, tmp_path) -> None:
    other = build(tiny_synthetic(pictures="rendered"), tmp_path)
    for name in SPLITS:
        stored = window_examples(built.as_data_source(name))
        for in_memory in (True, False):
            rendered = window_examples(
                other.as_data_source(name), in_memory=in_memory, facts=other.info.metadata
            )
            pictures = rendered.inputs["image"]
            assert pictures.shape == stored.inputs["image"].shape
            rows = np.array([1, 0, len(pictures) - 1])
            np.testing.assert_allclose(pictures[rows], stored.inputs["image"][rows], atol=1e-2)
            np.testing.assert_array_equal(rendered.rows.id, stored.rows.id)
            np.testing.assert_array_equal(rendered.inputs["keywords"], stored.inputs["keywords"])
    assert "image" not in other.info.features
    with pytest.raises(ValueError, match="pictures must be"):
        tiny_synthetic(pictures="drawn")


def test_no_region_and_no_window_is_in_two_splits(built, splits) -> None:
    tables = {name: window_examples(built.as_data_source(name)) for name in SPLITS}
    check_splits({name: table.rows for name, table in tables.items()})
    regions = [len(set(table.rows.group)) for table in tables.values()]
    assert regions[0] >= regions[2] >= regions[1] >= 1
    assert [len(rows) for rows in splits] == [len(table.rows.id) for table in tables.values()]


def test_regions_born_just_before_a_border_are_not_lost(windows) -> None:
    """A region every seven hours, which lives for ten days: many appear in a later split."""
    crowded = dataclasses.replace(CONFIG, years=0.01)
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
                if column not in ("id", "noaa_regions"):
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


def test_faults_of_the_flare_list_touch_the_labels_only(splits) -> None:
    """None at all: the same labels, although all regions are in the list; else some differ."""
    right = CatalogueFaults(*(0.0,) * 6)
    spoilt = CatalogueFaults(unattributed_c=0.5, unattributed_m=0.5, missing=0.2)
    for split, rows in enumerate(splits):
        for row, other in zip(rows, rows_of(tiny_synthetic(faults=right), split), strict=True):
            assert row["id"] == other["id"]
            assert other["flux_w_m2"] == pytest.approx(row["flux_w_m2"], rel=1e-4)
            assert other["previous_flux_w_m2"] == pytest.approx(row["previous_flux_w_m2"], rel=1e-4)
    faulty = rows_of(tiny_synthetic(faults=spoilt), 0)
    assert max(row["unattributed_flux_w_m2"] for row in faulty) >= 1e-6
    assert any(a["flux_w_m2"] != b["flux_w_m2"] for a, b in zip(splits[0], faulty, strict=True))
    for row, other in zip(splits[0], faulty, strict=True):
        for column in ("id", "image", "true_probability", "complete"):
            np.testing.assert_array_equal(row[column], other[column])


def test_names_tell_all_options_apart() -> None:
    assert module.synthetic().name == "synthetic"
    assert module.synthetic(regions=60, size=32).name == "synthetic-regions60-size32"
    options = [
        *({name: 7} for name in ("regions", "windows", "size", "seed")),
        {"degrees_per_pixel": 0.12},
        {"pictures": "rendered"},
        {"faults": CatalogueFaults()},
        *(
            {"faults": CatalogueFaults(**{f.name: f.default / 2})}
            for f in dataclasses.fields(CatalogueFaults)
        ),
        *(
            {"sun": dataclasses.replace(SUN, **{f.name: type(f.default)(7)})}
            for f in dataclasses.fields(SUN)
        ),
    ]
    names = {module.synthetic(**chosen).name for chosen in options}
    assert len(names) == len(options)
    assert not any("/" in name for name in names)
    assert {f.name for f in dataclasses.fields(module.SyntheticConfig)} > {
        "regions", "windows", "size", "seed", "degrees_per_pixel", "pictures", "faults", "sun"
    }  # fmt: skip


def test_flares_become_a_list() -> None:
    hours, happened = np.array([[1.0, 2.5, 240.0]]), np.array([[True, False, False]])
    events = FlareEvents(hours, np.full((1, 3), 2e-6), happened)
    flares = catalogue(events, np.array([5]), np.array([FIRST_DAY]))
    assert flares.peak.tolist() == [np.datetime64("2100-01-01T01:00:00", "s").item()]
    assert (flares.region.tolist(), flares.flux_w_m2.tolist()) == ([5], [2e-6])
