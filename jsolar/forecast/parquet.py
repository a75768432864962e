"""Forecasts as a file that every number of a report can be recomputed from.

Yes is said where ``probability >= threshold``; both are float32, as they are compared here.
"""

import pathlib
from collections.abc import Iterator

import numpy as np
import pandas as pd

from jsolar.forecast.compare import Comparison


def write_forecasts(folder: pathlib.Path, comparison: Comparison, *, seed: int) -> None:
    """Write ``forecasts.parquet``: one row for each example, event and method.

    Args:
      folder: of the run.
      comparison: whose forecasts and splits are written.
      seed: of the run.
    """
    path = folder / "forecasts.parquet"
    part = path.with_name(path.name + ".part")
    whole = pd.concat(_tables(comparison)).assign(seed=seed, simulated=comparison.data.synthetic)
    whole.to_parquet(part, index=False)
    part.replace(path)


def _tables(comparison: Comparison) -> Iterator[pd.DataFrame]:
    data = comparison.data
    for model, forecast in comparison.forecasts.items():
        for split, examples, probability in (
            ("validation", data.validation, forecast.validation),
            ("test", data.test, forecast.test),
        ):
            for k, event in enumerate(data.events):
                columns = {
                    "id": examples.rows.id,
                    "region": examples.rows.group,
                    "issue_time": examples.rows.time,
                    "observed": examples.events.happened[:, k],
                    "known": examples.events.known[:, k],
                    "probability": probability[:, k].astype(np.float32),
                }
                about = {"event": event, "split": split, "model": model}
                threshold = np.float32(comparison.cards[model][event]["threshold"])
                yield pd.DataFrame(columns).assign(**about, threshold=threshold)
