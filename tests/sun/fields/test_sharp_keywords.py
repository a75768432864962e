"""SHARP keywords: published headers, and fields whose keywords are known."""

import pathlib
from collections.abc import Mapping

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

from jsolar.sun.fields.sharp_keywords import (
    MU0,
    active_pixels,
    los_keywords,
    pipeline_potential,
    pixel_arcsec,
    pixel_m,
    r_value_keyword,
    unsigned_flux,
    vector_keywords,
)
from jsolar.sun.files.sharp import read_segments, read_sharp, sharp_records

HEADER = {"CDELT1": 0.03, "RSUN_REF": 696e6, "RSUN_OBS": 971.671936, "DSUN_OBS": 147746220503.41}
SIDE = {"pixel_m": pixel_m(HEADER), "pixel_arcsec": pixel_arcsec(HEADER)}
ALL = np.ones((30, 40), bool)


def vector(br: object, bp: object = 0.0, bt: object = 0.0, active: np.ndarray = ALL) -> dict:
    fields = [np.broadcast_to(np.asarray(b, np.float64), ALL.shape) for b in (br, bp, bt)]
    fields = [jnp.asarray(b, jnp.float32) for b in fields]
    return {k: float(v) for k, v in vector_keywords(*fields, jnp.asarray(active), **SIDE).items()}


def test_the_pixel() -> None:
    """atan(R dphi / D) = 0.50877 arcsec, times R / RSUN_OBS = 364.4 km."""
    assert SIDE["pixel_arcsec"] == pytest.approx(0.508769, rel=1e-5)
    assert SIDE["pixel_m"] == pytest.approx(364426, rel=1e-5)
    assert SIDE["pixel_m"] == pytest.approx(696e6 * np.deg2rad(0.03), rel=1e-4)


def test_active_pixels() -> None:
    found = active_pixels(np.array([[69, 70, 90, 90]]), np.array([[34, 30, 29, 34]]))
    assert found.tolist() == [[False, True, False, True]]


def test_uniform_fields() -> None:
    """A field without gradients, inclined by 30 degrees."""
    found = vector(np.sqrt(3) * 500, 300, 400)
    assert found["CMASK"] == ALL.size
    area_cm2 = (SIDE["pixel_m"] * 100) ** 2
    assert found["USFLUX"] == pytest.approx(ALL.size * np.sqrt(3) * 500 * area_cm2, rel=1e-5)
    assert found["MEANGAM"] == pytest.approx(30, rel=1e-5)
    for name in ("MEANGBT", "MEANGBZ", "MEANGBH", "TOTUSJZ", "TOTUSJH", "ABSNJZH", "SAVNCPP"):
        assert found[name] == pytest.approx(0, abs=1e-3)


def test_weak_horizontal_fields_do_not_count_as_inclined() -> None:
    bp = np.where(np.arange(40) < 20, 1000.0, 99.0)
    assert vector(1000.0, bp)["MEANGAM"] == pytest.approx(45, rel=1e-5)
    assert np.isnan(vector(1000.0)["MEANGAM"])


def test_a_ramp_has_its_gradient_per_pixel() -> None:
    ramp = 3.0 * np.arange(40) + 4.0 * np.arange(30)[:, None] + 100
    found = vector(ramp)
    assert found["MEANGBZ"] == pytest.approx(5, rel=1e-4)
    assert found["MEANGBT"] == pytest.approx(5, rel=1e-4)
    assert found["MEANGBH"] == pytest.approx(0, abs=1e-4)


def test_a_rotating_field_has_a_uniform_current() -> None:
    """B_x = -a y, B_y = a x gives (curl B)_z = 2a; theta points south: B_theta = -B_y."""
    y, x = np.mgrid[:30, :40].astype(float)
    a, bz = 10.0, 200.0
    found = vector(bz, -a * y, -a * x)
    curl = 2 * a / SIDE["pixel_m"]
    current = curl * 1e-4 / MU0
    assert found["MEANJZD"] == pytest.approx(current * 1e3, rel=1e-4)
    assert found["TOTUSJZ"] == pytest.approx(current * ALL.size * SIDE["pixel_m"] ** 2, rel=1e-4)
    net = current * ALL.size * SIDE["pixel_m"] ** 2
    assert found["SAVNCPP"] == pytest.approx(net / SIDE["pixel_arcsec"] ** 2, rel=1e-4)
    assert found["MEANALP"] == pytest.approx(curl / bz * 1e6, rel=1e-4)
    assert found["MEANJZH"] == pytest.approx(curl * bz, rel=1e-4)
    assert found["TOTUSJH"] == pytest.approx(curl * bz * ALL.size, rel=1e-4)
    assert found["ABSNJZH"] == pytest.approx(found["TOTUSJH"], rel=1e-4)
    opposite = vector(-bz, -a * y, -a * x)
    assert opposite["MEANALP"] == pytest.approx(-found["MEANALP"], rel=1e-4)
    assert opposite["ABSNJZH"] == pytest.approx(found["ABSNJZH"], rel=1e-4)


