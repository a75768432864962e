"""Under each picture stands what came, or that nobody knows."""

import numpy as np

from jsolar.forecast import gallery
from jsolar.forecast.compare import Comparison
from jsolar.forecast.examples import Data, Examples
from jsolar.forecast.fitting import Probabilities
from jsolar.forecast.page import WINDOWS
from jsolar.report import plots
from jsolar.types import Events, Rows


def test_what_is_not_known_is_not_called_quiet(tmp_path, monkeypatch) -> None:
    happened = np.array([[True], [False], [False], [True]])
    known = np.array([[True], [True], [False], [True]])
    rows = Rows(np.arange(4).astype(str), np.array([1, 2, 3, 1]), np.zeros(4, "datetime64[s]"))
    pictures = np.zeros((4, 8, 8, 1), np.float32)
    test = Examples(rows, {"image": pictures}, Events(happened, known))
    data = Data(test, test, test, ("≥C1.0",), {"degrees_per_pixel": 0.24})
    said = np.array([[0.5], [0.9], [0.7], [0.6]])
    forecasts = {"CNN": Probabilities(said, said)}
    titles = []
    monkeypatch.setattr(
        plots, "pictures", lambda images, told, path, **how: titles.extend(told) or path
    )
    comparison = Comparison("all", WINDOWS, data, forecasts, *[{}] * 8)
    gallery.surest(tmp_path / "pictures.png", comparison, "CNN")
    assert titles == ["90%: no flare", "70%: not known", "60%: flare"]
