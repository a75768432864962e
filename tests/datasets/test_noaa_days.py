"""Region days stored as a data set: rows by hand."""

import numpy as np
import pytest

from jsolar.data.audit import check_splits
from jsolar.datasets.solar_flares.noaa_regions import noaa_regions
from jsolar.forecast.day_examples import region_day_examples
from tests.datasets.tiny import BORDERS, build, rows_of, tiny_noaa, write_days


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    return tiny_noaa(tmp_path_factory.mktemp("noaa"))


@pytest.fixture(scope="module")
def splits(config) -> list[list[dict]]:
    return [rows_of(config, split) for split in range(3)]


def test_regions_belong_where_they_appear_and_straddlers_are_cut(splits) -> None:
    """Borders 02-16 and 02-19: the region of 14–16 loses its last day, so does that of 17–19."""
    found = [[row["id"] for row in rows] for rows in splits]
    assert found[0] == [
        *(f"noaa-11101-2011-02-{day}" for day in ("09", 10, 11)),
        *(f"noaa-11102-2011-02-{day}" for day in (14, 15)),
    ]
    assert sorted(found[1]) == [
        *(f"noaa-11103-2011-02-{day}" for day in (16, 17, 18)),
        *(f"noaa-11104-2011-02-{day}" for day in (17, 18)),
    ]
    assert found[2] == [f"noaa-11105-2011-02-{day}" for day in (20, 21, 22)]


def test_counts_of_the_day_and_of_the_day_before(splits) -> None:
    rows = {row["id"]: row for split in splits for row in split}
    first, second = rows["noaa-11101-2011-02-09"], rows["noaa-11101-2011-02-10"]
    assert [first[f"previous_{c}_or_larger"] for c in "cmx"] == [-1, -1, -1], "not seen"
    assert [second[f"{c}_or_larger"] for c in "cmx"] == [1, 0, 0]
    assert [second[f"previous_{c}_or_larger"] for c in "cmx"] == [0, 0, 0]
    last = rows["noaa-11105-2011-02-22"]  # row 14
    assert [last[f"{c}_or_larger"] for c in "cmx"] == [2, 1, 0]
    assert [last[f"previous_{c}_or_larger"] for c in "cmx"] == [1, 0, 0]
    assert (last["area_msh"], last["longitude_deg"], last["mcintosh"]) == (140, 12, "EKC")


def test_flare_without_region_on_its_day_only(splits, tmp_path) -> None:
    rows = {row["id"]: row["unattributed_flux_w_m2"] for split in splits for row in split}
    assert rows["noaa-11102-2011-02-14"] == pytest.approx(5e-6)
    assert rows["noaa-11102-2011-02-15"] == 0
    assert np.isnan(rows["noaa-11101-2011-02-09"]), "before the list begins"
    silent = noaa_regions(write_days(tmp_path / "days.csv"), borders=BORDERS)
    assert all(np.isnan(row["unattributed_flux_w_m2"]) for row in rows_of(silent, 0))


def test_stored_days_become_examples(config, tmp_path) -> None:
    built = build(config, tmp_path)
    sources = {name: built.as_data_source(name) for name in ("train", "validation", "test")}
    tables = {name: region_day_examples(source) for name, source in sources.items()}
    check_splits({name: table.examples.rows for name, table in tables.items()})
    order = np.argsort(tables["train"].examples.rows.id)  # TFDS shuffles
    counts = tables["train"].counts[order]
    assert counts.tolist() == [[0, 0], [1, 0], [2, 1], [3, 1], [0, 0]]
    train = tables["train"].examples
    assert train.rows.id[order[0]] == "noaa-11101-2011-02-09"
    assert train.inputs["features"].shape[0] == 5
    assert train.inputs["mcintosh"][0] == "EKC"


def test_names_follow_contents_and_options(config, tmp_path) -> None:
    assert noaa_regions().name == "noaa_regions"
    table = write_days(tmp_path / "days.csv")
    names = {
        config.name,
        tiny_noaa(tmp_path, borders=("2011-02-15", "2011-02-19", "2012-01-01")).name,
    }
    names.add(noaa_regions(table, borders=BORDERS).name)
    table.write_text(table.read_text().replace("EKC", "DKC"))
    names.add(noaa_regions(table, borders=BORDERS).name)
    assert len(names) == 4


def test_borders_beyond_the_table_leave_no_split(tmp_path) -> None:
    late = tiny_noaa(tmp_path, borders=("2001-01-01", "2002-01-01", "2003-01-01"))
    with pytest.raises(ValueError, match="has no example in any split"):
        build(late, tmp_path / "data")
    only_train = build(tiny_noaa(tmp_path, borders=("2031-01-01",) * 3), tmp_path / "data")
    assert list(only_train.info.splits) == ["train"]
