"""The detector: what it reads, how it is taught, and that nothing depends on the batch."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.flare_detection import PRESETS
from jsolar.detect.examples import DiskInputs
from jsolar.detect.findings import judged
from jsolar.detect.network import Detector, network_inputs, train_detector
from jsolar.models.mask_rcnn.network import TERMS
from jsolar.sun.sphere import Frame, sphere
from jsolar.train.config import TrainConfig
from jsolar.verify.boxes.regions import region_rows
from tests.detect.toy import toy

TINY = dataclasses.replace(PRESETS["smoke"][1].network, detections=10)


def large_flare(disks):
    """The same disks with flares in the largest regions only."""
    regions = disks.regions.copy()
    for i, one in enumerate(regions):
        regions[i] = one._replace(happened=one.masks(disks.inputs.image.shape[1]).sum((1, 2)) > 120)
    return disks._replace(regions=regions)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    data = toy(rotations=8)
    data = data._replace(
        **{name: large_flare(getattr(data, name)) for name in ("train", "validation", "test")}
    )
    folder = tmp_path_factory.mktemp("runs") / "detector"
    detector = train_detector(
        jax.random.key(0),
        data.train,
        data.validation,
        frame=data.frame,
        network=TINY,
        config=TrainConfig(
            epochs=36, batch_size=8, learning_rate=5e-3, evaluations=2, steps_per_call=1
        ),
        folder=folder,
    )
    return data, detector, folder


def test_it_learns_to_find_regions_and_which_flare(trained) -> None:
    data, detector, _ = trained
    found = detector(data.test.inputs)
    rows = region_rows(judged(data.test, found, data.frame))
    assert rows.found[~rows.false].mean() > 0.7
    seen = rows.found & ~rows.false
    flaring, quiet = (rows.probability[seen & (rows.happened == yes)] for yes in (True, False))
    assert np.median(flaring) > np.quantile(quiet, 0.9)


def test_the_log_has_every_term_of_training_and_validation(trained) -> None:
    _, _, folder = trained
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    for line in lines:
        for prefix in ("", "validation_"):
            terms = [line[prefix + term] for term in TERMS]
            assert sum(terms) == pytest.approx(line[f"{prefix}loss"], rel=1e-4)


def test_findings_do_not_depend_on_the_batch(trained) -> None:
    data, detector, _ = trained
    one = Detector(detector.network, detector.frame, detector.params, batch_size=3)
    some = DiskInputs(*(x[:5] for x in data.test.inputs))
    for a, b in zip(one(some), detector(some), strict=True):
        np.testing.assert_allclose(a.boxes, b.boxes, atol=1e-3)
        np.testing.assert_allclose(a.evidence, b.evidence, atol=1e-3)
        assert a.found(data.frame.size).masks.any((1, 2)).all()


def test_what_is_read_has_no_nan_and_the_right_mu() -> None:
    image = np.full((2, 32, 32, 1), np.nan, np.float32)
    image[:, 10:20, 10:20] = 1e4
    b0 = np.array([0.0, 7.0], np.float32)
    read = network_inputs(DiskInputs(image, b0), Frame(32))
    assert bool(jnp.isfinite(read).all())
    assert float(read[..., 0].max()) == pytest.approx(np.arcsinh(1e4 / 30) / 2, rel=1e-5)
    for i in range(2):  # μ is about the observer, whatever the Sun's axis does
        mu = np.nan_to_num(sphere(Frame(32), float(b0[i])).mu)
        np.testing.assert_allclose(read[i, ..., 1], mu, atol=2e-5)
