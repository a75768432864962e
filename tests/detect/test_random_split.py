"""Does the random split flatter who remembers, and nobody else?"""

import jax
import numpy as np

from jsolar.detect.compare import Method
from jsolar.detect.findings import all_regions, oracle
from jsolar.detect.random_split import SHARE, random_split
from tests.detect.toy import SIZE, toy


def truth_of(disks):
    """What an inputs-only detector would have to know, looked up by the picture."""
    by_picture = {one.tobytes(): i for i, one in enumerate(disks.inputs.image)}
    return lambda inputs: [by_picture[one.tobytes()] for one in inputs.image]


def test_one_method_on_the_same_pictures_is_no_better_for_the_split() -> None:
    data = toy(rotations=14, disks=8)

    def fit(train, held):
        number = truth_of(held)
        return lambda inputs: [oracle(held)[i] for i in number(inputs)]

    honest = Method(oracle(data.validation), oracle(data.test))
    found = random_split(jax.random.key(0), data, honest, fit)
    n = 3 * 14 * 8
    assert found.held == round(SHARE * n)
    assert found.trained + found.held == n
    assert 0 < found.shared < found.held
    assert abs(found.same_pictures.value) < 0.1  # thresholds come from different pictures
    assert found.inflation.low < 0 < found.inflation.high


def test_who_remembers_is_flattered() -> None:
    """A method that knows the outcome of what it was judged on."""
    data = toy(rotations=14, disks=8)
    blind = Method(all_regions(data.validation), all_regions(data.test))

    def fit(train, held):
        number = truth_of(held)
        told = [
            one._replace(evidence=np.where(regions.happened, 3.0, -3.0))
            for one, regions in zip(all_regions(held), held.regions, strict=True)
        ]
        assert not set(train.rows.id) & set(held.rows.id)
        assert held.inputs.image.shape[1] == SIZE
        return lambda inputs: [told[i] for i in number(inputs)]

    found = random_split(jax.random.key(0), data, blind, fit)
    assert found.same_pictures.low > 0.5
    assert found.inflation.low > 0.5
    assert found.summary()["inflation"]["low"] == found.inflation.low
