"""GOES classes as numbers; building a flare list."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsolar.sun.flares.catalogue import FlareSource, flare_list, goes_class, goes_flux, select, time

WEEK = FlareSource(
    "toy", "1", 1e-6, "unknown", np.datetime64("2011-02-14", "s"), np.datetime64("2011-02-21", "s")
)


@pytest.mark.parametrize(
    ("name", "flux"),
    [
        ("A1.0", 1e-8),
        ("B7.4", 7.4e-7),
        ("C1", 1e-6),
        ("M1.5", 1.5e-5),
        ("X2", 2e-4),
        ("X10", 1e-3),
        ("X28.0", 2.8e-3),
        ("  m1.5\n", 1.5e-5),
        ("C 4.4", 4.4e-6),
        ("M1.", 1e-5),
    ],
)
def test_a_class_is_the_double_nearest_to_its_decimal(name: str, flux: float) -> None:
    assert goes_flux(name) == flux


def test_classes_compare_as_numbers_where_text_would_not() -> None:
    assert "X10" < "X2"
    assert goes_flux("X10") > goes_flux("X2") > goes_flux("M9.9") > goes_flux("C9.9")


@pytest.mark.parametrize(
    "name", ["", "X", "Z1.0", "1.5", "M-1", "M0.0", "M1.5X", "MX", "M1e3", "M٣", "M1,5", "////"]
)
def test_what_is_no_class_is_named_in_one_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="not a GOES class") as caught:
        goes_flux(name)
    assert "\n" not in str(caught.value)


@given(st.text(max_size=8))
def test_any_text_is_a_positive_flux_or_a_value_error(text: str) -> None:
    try:
        flux = goes_flux(text)
    except ValueError:
        return
    assert 0 < flux < np.inf


@given(st.sampled_from("ABCM"), st.integers(10, 99))
def test_classes_survive_the_round_trip(letter: str, tenths: int) -> None:
    name = f"{letter}{tenths // 10}.{tenths % 10}"
    assert goes_class(goes_flux(name)) == name


@given(st.integers(10, 9999))
def test_x_classes_have_no_upper_end(tenths: int) -> None:
    name = f"X{tenths // 10}.{tenths % 10}"
    assert goes_class(goes_flux(name)) == name


@given(st.floats(1e-9, 1e-2), st.sampled_from(["B1.0", "C1.0", "C8.0", "M1.0", "M2.3", "X1.0"]))
def test_class_and_flux_agree_on_every_threshold(flux: float, threshold: str) -> None:
    assert (flux >= goes_flux(threshold)) == (goes_flux(goes_class(flux)) >= goes_flux(threshold))


def test_a_class_is_cut_not_rounded() -> None:
    assert goes_class(9.99e-6) == "C9.9"
    assert goes_class(np.nextafter(1e-5, 0)) == "C9.9"
    assert goes_class(5e-9) == "A0.5"


@pytest.mark.parametrize("flux", [0.0, -1e-6, np.nan, np.inf, 1e-10])
def test_no_class_for_no_flux(flux: float) -> None:
    with pytest.raises(ValueError, match="no GOES class"):
        goes_class(flux)


def test_a_list_is_sorted_by_the_time_that_counts() -> None:
    flares = flare_list(
        WEEK,
        start=["2011-02-15T10:00", "2011-02-15T09:00", "NaT"],
        peak=["2011-02-15T10:10", "NaT", "2011-02-15T08:00"],
        flux_w_m2=[1e-6, 2e-6, 3e-6],
    )
    assert flares.flux_w_m2.tolist() == [3e-6, 2e-6, 1e-6]
    assert time(flares).astype(str).tolist() == [
        "2011-02-15T08:00:00",
        "2011-02-15T09:00:00",
        "2011-02-15T10:10:00",
    ]
    assert flares.region.tolist() == [0, 0, 0]
    assert np.isnan(flares.latitude_deg).all()
    assert np.isnat(flares.end).all()


def test_only_exact_repeats_are_left_out() -> None:
    flares = flare_list(
        WEEK,
        start=["2011-02-15T10:00"] * 4,
        flux_w_m2=[1e-6, 1e-6, 1e-6, 1.1e-6],
        region=[11158, 11158, 0, 11158],
        latitude_deg=[np.nan, -np.nan, np.nan, np.nan],
        longitude_deg=[0.0, -0.0, 0.0, 0.0],
    )
    assert sorted(zip(flares.region.tolist(), flares.flux_w_m2.tolist(), strict=True)) == [
        (0, 1e-6),
        (11158, 1e-6),
        (11158, 1.1e-6),
    ]


def test_an_empty_list_is_a_list() -> None:
    flares = flare_list(WEEK, start=[], flux_w_m2=[])
    assert len(time(flares)) == 0
    assert flares.region.dtype == np.int64
    assert flares.start.dtype == "datetime64[s]"


def test_select_keeps_the_source() -> None:
    flares = flare_list(WEEK, start=["2011-02-15", "2011-02-16"], flux_w_m2=[1e-6, 1e-5])
    large = select(flares, flares.flux_w_m2 >= 1e-5)
    assert large.flux_w_m2.tolist() == [1e-5]
    assert large.source is WEEK
    assert select(flares, slice(1)).flux_w_m2.tolist() == [1e-6]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"start": ["NaT"], "flux_w_m2": [1e-6]}, "neither a start nor a peak"),
        ({"start": ["2011-02-15"], "flux_w_m2": [0.0]}, "above zero"),
        ({"start": ["2011-02-15"], "flux_w_m2": [np.nan]}, "above zero"),
        ({"start": ["2011-02-15"], "flux_w_m2": [1e-6, 1e-6]}, "one length"),
        ({"start": ["2011-02-15"], "flux_w_m2": [1e-6], "region": [1, 2]}, "one length"),
    ],
)
def test_a_broken_list_is_refused(columns: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        flare_list(WEEK, **columns)


def test_a_broken_source_is_refused() -> None:
    with pytest.raises(ValueError, match="which is no time"):
        flare_list(WEEK._replace(ends=np.datetime64("2011-01-01", "s")), start=[], flux_w_m2=[])
    with pytest.raises(ValueError, match="flux scale"):
        flare_list(WEEK._replace(flux_scale="log"), start=[], flux_w_m2=[])