def test_currents_of_opposite_polarities_do_not_cancel_in_savncpp() -> None:
    y, x = np.mgrid[:30, :40].astype(float)
    west = np.sign(x - 19.5)
    found = vector(west * 200, 0 * y, np.abs(x - 19.5) * 10)
    assert abs(found["MEANJZD"]) < 1e-3
    assert found["SAVNCPP"] * SIDE["pixel_arcsec"] ** 2 > 0.9 * found["TOTUSJZ"]


def test_only_active_pixels_count_and_gaps_do_not() -> None:
    rng = np.random.default_rng(0)
    br, bp, bt = rng.normal(0, 300, (3, *ALL.shape))
    active = ALL & (rng.random(ALL.shape) > 0.3)
    active[10:20, 10:20] = False
    whole = vector(br, bp, bt, active)
    br[12:18, 12:18] = np.nan  # neither active nor next to what is
    gaps = vector(br, bp, bt, active)
    for name in set(whole) - {"MEANPOT", "TOTPOT", "MEANSHR", "SHRGT45"}:  # these look farther
        assert gaps[name] == pytest.approx(whole[name], rel=1e-5)
    assert np.isfinite(list(gaps.values())).all()
    active[14, 14] = True
    assert vector(br, bp, bt, active) == pytest.approx(gaps, rel=1e-5)


def test_no_active_pixel() -> None:
    found = vector(100.0, active=~ALL)
    assert found["CMASK"] == found["USFLUX"] == found["TOTUSJH"] == found["TOTPOT"] == 0
    assert np.isnan(found["MEANGAM"])
    assert np.isnan(found["MEANJZD"])


def test_the_pipelines_potential_is_the_gradient_of_br() -> None:
    """Against the sum written out, on pixels of a small field."""
    br = np.random.default_rng(0).normal(0, 300, (24, 26))

    def potential(row: int, column: int) -> float:
        total = 0.0
        for i in range(max(row - 10, 0), min(row + 10, 24)):
            for j in range(max(column - 10, 0), min(column + 10, 26)):
                distance = np.sqrt((i - row) ** 2 + (j - column) ** 2 + 1e-6)
                total += br[i, j] * 1e-3 / distance
        return total

    west, north = pipeline_potential(jnp.asarray(br))
    for row, column in ((1, 1), (12, 13), (22, 24), (5, 20)):
        expected = (potential(row, column - 1) - potential(row, column + 1)) / 2
        assert float(west[row, column]) == pytest.approx(expected, rel=1e-3, abs=1e-2)
        expected = (potential(row - 1, column) - potential(row + 1, column)) / 2
        assert float(north[row, column]) == pytest.approx(expected, rel=1e-3, abs=1e-2)
    assert float(jnp.abs(west[0]).max() + jnp.abs(north[:, -1]).max()) == 0
    inner = np.s_[1:-1, 1:-1]
    np.testing.assert_allclose(west[inner], -np.gradient(br)[1][inner], atol=3.0)


def test_a_field_that_is_the_pipelines_potential_has_no_free_energy() -> None:
    br = 1000 * scipy.ndimage.gaussian_filter(np.random.default_rng(0).normal(size=ALL.shape), 3)
    west, north = pipeline_potential(jnp.asarray(br))
    found = vector(br, west, -north)
    assert found["MEANPOT"] == pytest.approx(0, abs=1e-6)
    assert found["MEANSHR"] == pytest.approx(0, abs=1e-2)
    assert found["SHRGT45"] == 0
    across = vector(0 * br + 100.0, 100.0)  # no gradient: vertical against 45 degrees
    inner = np.zeros_like(ALL)
    inner[12:-12, 12:-12] = True
    across = vector(0 * br + 100.0, 100.1, active=inner)
    assert across["MEANSHR"] == pytest.approx(45, abs=0.1)
    assert across["SHRGT45"] == 100
    assert across["MEANPOT"] == pytest.approx(100.1**2 / 8 / np.pi, rel=1e-2)


