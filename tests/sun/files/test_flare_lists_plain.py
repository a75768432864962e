"""Our own format of a flare list."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsolar.sun.files.flare_lists import read_flare_list, write_flare_list
from jsolar.sun.flares.catalogue import FlareSource, flare_list

some_times = st.one_of(st.none(), st.integers(0, 10**6))
some_floats = st.one_of(st.just(np.nan), st.floats(-90, 90))


@settings(deadline=None, max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**6),
            some_times,
            some_times,
            st.floats(1e-9, 1e-2),
            st.integers(0, 2**40),
            some_floats,
            some_floats,
        ),
        max_size=8,
    ),
    st.text(max_size=10),
)
def test_own_format_reads_back_bit_by_bit(
    tmp_path_factory: pytest.TempPathFactory, entries: list[tuple], name: str
) -> None:
    origin = np.datetime64("2012-01-01", "s")
    at = lambda s: np.datetime64("NaT", "s") if s is None else origin + np.timedelta64(s, "s")  # noqa: E731
    source = FlareSource(name, 'v"1,', 0.1 + 0.2, "mixed", origin, origin + np.timedelta64(1, "s"))
    columns = list(zip(*entries, strict=True)) if entries else [()] * 7
    flares = flare_list(
        source,
        **{key: [at(s) for s in columns[i]] for i, key in enumerate(("start", "peak", "end"))},
        flux_w_m2=columns[3],
        region=columns[4],
        latitude_deg=columns[5],
        longitude_deg=columns[6],
    )
    path = tmp_path_factory.mktemp("own") / "flares.csv"
    write_flare_list(path, flares)
    again = read_flare_list(path)
    assert again.source == source
    for column, other in zip(flares[:-1], again[:-1], strict=True):
        assert column.dtype == other.dtype
        np.testing.assert_array_equal(column, other)
