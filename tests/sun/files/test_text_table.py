"""CSV tables whose cells stay text until their meaning is known."""

import pathlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jsolar.sun.files.text_table import moments, numbers, read_text_table, whole_numbers


def table_of(folder: pathlib.Path, text: str, **options: int) -> dict[str, list[str]]:
    path = folder / "table.csv"
    path.write_text(text, encoding="utf-8")
    columns = read_text_table(path, ["a", "b"], **options)
    return {name: column.tolist() for name, column in columns.items()}


def test_cells_stay_text(tmp_path: pathlib.Path) -> None:
    text = 'a, b ,c\n0709,  NA ,"POLYGON((1 2,\n3 4))"\n\n////,1e5,x#y\n'
    assert table_of(tmp_path, text) == {
        "a": ["0709", "////"],
        "b": ["NA", "1e5"],
        "c": ["POLYGON((1 2,\n3 4))", "x#y"],
    }


def test_an_unnamed_first_cell_is_left_out(tmp_path: pathlib.Path) -> None:
    assert table_of(tmp_path, "a,b\n0,1,2\n1,3,4\n") == {"a": ["1", "3"], "b": ["2", "4"]}
    assert table_of(tmp_path, ",a,b\n0,1,2\n")["a"] == ["1"]


def test_lines_before_the_header_are_skipped(tmp_path: pathlib.Path) -> None:
    assert table_of(tmp_path, '# {"x": "y,"}\na,b\n1,2\n', skip_lines=1)["b"] == ["2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column 'a', 'b'"),
        ("a\n1\n", "no column 'b'"),
        ("a,b\n1\n", "row 1 has 1 cells, 2 expected"),
        ("a,b\n1,2\n1,2,3\n", "row 2 has 3 cells, 2 expected"),
        ("a,b\n0,1,2\n1,2\n", "row 2 has 2 cells, 3 expected"),
        ("a,b\n1,2,3,4\n", "row 1 has 4 cells"),
    ],
)
def test_rows_of_another_length_are_an_error(
    tmp_path: pathlib.Path, text: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        table_of(tmp_path, text)


def test_bytes_that_are_no_text_are_an_error(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(b"a,b\n\xff\xfe,1\n")
    with pytest.raises(ValueError, match="not a readable CSV table"):
        read_text_table(path, ["a"])


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_doubles_read_back(value: float) -> None:
    assert numbers(np.array([repr(value), "////"]), what="x")[0] == value


@pytest.mark.parametrize("text", ["1_0", "inf", "1e999", "0x10", "1,5", "one", "٣", "."])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="table: a"):
        numbers(np.array([text]), what="table: a")


def test_whole_numbers() -> None:
    assert whole_numbers(np.array(["24.0", "-3"]), what="x").tolist() == [24, -3]
    assert whole_numbers(np.array([""]), what="x", missing=-1).tolist() == [-1]
    for text, message in (("2.5", "not a whole number"), ("", "row 1 has no value")):
        with pytest.raises(ValueError, match=message):
            whole_numbers(np.array([text]), what="x")


def test_moments() -> None:
    texts = ["2012-01-01 04:45:00.999", "2012-01-01T04:45Z", "2012-01-01", "None"]
    assert moments(np.array(texts), what="x").astype(str).tolist() == [
        "2012-01-01T04:45:00",
        "2012-01-01T04:45:00",
        "2012-01-01T00:00:00",
        "NaT",
    ]


@pytest.mark.parametrize("text", ["today", "2012", "2012-02-30", "2012-01-01 25:00", "04:45"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a time"):
        moments(np.array([text]), what="x")
