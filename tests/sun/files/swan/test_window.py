"""Windows are read exactly, gaps and all; what is broken is named with its line."""

import io
import pathlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.files.swan.window import PARAMETERS, parse_window
from tests.sun.files.swan.windows import START, numbers, window_name, window_text

NAME = window_name("M1.0@265:Primary")


def read(text: str, name: str = NAME):
    return parse_window(name, text.encode(), where="a/b.csv")


def test_numbers_times_and_names_are_read_exactly() -> None:
    got = read(window_text())
    np.testing.assert_array_equal(got.series, numbers().astype(np.float32))
    assert got.good.tolist() == [i != 3 for i in range(60)]
    assert got.noaa == (11158,)
    assert (got.name.subclass, got.name.harp) == ("M", 115)


@pytest.mark.parametrize("separator", ["\t", ",", ";"])
@pytest.mark.parametrize("number", ["{!r}", "{:.9E}", '"{!r}"'])
def test_a_spreadsheets_spelling_is_read_too(separator: str, number: str) -> None:
    """``1.5E+023`` and quotes; digits that were not saved cannot come back."""
    text = window_text(separator=separator, number=number).replace("E+23", "E+023")
    exact = number != "{:.9E}"
    got = read(text.replace("\n", "\r\n"))
    np.testing.assert_allclose(got.series, numbers(), rtol=1e-7 if exact else 1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 23)), max_size=40), st.integers(0, 59))
def test_gaps_are_gaps_wherever_they_are(cells, empty: int) -> None:
    values = numbers()
    for row, column in cells:
        values[row, column] = np.nan
    lines = window_text(values).splitlines()
    lines[empty + 1] = lines[empty + 1].split("\t")[0] + "\t" * 27  # a whole row
    values[empty] = np.nan
    got = read("\n".join(lines))
    np.testing.assert_array_equal(got.series, values.astype(np.float32))
    assert not got.good[empty]


def test_an_empty_line_is_an_empty_row_and_none_a_missing_value() -> None:
    lines = window_text().splitlines()
    lines[5] = ""
    lines[6] = "\t".join(["None" if i == 2 else c for i, c in enumerate(lines[6].split("\t"))])
    got = read("\n".join(lines))
    assert np.isnan(got.series[4]).all()
    assert np.isnan(got.series[5]).tolist() == [i == 1 for i in range(24)]


def _changed(line: int, old: str, new: str) -> str:
    lines = window_text().splitlines()
    assert old in lines[line]
    lines[line] = lines[line].replace(old, new, 1)
    return "\n".join(lines)


TEXT = window_text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "the file is empty"),
        (TEXT[: len(TEXT) // 2], "line 3[0-9]: [0-9]+ cells of 28: is the file cut short"),
        ("\n".join(TEXT.splitlines()[:-20]), "40 rows of 60: is the file cut short"),
        (_changed(0, "R_VALUE", "R_VAL"), "line 1: no column R_VALUE"),
        (_changed(0, "TOTUSJH", "totusjh"), r"no column TOTUSJH \(there is totusjh\)"),
        (_changed(0, "TOTUSJH", "a"), "line 1: no column TOTUSJH"),
        (_changed(2, "2012-01-01 00:12:00", "1/1/2012 0:12"), "line 3: the time 1/1/2012 0:12 sh"),
        (_changed(4, "00:36:00", "00:37:00"), "line 5: the time .* should be 2012-01-01T00:36:00"),
        (_changed(7, "\t", "\tx"), "line 8, TOTUSJH: 'x.*' is no number"),
        (_changed(7, "\t", "\t1e999"[:6] + "\t"), "line 8: 29 cells of 28"),
        ("lat,lon\n1,2\n", "line 1: no column Timestamp, TOTUSJH"),
    ],
)
def test_what_is_broken_is_named_with_its_line(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^a/b.csv.*{why}"):
        read(text)


def test_infinite_numbers_and_pictures_are_refused() -> None:
    values = numbers()
    values[2, 3] = np.inf
    with pytest.raises(ValueError, match="line 4, TOTUSJZ: infinite"):
        read(window_text(values))
    with pytest.raises(ValueError, match="no text"):
        parse_window(NAME, b"\x89PNG\r\n\x1a\n\xff")


def test_a_name_whose_times_are_not_60_rows_apart_is_refused() -> None:
    name = NAME.replace("_e2012-01-01T11:48:00", "_e2012-01-01T11:36:00")
    with pytest.raises(ValueError, match="not 60 rows 12 minutes apart"):
        read(window_text(start=START), name)


@pytest.mark.realdata
def test_the_real_windows_are_read_as_pandas_reads_them(realdata: pathlib.Path) -> None:
    """Eight of them: labels, gaps, times, quality, NOAA numbers."""
    files = sorted((realdata / "swan_sf").glob("*.csv"))
    windows = [parse_window(path.name, path.read_bytes()) for path in files]
    told = [
        (w.name.subclass, w.name.flare, w.name.harp, w.noaa, int((~w.good).sum())) for w in windows
    ]
    for path, window in zip(files, windows, strict=True):
        theirs = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
        exact = theirs[list(PARAMETERS)].map(float).to_numpy().astype(np.float32)
        np.testing.assert_array_equal(window.series, exact)
        assert str(window.name.start).replace("T", " ") == theirs.Timestamp.iloc[0]
        assert str(window.name.end).replace("T", " ") == theirs.Timestamp.iloc[-1]
        assert (theirs.QUALITY.map(float) >= 0x10000).tolist() == (~window.good).tolist()
    assert [t[:3] for t in told] == [
        ("B", 7467, 3647), ("B", 7467, 3647), ("C", 7151, 3415), ("C", 7869, 3836),
        ("M", 7571, 3686), ("M", 7571, 3686), ("M", 6915, 3321), ("FQ", 0, 3272),
    ]  # fmt: skip
    assert windows[0].noaa == (11958, 11959, 11960, 11963, 11964)
    assert windows[2].noaa == (11907,)
    assert windows[-1].noaa == ()
    fluxes = [8.3e-7, 8.3e-7, 1e-6, 1e-6, 1.5e-5, 1.5e-5, 1.6e-5, 0.0]
    np.testing.assert_allclose([w.name.flux_w_m2 for w in windows], fluxes, rtol=1e-12)


@pytest.mark.realdata
def test_a_real_window_with_cells_taken_out_has_gaps_there(realdata: pathlib.Path) -> None:
    path = sorted((realdata / "swan_sf").glob("lab[[]M[]]*.csv"))[0]
    frame = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)
    whole = parse_window(path.name, path.read_bytes()).series
    frame.loc[10:12, ["USFLUX", "R_VALUE"]] = ""
    out = io.StringIO()
    frame.to_csv(out, sep="\t", index=False)
    got = parse_window(path.name, out.getvalue().encode()).series
    gaps = np.zeros((60, 24), bool)
    gaps[10:13, [PARAMETERS.index("USFLUX"), PARAMETERS.index("R_VALUE")]] = True
    np.testing.assert_array_equal(np.isnan(got), gaps)
    np.testing.assert_array_equal(got[~gaps], whole[~gaps])
