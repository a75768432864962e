"""Baselines that must find what is there, and the network that predicts what changes."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from jsolar import models
from jsolar.data.normalise import Normaliser
from jsolar.models.unet import UNetConfig
from jsolar.pictures.methods.fitted import advected, damped, linear_trend, smoothed
from jsolar.pictures.methods.linear import linear_convolution
from jsolar.pictures.methods.neural import NetworkPredictor, drawn_lead, neural, rolled_out
from jsolar.pictures.methods.persistence import persistence, rotated
from jsolar.pictures.networks import changes
from jsolar.pictures.series import Seen
from jsolar.train.config import TrainConfig
from tests.pictures.tiny import LEADS, PAST, SIZE, data

KEY = jax.random.key(0)
UNET = UNetConfig(width=2, depth=1)
UNIT = Normaliser(np.zeros(()), np.array(50.0), np.array([1]))


def fitted(method, table):
    return method.fit(KEY, table.train, table.validation, LEADS)


def holes(table):
    """The same with a corner that nobody has seen."""
    for split in (table.train, table.test):
        for frames in (split.past, split.future):
            frames[:, :, :2, :5] = np.nan
    return table


def test_persistence_is_the_last_frame() -> None:
    test = holes(data()).test
    found = fitted(persistence(), data())(test.seen, 12.0)
    np.testing.assert_array_equal(found, np.nan_to_num(test.past[:, -1]))


def test_differential_rotation_carries_regions_east_at_high_latitudes() -> None:
    """At 20° by (14.054 − 14.184)°/day · cos 20°, in half a day 0.0613°."""
    frames = np.zeros((3, 1, 21, 21), np.float32)
    frames[:, :, 10, 10] = 100.0
    seen = Seen(frames, np.array([20.0, -20.0, 0.0]))
    found = rotated(0.03).fit(KEY, data().train, data().train, LEADS)(seen, 12.0)
    place = (found * np.arange(21)).sum((1, 2)) / found.sum((1, 2)) - 10
    np.testing.assert_allclose(place, [-2.04, -2.04, 2.37], atol=0.03)


@pytest.mark.parametrize("change", [lambda table: table, holes])
def test_damping_finds_the_factor_of_each_lead(change) -> None:
    table = change(data())
    predict = fitted(damped(), table)
    last = np.nan_to_num(table.test.past[:, -1])
    np.testing.assert_allclose(predict(table.test.seen, 6.0), 0.8 * last, rtol=1e-4)
    assert np.abs(predict(table.test.seen, 12.0)).max() < 0.1 * np.abs(last).max()  # it has moved


def test_smoothing_finds_the_width_of_the_blur() -> None:
    table = data()
    for split in (table.train, table.test):
        blurred = np.stack([gaussian_filter(x, 0.8, mode="constant") for x in split.past[:, -1]])
        split.future[:, 0] = 0.9 * blurred
    found = fitted(smoothed(), table)(table.test.seen, 6.0)
    np.testing.assert_allclose(found, table.test.future[:, 0], atol=1.0)  # of 100 G


@pytest.mark.parametrize(("change", "off"), [(lambda table: table, 0.05), (holes, 4.0)])
def test_the_linear_convolution_finds_what_is_linear(change, off) -> None:
    """A factor at the first lead, a shift at the second; of 100 G, holes blur it a little."""
    table = change(data())
    predict = fitted(linear_convolution(3), table)
    for number, lead in enumerate(LEADS):
        came = table.test.future[:, number]
        known = np.isfinite(came)
        known[:, :3, :6] = False  # beside the hole
        np.testing.assert_allclose(predict(table.test.seen, lead)[known], came[known], atol=off)


def test_the_linear_convolution_reads_all_frames() -> None:
    """A trend: twice the last frame less the one before."""
    table = data()
    for split in (table.train, table.test):
        split.future[:, 0] = 2 * split.past[:, 2] - split.past[:, 1]
    predict = fitted(linear_convolution(1), table)
    np.testing.assert_allclose(predict(table.test.seen, 6.0), table.test.future[:, 0], atol=0.01)


def test_the_linear_trend_goes_on() -> None:
    """A line through three frames; its slope counts by the hour."""
    table = data()
    for split in (table.train, table.test):
        slope = (split.past[:, 2] - split.past[:, 0]) / 12  # of the line through all three
        split.future[:] = split.past[:, 2:] + np.array(LEADS)[:, None, None] * slope[:, None]
    predict = fitted(linear_trend(PAST), table)
    for number, lead in enumerate(LEADS):
        found = predict(table.test.seen, lead)
        np.testing.assert_allclose(found, table.test.future[:, number], atol=0.1)


def test_advection_moves_on_what_has_moved() -> None:
    """A spot that goes a pixel to the west in 6 h."""
    table = data()
    y, x = np.mgrid[:SIZE, :SIZE]
    for split in (table.train, table.test):
        rows = np.random.default_rng(len(split.past)).uniform(4, 8, len(split.past))
        frames = [
            800 * np.exp(-((y - row) ** 2 + (x - 4 - step) ** 2) / 4)
            for row in rows
            for step in range(-2, 3)
        ]
        frames = np.reshape(frames, (len(rows), 5, SIZE, SIZE)).astype(np.float32)
        split.past[:], split.future[:] = frames[:, :3], frames[:, 3:]
    advection, still = (
        fitted(m, table)(table.test.seen, 12.0) for m in (advected(PAST), smoothed())
    )
    error, naive = (np.square(p - table.test.future[:, 1]).mean() for p in (advection, still))
    assert error < 0.1 * naive


def test_a_lead_that_the_data_lack_is_refused() -> None:
    with pytest.raises(ValueError, match="no frame at 9 h, only at 6, 12 h"):
        fitted(damped(), data())(data().test.seen, 9.0)


def test_the_network_begins_with_persistence_and_predicts_in_gauss() -> None:
    network = models.make(UNET, outputs=2)
    model = changes(network, UNIT)
    frames = jnp.asarray(holes(data()).test.past[:3])
    inputs = {"frames": frames, "lead_hours": jnp.full(3, 12.0)}
    params = model.init(KEY, inputs)
    np.testing.assert_allclose(model.apply(params, inputs)[0], jnp.nan_to_num(frames[:, -1]))
    last = params["Head_0"]["Conv_0"] | {"bias": jnp.array([-0.25, 0.5])}  # relative and absolute
    params = params | {"Head_0": {"Conv_0": last}}
    expected = 0.75 * jnp.nan_to_num(frames[:, -1]) + 25.0
    np.testing.assert_allclose(model.apply(params, inputs)[0], expected, rtol=1e-5)


def test_each_series_is_shown_one_lead_and_told_which() -> None:
    keys = jax.random.split(KEY, 64)
    targets = jnp.broadcast_to(jnp.asarray(LEADS)[:, None, None], (64, 2, 4, 4))
    inputs = {"frames": jnp.ones((64, 3, 4, 4)), "lead_hours": jnp.zeros(64)}
    shown, target = drawn_lead(LEADS)(keys, inputs, targets)
    sign = shown["frames"][:, 0, 0, 0]  # a reversed polarity is reversed in past and future
    np.testing.assert_array_equal(
        target, (sign * shown["lead_hours"])[:, None, None] * jnp.ones((4, 4))
    )
    assert set(shown["lead_hours"].tolist()) == set(LEADS)
    assert set(sign.tolist()) == {-1.0, 1.0}


def test_a_trained_network_beats_persistence_and_is_found_again(tmp_path) -> None:
    table = data()
    config = TrainConfig(epochs=40, batch_size=8, learning_rate=0.02, evaluations=2)
    method = neural(UNET, judged_at=6.0, config=config, folder=tmp_path / "unet")
    predict = fitted(method, table)
    found = predict(table.test.seen, 6.0)
    error, naive = (
        np.square(x - table.test.future[:, 0]).mean() for x in (found, table.test.past[:, -1])
    )
    assert error < 0.5 * naive
    again = fitted(method, table)  # the same folder: nothing is trained
    np.testing.assert_array_equal(again(table.test.seen, 6.0), found)
    assert isinstance(predict, NetworkPredictor)
    assert np.abs(predict(table.test.seen, 12.0) - found).max() > 1  # it heeds the lead


def test_steps_are_taken_from_what_was_predicted() -> None:
    seen = []

    def predict(told, lead):
        seen.append((told.frames.copy(), lead))
        return told.frames[:, -1] + told.frames[:, -2]

    roll = rolled_out(predict, step_hours=6.0, past_hours=PAST)
    past = np.array([[1.0, 2.0, 3.0]]).reshape(1, 3, 1, 1) * np.ones((1, 1, SIZE, SIZE))
    past = Seen(past, np.zeros(1))
    assert roll(past, 18.0)[0, 0, 0] == 13  # 3 + 2 = 5, 5 + 3 = 8, 8 + 5
    assert [lead for _, lead in seen] == [6.0] * 3
    assert seen[2][0][0, :, 0, 0].tolist() == [3, 5, 8]
    with pytest.raises(ValueError, match="a lead of 9 h is no multiple of 6 h"):
        roll(past, 9.0)
    with pytest.raises(ValueError, match="are not 12 h apart"):
        rolled_out(predict, step_hours=12.0, past_hours=PAST)


def test_missing_pixels_do_not_spoil_a_prediction() -> None:
    network = NetworkPredictor(UNET, UNIT, functools.partial(_params)())
    assert np.isfinite(network(holes(data()).test.seen, 12.0)).all()


def _params():
    inputs = {"frames": jnp.zeros((1, 3, SIZE, SIZE)), "lead_hours": jnp.ones(1)}
    return changes(models.make(UNET, outputs=2), UNIT).init(KEY, inputs)
