"""Region days as features and events."""

import numpy as np
import pytest

from jsolar.forecast.day_examples import FEATURES, attributed_days, region_day_examples
from tests.forecast.stored import Stored


def text(*values: str) -> np.ndarray:
    return np.array([value.encode() for value in values], dtype=object)


def days(**replaced) -> Stored:
    """Three days of two regions; the last has lost most of its properties."""
    columns = {
        "id": text("noaa-11158-2011-02-14", "noaa-11158-2011-02-15", "noaa-11161-2011-02-15"),
        "region": np.array([11158, 11158, 11161]),
        "issue_time": np.array(["2011-02-14T00:30", "2011-02-15T00:30", "2011-02-15T00:30"])
        .astype("datetime64[s]")
        .astype(np.int64),
        "area_msh": np.array([500.0, 600.0, np.nan], np.float32),
        "longitude_extent_deg": np.array([10.0, 12.0, np.nan], np.float32),
        "latitude_deg": np.array([-20.0, -20.0, 12.0], np.float32),
        "longitude_deg": np.array([1.0, 14.0, np.nan], np.float32),
        "spots": np.array([30.0, 0.0, np.nan], np.float32),
        "mcintosh": text("EKC", "DXI", ""),
        "magnetic_type": text("BETA-GAMMA-DELTA", "BETA", ""),
        "c_or_larger": np.array([5, 9, 0]),
        "m_or_larger": np.array([1, 0, 0]),
        "x_or_larger": np.array([0, 1, 0]),
        "previous_c_or_larger": np.array([-1, 5, 0]),
        "previous_m_or_larger": np.array([-1, 1, 0]),
        "previous_x_or_larger": np.array([-1, 0, 0]),
        "unattributed_flux_w_m2": np.array([2e-6, 2e-5, 1e-5]),
        "placed_flux_w_m2": np.array([0.0, 0.0, 3e-4]),
    }
    return Stored(columns | replaced)


def test_events_are_what_the_table_counts() -> None:
    split = region_day_examples(days(), classes=("C1.0", "M1.0", "X1.0"))
    np.testing.assert_array_equal(split.counts, [[5, 1, 0], [9, 0, 1], [0, 0, 0]])
    np.testing.assert_array_equal(split.examples.events.happened, split.counts > 0)
    assert split.examples.events.known.all()
    previous = [[np.nan] * 3, [1, 1, 0], [0, 0, 0]]
    np.testing.assert_array_equal(split.examples.inputs["previous"], previous)
    assert str(split.examples.rows.time[0]) == "2011-02-14T00:30:00"
    assert split.examples.rows.id[2] == "noaa-11161-2011-02-15"
    assert split.examples.inputs["mcintosh"].tolist() == ["EKC", "DXI", ""]


def test_features_by_name() -> None:
    rows = region_day_examples(days()).examples.inputs["features"]
    assert rows.shape == (3, len(FEATURES))
    assert len(set(FEATURES)) == len(FEATURES)
    first, second, last = (dict(zip(FEATURES, row.tolist(), strict=True)) for row in rows)
    assert first["area_msh"] == 500
    assert first["log_area_msh"] == pytest.approx(np.log(501), rel=1e-6)
    assert second["log_spots"] == 0
    for row, letters in ((first, "EKC"), (second, "DXI"), (last, "")):
        on = [name[9:] for name in FEATURES if name.startswith("mcintosh") and row[name]]
        assert on == [f"{i}_{letter}" for i, letter in enumerate(letters)]
    magnetic = [name for name in FEATURES if name.startswith("magnetic") and first[name]]
    assert magnetic == ["magnetic_BETA-GAMMA-DELTA"], "one of them, not BETA too"
    assert all(np.isnan(last[name]) for name in ("area_msh", "log_area_msh", "longitude_deg"))
    assert last["latitude_deg"] == 12


def test_days_of_a_flare_without_region_are_in_doubt_whatever_they_saw() -> None:
    split = region_day_examples(days(), classes=("C1.0", "M1.0", "X1.0"))
    unattributed = [[True, False, False], [True, True, False], [True, True, False]]
    np.testing.assert_array_equal(split.unattributed, unattributed)
    kept = attributed_days(split)
    np.testing.assert_array_equal(kept.events.known, ~np.array(unattributed))
    happened = split.examples.events.happened.copy()
    happened[2] = True  # an X3 lay within the third
    np.testing.assert_array_equal(kept.events.happened, happened)


def test_without_a_flare_list_nothing_is_unattributed() -> None:
    silent = np.full(3, np.nan)
    split = region_day_examples(days(unattributed_flux_w_m2=silent, placed_flux_w_m2=silent))
    assert not split.unattributed.any()
    kept = attributed_days(split).events
    assert kept.known.all()
    np.testing.assert_array_equal(kept.happened, split.examples.events.happened)


def test_other_classes_and_empty_splits_are_told() -> None:
    with pytest.raises(ValueError, match=r"count flares of C1.0, M1.0, X1.0, not M5.0"):
        region_day_examples(days(), classes=("C1.0", "M5.0"))
    nothing = Stored({name: column[:0] for name, column in days().columns.items()})
    with pytest.raises(ValueError, match="no region days: choose other borders"):
        region_day_examples(nothing)