def test_line_of_sight_keywords() -> None:
    ramp = 3.0 * np.arange(40) + 4.0 * np.arange(30)[:, None] - 60
    bitmap = np.full(ALL.shape, 33)
    bitmap[:, :5] = 2
    found = los_keywords(ramp, bitmap, pixel_m=1e6)
    assert float(found["CMASKL"]) == 30 * 35
    assert float(found["USFLUXL"]) == pytest.approx(np.abs(ramp[:, 5:]).sum() * 1e16, rel=1e-5)
    assert float(found["MEANGBL"]) == pytest.approx(5, rel=1e-5)
    ramp[3, 30] = np.nan
    assert float(los_keywords(ramp, bitmap, pixel_m=1e6)["CMASKL"]) == 30 * 35 - 1
    assert np.isfinite(float(los_keywords(ramp, bitmap, pixel_m=1e6)["MEANGBL"]))


def test_r_value_samples_every_fourth_pixel() -> None:
    rng = np.random.default_rng(0)
    coarse = scipy.ndimage.gaussian_filter(rng.normal(0, 1, (30, 40)), 2) * 4000
    fine = rng.normal(0, 1e4, (120, 160))
    fine[::4, ::4] = coarse
    box = np.ones((3, 3))
    masks = [
        scipy.ndimage.convolve((s * coarse > 150) * 1.0, box, mode="constant") > 0 for s in (1, -1)
    ]
    near = scipy.ndimage.gaussian_filter(
        (masks[0] & masks[1]) * 1.0, 10 / 2.3548, mode="constant", truncate=8
    )
    expected = np.log10((near * np.abs(coarse)).sum())
    assert expected > 2
    ours = r_value_keyword(fine, pixel_arcsec=0.4956)
    assert float(ours) == pytest.approx(expected, abs=2e-4)
    fine[0, 0] = np.nan
    assert np.isfinite(float(r_value_keyword(fine, pixel_arcsec=0.4956)))


def test_jit_vmap_and_derivatives() -> None:
    fields = jnp.asarray(np.random.default_rng(0).normal(0, 300, (2, 3, *ALL.shape)), jnp.float32)
    active = jnp.asarray(ALL)

    def total(fields: jax.Array) -> tuple[jax.Array, dict[str, jax.Array]]:
        many = jax.vmap(lambda b: vector_keywords(*b, active, **SIDE))(fields)
        return sum((v / jax.lax.stop_gradient(v)).sum() for v in many.values()), many

    slopes, many = jax.jit(jax.grad(total, has_aux=True))(fields)
    assert np.isfinite(slopes).all()
    for i, b in enumerate(fields):
        for name, value in vector_keywords(*b, active, **SIDE).items():
            assert float(many[name][i]) == pytest.approx(float(value), rel=1e-3)


def test_flux_leaves_gaps_out() -> None:
    field = np.array([[np.nan, 100.0], [-50.0, 7.0]])
    active = np.array([[True, True], [True, False]])
    assert float(unsigned_flux(field, active, pixel_m=1e6)) == pytest.approx(1.5e18)


@pytest.fixture(scope="module")
def ar11158(realdata: pathlib.Path) -> tuple[dict[str, np.ndarray], Mapping[str, float]]:
    _, record = sharp_records(realdata / "sharp")
    return read_segments(record), record["Br"].keywords


@pytest.mark.realdata
@pytest.mark.parametrize("double", [True, False])
def test_the_published_header_of_ar_11158(
    ar11158: tuple[dict[str, np.ndarray], Mapping[str, float]], double: bool
) -> None:
    """Every keyword of the vector field, to the digits that the header prints."""
    pixels, header = ar11158
    side = {"pixel_m": pixel_m(header), "pixel_arcsec": pixel_arcsec(header)}
    fields = [pixels[k].astype(float if double else np.float32) for k in ("Br", "Bp", "Bt")]
    with jax.enable_x64(double):
        active = active_pixels(pixels["conf_disambig"], pixels["bitmap"])
        found = vector_keywords(*fields, active, **side)
    assert float(found.pop("CMASK")) == header["CMASK"] == 45703
    assert f"{float(found['USFLUX']):.5e}" == "2.71476e+22"
    # Published after the counting of a few pixels with invalid errors, which are not in the files.
    fewer = {"MEANGAM": 1e-4, "MEANGBZ": 1e-4, "MEANJZH": 1e-4, "MEANGBH": 1e-5, "MEANSHR": 1e-5}
    for name, value in found.items():
        assert float(value) == pytest.approx(header[name], rel=fewer.get(name, 5e-6)), name


@pytest.mark.realdata
def test_the_published_r_value_of_harp_115(realdata: pathlib.Path) -> None:
    (path,) = (realdata / "sharp").glob("*patch_sample_1*.magnetogram.fits")
    pixels, header = read_sharp(path)
    ours = r_value_keyword(pixels, pixel_arcsec=pixel_arcsec(header.keywords))
    assert header.keywords["R_VALUE"] == 3.252
    assert float(ours) == pytest.approx(3.252, abs=0.002)
