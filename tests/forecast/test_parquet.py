"""Every forecast is in the file, as it was made."""

import pathlib

import numpy as np
import pandas as pd
import pytest

from jsolar.forecast.compare import Comparison
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.page import WINDOWS
from jsolar.forecast.parquet import write_forecasts
from jsolar.types import Events, Rows


def made(n: int, region: int) -> Examples:
    rng = np.random.default_rng(region)
    return Examples(
        rows=Rows(
            id=np.array([f"{region}-{i}" for i in range(n)]),
            group=np.full(n, region),
            time=np.datetime64("2014-10-24", "s") + 86400 * np.arange(n),
        ),
        inputs={},
        events=Events(rng.random((n, 2)) < 0.5, rng.random((n, 2)) < 0.8),
    )


VALIDATION, TEST = made(3, 12192), made(5, 12673)
FORECASTS = {
    name: Probabilities(*(np.random.default_rng(i).random((n, 2)) for n in (3, 5)))
    for i, name in enumerate(["CNN", "climatology"])
}
FORECASTS["CNN"].test[2, 1] = np.nan
CARDS = {
    name: {event: {"threshold": float(np.float32(0.1 + i))} for event in ("≥C1.0", "≥M1.0")}
    for i, name in enumerate(FORECASTS)
}


def write(folder: pathlib.Path, *, synthetic: bool = True) -> pd.DataFrame:
    facts = {"name": "toy", "synthetic": synthetic}
    data = Data(VALIDATION, VALIDATION, TEST, ("≥C1.0", "≥M1.0"), facts)
    write_forecasts(folder, Comparison("all", WINDOWS, data, FORECASTS, CARDS, *[{}] * 7), seed=7)
    return pd.read_parquet(folder / "forecasts.parquet")


def test_forecasts_are_one_row_for_each_example_event_and_method(tmp_path) -> None:
    table = write(tmp_path)
    assert len(table) == (3 + 5) * 2 * 2
    assert not table.duplicated(["id", "event", "model"]).any()
    assert table.seed.eq(7).all()
    for split, examples in {"validation": VALIDATION, "test": TEST}.items():
        for k, event in enumerate(["≥C1.0", "≥M1.0"]):
            for model, forecast in FORECASTS.items():
                part = table[(table.split == split) & (table.event == event)]
                part = part[part.model == model]
                assert part.id.tolist() == examples.rows.id.tolist()
                assert part.region.tolist() == examples.rows.group.tolist()
                np.testing.assert_array_equal(part.issue_time.to_numpy(), examples.rows.time)
                np.testing.assert_array_equal(part.observed, examples.events.happened[:, k])
                np.testing.assert_array_equal(part.known, examples.events.known[:, k])
                said = getattr(forecast, split)[:, k].astype(np.float32)
                np.testing.assert_array_equal(part.probability, said)
                assert part.threshold.eq(CARDS[model][event]["threshold"]).all()


@pytest.mark.parametrize("synthetic", [True, False])
def test_forecasts_say_whether_the_data_are_simulated(tmp_path, synthetic: bool) -> None:
    assert write(tmp_path, synthetic=synthetic).simulated.eq(synthetic).all()


def test_a_crash_while_writing_forecasts_leaves_none(tmp_path, monkeypatch) -> None:
    def crash(self, path, **kwargs):
        pathlib.Path(path).write_bytes(b"PAR1 and no more")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pd.DataFrame, "to_parquet", crash)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path)
    assert not (tmp_path / "forecasts.parquet").exists()
