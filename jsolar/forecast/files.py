"""Forecasts as a file that every number of a report can be recomputed from."""

from collections.abc import Mapping, Sequence

from jsolar.forecast.compare import Probabilities
from jsolar.run import Run
from jsolar.types import Examples


def write_forecasts(
    run: Run,
    said: Mapping[str, Probabilities],
    validation: Examples,
    test: Examples,
    *,
    events: Sequence[str],
    synthetic: bool,
) -> None:
    """Write ``forecasts.parquet``: one row for each example, event and method.

    Args:
      run: the run; its config has a ``seed``.
      said: probabilities by method.
      validation: examples.
      test: examples.
      events: names of the events.
      synthetic: whether the data are simulated.
    """
    import pandas as pd

    tables = []
    for model, probabilities in said.items():
        for split, examples, probability in (
            ("validation", validation, probabilities.validation),
            ("test", test, probabilities.test),
        ):
            for k, event in enumerate(events):
                columns = {
                    "id": examples.id,
                    "region": examples.region,
                    "issue_time": examples.issue_time,
                    "observed": examples.events.happened[:, k],
                    "known": examples.events.known[:, k],
                    "probability": probability[:, k],
                }
                table = pd.DataFrame(columns).assign(event=event, split=split, model=model)
                tables.append(table.assign(seed=run.config.seed, simulated=synthetic))
    path = run.folder / "forecasts.parquet"
    part = path.with_name(path.name + ".part")
    pd.concat(tables).to_parquet(part, index=False)
    part.replace(path)
