"""Tracked series of a region, against its whole life."""

import dataclasses
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.keys import named
from jsolar.sun.simulate import SunConfig, cos_heliocentric, evolve, radial_field, scene
from jsolar.sun.simulate.field import about, centroid_mm
from jsolar.sun.simulate.passage import SEEN_FLUX_MX
from jsolar.sun.simulate.region import unsigned_flux_mx
from jsolar.sun.simulate.sequences import expected_fields, observe_sequences, seen_radially
from jsolar.sun.units import MM_PER_DEGREE

SUN = SunConfig(steps=96, bipoles=2, fragments=4, clusters=2, grain_waves=8, activity_grid=8)
OFFSETS = (-24.0, -6.0, 0.0, 12.0)
COUNT, SIZE, DEGREES = 3, 16, 0.9
KEYS = jax.random.split(jax.random.key(5), 24)


@pytest.fixture(scope="module")
def series():
    follow = partial(
        observe_sequences, count=COUNT, offsets_hours=OFFSETS, size=SIZE,
        degrees_per_pixel=DEGREES, config=SUN,
    )  # fmt: skip
    return jax.device_get(jax.jit(jax.vmap(follow))(KEYS))


@pytest.fixture(scope="module")
def lives():
    return jax.jit(jax.vmap(lambda key: evolve(named(key, "life"), SUN)))(KEYS)


def test_frames_show_the_region_at_the_offsets_about_one_place(series, lives) -> None:
    """Rendered once more from the whole life, by hand; before emergence there is nothing."""

    @jax.jit
    def again(life, hours):
        def at(offset):
            step = jnp.round((hours + offset) / SUN.step_hours).astype(int)
            return scene(jax.tree.map(lambda x: x[jnp.maximum(step, 0)], life), SUN)

        middle = centroid_mm(at(0.0))
        draw = partial(radial_field, size=SIZE, cell_mm=DEGREES * MM_PER_DEGREE, config=SUN)
        return jnp.stack([draw(about(at(offset), middle)) for offset in OFFSETS])

    r, s = np.nonzero(series.valid)
    assert len(r) > 20
    young = series.hours[r, s] < 24
    assert 0 < young.sum() < len(r)
    for i, j in zip(r, s, strict=True):
        life = jax.tree.map(lambda x: x[i], lives)  # noqa: B023
        ours = again(life, series.hours[i, j])
        np.testing.assert_allclose(series.fields[i, j], ours, atol=0.5)
    assert np.abs(series.fields[r, s][young][:, 0]).max() == 0.0


def test_issue_times_are_distinct_catalogued_and_near_the_meridian_throughout(
    series, lives
) -> None:
    flux = np.asarray(jax.vmap(jax.vmap(unsigned_flux_mx))(lives))
    longitude = np.asarray(lives.longitude_deg)
    for i in range(len(KEYS)):
        steps = np.round(series.hours[i][series.valid[i]] / SUN.step_hours).astype(int)
        assert len(set(steps)) == len(steps)
        assert (flux[i][steps] > SEEN_FLUX_MX).all()
        assert (np.abs(longitude[i][steps + 4]) <= 70).all()  # 12 h later
        assert (np.abs(longitude[i][np.maximum(steps - 8, 0)]) <= 70).all()  # 24 h before
    assert series.valid.any(1).mean() < 1  # some regions offer none


def test_what_is_seen_is_the_field_with_network_and_noise_that_grow_with_1_over_mu() -> None:
    state = jax.tree.map(lambda x: x[40], evolve(jax.random.key(0), SUN))
    how = {"size": 64, "config": SUN}
    fields = []
    for longitude in (0.0, 60.0):
        view = scene(state._replace(longitude_deg=jnp.array(longitude)), SUN)
        seen = seen_radially(jax.random.key(1), view, degrees_per_pixel=0.12, **how)
        fields.append(seen - radial_field(view, cell_mm=0.12 * MM_PER_DEGREE, **how))
    mu = [float(cos_heliocentric(view.latitude_deg, jnp.array(x))) for x in (0.0, 60.0)]
    noise = (fields[1] - fields[0]) / (1 / mu[1] - 1 / mu[0])  # the same key, the same network
    assert float(noise.std()) == pytest.approx(SUN.noise_gauss, rel=0.05)
    assert float(fields[0].std()) > 1.2 * SUN.noise_gauss / mu[0]


def test_every_series_has_its_own_noise(series) -> None:
    r, s = np.nonzero(series.valid)
    noise = (series.frames - series.fields)[r, s].reshape(len(r), len(OFFSETS), -1)
    flat = noise.reshape(len(r) * len(OFFSETS), -1)
    together = np.corrcoef(flat) - np.eye(len(flat))
    assert np.abs(together).max() < 0.5


def test_the_mean_of_futures_is_what_comes_on_average(series, lives) -> None:
    """Against futures of other keys: nearer to each than any other single future is."""
    r, s = np.argwhere(series.valid & (np.abs(series.fields).max((2, 3, 4)) > 300))[0]
    present = (series.states, series.middle_mm)
    now, middle = jax.tree.map(lambda x: jnp.asarray(x[r, s]), present)
    how = {"lead_hours": (6.0, 24.0), "size": SIZE, "degrees_per_pixel": DEGREES}
    sixteen, single = (dataclasses.replace(SUN, futures=n) for n in (16, 1))
    mean = jax.jit(partial(expected_fields, config=sixteen, **how))(KEYS[0], now, middle)
    alone = jax.vmap(partial(expected_fields, config=single, **how), (0, None, None))
    many = np.asarray(jax.jit(alone)(jax.random.split(KEYS[2], 16), now, middle))
    one, others = many[0], many[1:]
    by_mean, by_one = (np.square(others - x).mean((0, 2, 3)) for x in (np.asarray(mean), one))
    assert (by_mean < 0.75 * by_one).all()
    assert by_mean[0] < by_mean[1]  # the later, the less sure
    np.testing.assert_allclose(many.mean(0), mean, atol=0.2 * np.abs(many).max())


def test_offsets_must_be_steps_of_the_simulation() -> None:
    with pytest.raises(ValueError, match="multiples of the 3 h"):
        observe_sequences(KEYS[0], count=1, offsets_hours=(-12, 0, 10), size=8,
                          degrees_per_pixel=0.9, config=SUN)  # fmt: skip
