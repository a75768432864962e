"""Toy examples: ``from tests.forecast.toy import toy``."""

import numpy as np

from jsolar.forecast.examples import Data, Examples
from jsolar.types import Events, Rows


def toy(n: int = 400, *, seed: int = 0, first_region: int = 11000) -> Examples:
    """Regions whose first event follows from their keywords and whose second is pure chance.

    A tenth of the labels is not known, and these are wrong on purpose.

    Args:
      n: rows; five to a region.
      seed: of everything.
      first_region: regions are numbered from here on.

    Returns:
      Examples with the inputs ``keywords`` and ``previous``.
    """
    rng = np.random.default_rng(seed)
    keywords = rng.normal([0.0, 5.0, -2.0], [1.0, 3.0, 0.1], (n, 3)).astype(np.float32)
    happened = np.stack([keywords[:, 0] + (keywords[:, 1] - 5) / 3 > 0.5, rng.random(n) < 0.3], 1)
    known = rng.random((n, 2)) < 0.9
    return Examples(
        rows=Rows(
            id=np.array([f"{seed}-{i}" for i in range(n)]),
            group=first_region + np.arange(n) // 5,
            time=np.datetime64("2012-01-01", "s") + 3600 * np.arange(n),
        ),
        inputs={"keywords": keywords, "previous": (rng.random((n, 2)) < 0.2).astype(np.float32)},
        events=Events(happened ^ ~known, known),
    )


TRAIN = toy(seed=1)
VALIDATION = toy(150, seed=2, first_region=12000)
TEST = toy(1000, seed=3, first_region=13000)
DATA = Data(TRAIN, VALIDATION, TEST, ("follows", "chance"), {"name": "toy", "synthetic": True})
