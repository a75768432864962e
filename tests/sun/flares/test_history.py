"""Flare history: what was seen before the issue time, and nothing of it after."""

import numpy as np
import pytest

from jsolar.sun.flares.catalogue import FlareSource, flare_list
from jsolar.sun.flares.history import FLARE_HISTORY, flare_history
from jsolar.sun.flares.labels import WindowLabel, before, label_windows

WEEK = FlareSource(
    "toy", "1", 1e-6, "unknown", np.datetime64("2011-02-14", "s"), np.datetime64("2011-02-21", "s")
)


def history(start, flux, *, issued):
    flares = flare_list(WEEK, start=start, peak=start, flux_w_m2=flux, region=[11158] * len(start))
    time = np.array([issued], "datetime64[s]")
    first = np.array(["2011-02-14T06:00"], "datetime64[s]")
    day = label_windows(flares, np.array([11158]), *before(time))
    life = label_windows(flares, np.array([11158]), first, time)
    return dict(zip(FLARE_HISTORY, flare_history(day, life)[0].tolist(), strict=True))


def test_day_and_life_by_hand() -> None:
    start = ["2011-02-14T12:00", "2011-02-15T02:00", "2011-02-16T01:00", "2011-02-16T03:00"]
    told = history(start, [2e-6, 2.2e-4, 1e-5, 3e-6], issued="2011-02-16T02:00")
    assert told == pytest.approx(
        {
            "log_largest_day": -5.0,  # that of 02:00 the day before ended just outside
            "c_flares_day": 0.0,
            "m_flares_day": 1.0,
            "x_flares_day": 0.0,
            "log_largest_life": np.log10(2.2e-4),
            "c_flares_life": 1.0,
            "m_flares_life": 1.0,
            "x_flares_life": 1.0,
        },
        abs=1e-6,
    )


def test_no_flare_has_a_number_too() -> None:
    told = history([], [], issued="2011-02-16T02:00")
    assert {v for k, v in told.items() if k.startswith("log")} == {-9.0}
    assert {v for k, v in told.items() if not k.startswith("log")} == {0.0}


def test_labels_that_do_not_count_are_refused() -> None:
    label = WindowLabel(np.array([1e-5]), np.zeros(1), np.ones(1, bool), 1e-6)
    with pytest.raises(ValueError, match="count flares"):
        flare_history(label, label)
