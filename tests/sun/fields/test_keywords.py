"""Keywords of patches: definitions against SciPy, symmetries, and what must stay finite."""

import pathlib

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.ndimage

from jsolar.sun import units
from jsolar.sun.fields.inversion import blur, gradient, inversion_lines, magnitude, r_value
from jsolar.sun.fields.keywords import PATCH_KEYWORDS, SIGNED_KEYWORDS, patch_keywords
from jsolar.sun.fields.patches import block_mean
from jsolar.sun.files.sharp import pixel_mu, read_sharp

SCALE = 0.12
PIXEL_MM = SCALE * units.MM_PER_DEGREE


def keywords(
    field: np.ndarray, *, scale: float = SCALE, mu: object = 1.0, noise: float = 30.0
) -> dict[str, float]:
    arrays = [jnp.asarray(x, jnp.float32) for x in (field, mu)]
    values = patch_keywords(arrays[0], degrees_per_pixel=scale, mu=arrays[1], noise_gauss=noise)
    return dict(zip(PATCH_KEYWORDS, np.asarray(values, np.float64).tolist(), strict=True))


def region(seed: int = 0, n: int = 48) -> np.ndarray:
    """Blurred noise with a strong bipole, 0 near the edges."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:n, :n]
    field = scipy.ndimage.gaussian_filter(rng.normal(0, 1, (n, n)), 1.5) * 400
    for sign, row, column in ((1, 20, 18), (-1, 24, 25)):
        field += sign * 1500 * np.exp(-0.5 * ((y - row) ** 2 + (x - column) ** 2) / 3.0**2)
    field[:8] = field[-8:] = field[:, :8] = field[:, -8:] = 0
    return field


def schrijver(field: np.ndarray) -> float:
    """R of Schrijver (2007) on pixels of 2 arcsec, by SciPy."""
    box = np.ones((3, 3))
    masks = [scipy.ndimage.convolve((s * field > 150) * 1.0, box, mode="constant") for s in (1, -1)]
    line = ((masks[0] > 0) & (masks[1] > 0)) * 1.0
    near = scipy.ndimage.gaussian_filter(line, 10 / 2.3548, mode="constant", truncate=8)
    total = (near * np.abs(field)).sum()
    return float(np.log10(total)) if total > 1 else 0.0


def test_names() -> None:
    assert len(set(PATCH_KEYWORDS)) == len(PATCH_KEYWORDS) == 12
    assert set(SIGNED_KEYWORDS) <= set(PATCH_KEYWORDS)


def test_a_bipole_by_hand() -> None:
    """Two squares of 6 x 6 pixels that touch, of 800 and -400 G."""
    field = np.zeros((48, 48))
    field[10:16, 10:16], field[10:16, 16:22] = 800.0, -400.0
    found = keywords(field)
    area_mm2 = 36 * PIXEL_MM**2
    unsigned, net = 1200 * area_mm2 * 1e16, 400 * area_mm2 * 1e16
    assert 10 ** found["log_unsigned_flux_coarse"] == pytest.approx(1 + unsigned / 1e18, rel=1e-4)
    assert found["net_flux_coarse"] == pytest.approx(net / 1e21, rel=1e-5)
    assert found["flux_imbalance"] == pytest.approx(1 / 3, rel=1e-5)
    assert 10 ** found["log_strong_area"] == pytest.approx(1 + area_mm2, rel=1e-5)
    assert found["maximum_field"] == 800.0
    assert found["polarity_separation"] == pytest.approx(6 * PIXEL_MM, rel=1e-5)
    assert found["maximum_gradient"] == pytest.approx(np.hypot(600, 400) / PIXEL_MM, rel=1e-5)
    # The line is 6 pixels long; crossings count pi/4 each, whatever the direction.
    assert found["inversion_line_length"] == pytest.approx(6 * np.pi / 4 * PIXEL_MM, rel=1e-5)
    steepest = 4 * 600 + 2 * np.hypot(600, 400)
    assert found["inversion_line_gradient"] == pytest.approx(steepest * np.pi / 4 / 1e3, rel=1e-5)


def test_projection_and_noise() -> None:
    """B_r = B_los / mu where B_los exceeds the noise; gradients and R are of B_los."""
    field = region()
    half, whole = keywords(field, mu=0.5), keywords(field)
    assert half["net_flux_coarse"] == pytest.approx(2 * whole["net_flux_coarse"], rel=1e-4)
    for name in ("r_value_coarse", "maximum_gradient", "maximum_field", "inversion_line_length"):
        assert half[name] == whole[name]
    for name in ("flux_imbalance", "polarity_separation"):
        assert half[name] == pytest.approx(whole[name], rel=1e-4)
    assert keywords(field, mu=0.01) == keywords(field, mu=0.2)
    deaf = keywords(field, noise=1e5)
    assert deaf["log_unsigned_flux_coarse"] == deaf["mean_gradient_coarse"] == 0
    quiet = keywords(np.where(np.abs(field) > 30, field, 0))
    assert quiet["net_flux_coarse"] == pytest.approx(whole["net_flux_coarse"], rel=1e-5)


def test_mu_for_each_pixel() -> None:
    field, mu = region(), np.linspace(0.3, 0.9, 48)[None].repeat(48, 0)
    radial = np.where(np.abs(field) > 30, field / mu, 0)
    net = radial.sum() * (PIXEL_MM * 1e8) ** 2 / 1e21
    assert keywords(field, mu=mu)["net_flux_coarse"] == pytest.approx(net, rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_r_against_scipy(seed: int) -> None:
    field = region(seed)
    assert schrijver(field) > 3
    ours = r_value(jnp.asarray(field), pixel_mm=PIXEL_MM)
    assert float(ours) == pytest.approx(schrijver(field), abs=2e-4)


def test_r_is_0_without_a_strong_line() -> None:
    assert keywords(0.05 * region())["r_value_coarse"] == 0
    assert keywords(np.abs(region()))["r_value_coarse"] == 0


def test_blur_and_gradient_against_scipy() -> None:
    field = np.random.default_rng(0).normal(0, 100, (30, 41))
    for sigma in (0.7, 1.5, 4.2):
        theirs = scipy.ndimage.gaussian_filter(field, sigma, mode="constant", truncate=8)
        np.testing.assert_allclose(blur(jnp.asarray(field), sigma), theirs, atol=1e-3)
    central = [scipy.ndimage.correlate1d(field, [-0.5, 0, 0.5], axis) for axis in (0, 1)]
    inner = np.s_[1:-1, 1:-1]
    np.testing.assert_allclose(
        jax.jit(gradient)(field)[inner], np.hypot(*central)[inner], rtol=1e-4
    )


def test_the_length_of_a_line_is_right_in_the_mean_over_directions() -> None:
    """Crofton: exact on average; one direction is at worst 21 % short or 11 % long."""
    y, x = np.mgrid[-40:41, -40:41]
    measure = jax.jit(lambda field: jnp.stack(inversion_lines(field, pixel_mm=1.0)))
    found = []
    for turn in np.deg2rad(np.arange(0, 180, 5)):
        sign = np.where(np.cos(turn) * x + np.sin(turn) * y > -0.01, 1000.0, -1000.0)
        found.append(measure(np.where(np.hypot(x, y) < 35, sign, 0.0)))
    length, along = np.array(found).T
    assert (length > 0.77 * 70).all()
    assert (length < 1.13 * 70).all()
    assert length.mean() == pytest.approx(70, rel=0.03)
    assert (1000 * length <= along).all()  # 2000 G across two pixels, in one direction or both
    assert (along <= 1600 * length).all()


def test_a_gentle_change_of_sign_is_no_strong_line() -> None:
    ramp = np.linspace(-200, 200, 48)[None].repeat(48, 0)
    assert keywords(ramp)["inversion_line_length"] == 0
    assert keywords(20 * ramp)["inversion_line_length"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_symmetries(seed: int) -> None:
    field = region(seed)
    found = keywords(field)
    for turned in (field[::-1], field[:, ::-1], field[::-1, ::-1], field.T):
        assert keywords(turned) == pytest.approx(found, rel=1e-3, abs=1e-4)
    flipped = {name: -value if name in SIGNED_KEYWORDS else value for name, value in found.items()}
    assert keywords(-field) == pytest.approx(flipped, rel=1e-4, abs=1e-5)
    shifted = np.roll(field, (3, -4), (0, 1))
    assert keywords(shifted) == pytest.approx(found, rel=1e-3, abs=1e-4)


def test_twice_the_field() -> None:
    """Without thresholds in the way: all values are multiples of 600 G."""
    field = np.round(region() / 600) * 600
    once, twice = keywords(field), keywords(2 * field)
    same = ("flux_imbalance", "polarity_separation", "log_strong_area", "inversion_line_length")
    double = (
        *("net_flux_coarse", "mean_gradient_coarse", "maximum_gradient", "maximum_field"),
        "inversion_line_gradient",
    )
    for name in same:
        assert twice[name] == pytest.approx(once[name], rel=1e-4)
    for name in double:
        assert twice[name] == pytest.approx(2 * once[name], rel=1e-4)
    for name in ("log_unsigned_flux_coarse", "r_value_coarse", "polarity_overlap"):
        assert twice[name] == pytest.approx(once[name] + np.log10(2), abs=1e-3)
    assert set(same) | set(double) | {
        "log_unsigned_flux_coarse",
        "r_value_coarse",
        "polarity_overlap",
    } == set(PATCH_KEYWORDS)


def test_each_pixel_of_the_same_field_cut_into_four() -> None:
    """Fields finer than 2 arcsec are averaged to that scale first, mu along with them."""
    field, mu = region(), np.linspace(0.3, 0.9, 48)[None].repeat(48, 0)
    fine = {"scale": SCALE / 4, "mu": mu.repeat(4, 0).repeat(4, 1)}
    found = keywords(field.repeat(4, 0).repeat(4, 1), **fine)
    assert found == pytest.approx(keywords(field, mu=mu), rel=1e-3, abs=1e-4)


def test_a_coarser_picture_of_a_smooth_field_has_similar_keywords() -> None:
    y, x = np.mgrid[:48, :48] - 23.5
    blob = [1500 * np.exp(-0.5 * (y**2 + (x - s * 6) ** 2) / 5**2) for s in (1, -1)]
    field = blob[0] - blob[1]
    fine, coarse = keywords(field), keywords(block_mean(field, 2), scale=2 * SCALE)
    steps = ("maximum_gradient", "inversion_line_length", "inversion_line_gradient")
    for name in PATCH_KEYWORDS:  # lines are counted in whole pixels
        allowed = 0.2 if name in steps else 0.06
        assert coarse[name] == pytest.approx(fine[name], rel=allowed, abs=1e-3), name


@jax.jit
def slopes(field: jax.Array) -> jax.Array:
    return jax.jacrev(lambda f: patch_keywords(f, degrees_per_pixel=SCALE))(field)


@pytest.mark.parametrize("kind", ["zero", "constant", "positive", "one pixel", "noise", "huge"])
def test_values_and_derivatives_are_finite(kind: str) -> None:
    rng, shape = np.random.default_rng(0), (48, 48)
    field = {
        "zero": np.zeros(shape),
        "constant": np.full(shape, 200.0),
        "positive": np.abs(region()),
        "one pixel": np.eye(1, 48 * 48, 777).reshape(shape) * 900,
        "noise": rng.normal(0, 5, shape),
        "huge": rng.normal(0, 1e5, shape),
    }[kind]
    found = keywords(field)
    assert np.isfinite(list(found.values())).all()
    if kind == "zero":
        assert set(found.values()) == {0.0}
    assert np.isfinite(slopes(jnp.asarray(field, jnp.float32))).all()


@pytest.mark.parametrize("name", ["net_flux_coarse", "polarity_separation", "polarity_overlap"])
def test_derivatives_against_differences(name: str) -> None:
    field, step = region(), np.eye(1, 48 * 48, 48 * 20 + 18).reshape(48, 48) * 50
    slope = slopes(jnp.asarray(field, jnp.float32))[PATCH_KEYWORDS.index(name), 20, 18]
    difference = (keywords(field + step)[name] - keywords(field - step)[name]) / 100
    assert float(slope) == pytest.approx(difference, rel=0.02)
    assert slope != 0


@pytest.mark.parametrize("mu", [-1.0, 0.0, 0.5])
def test_any_angle_is_finite(mu: float) -> None:
    assert np.isfinite(list(keywords(region(), mu=mu).values())).all()


def test_gaps_count_as_zero() -> None:
    gaps, zeros = region(), region()
    gaps[20:22, 30], zeros[20:22, 30] = np.nan, 0.0
    assert keywords(gaps) == keywords(zeros)


def test_a_patch_that_is_too_small() -> None:
    with pytest.raises(ValueError, match="at least 2 × 2 pixels"):
        patch_keywords(np.zeros((7, 40)), degrees_per_pixel=0.03)


def test_jit_and_vmap_agree_with_one_by_one() -> None:
    fields = jnp.asarray(np.stack([region(seed) for seed in range(3)]), jnp.float32)
    mu = jnp.array([0.5, 0.8, 1.0])
    many = jax.jit(jax.vmap(lambda field, m: patch_keywords(field, degrees_per_pixel=SCALE, mu=m)))(
        fields, mu
    )
    for field, m, row in zip(fields, mu, many, strict=True):
        alone = patch_keywords(field, degrees_per_pixel=SCALE, mu=m)
        np.testing.assert_allclose(row, alone, rtol=1e-4, atol=1e-4)


def test_magnitude_of_nothing() -> None:
    assert float(jax.grad(lambda x: magnitude(x, 0 * x))(0.0)) == 0.0
    assert float(magnitude(jnp.array(3.0), jnp.array(4.0))) == 5.0


@pytest.mark.realdata
def test_real_patches(realdata: pathlib.Path) -> None:
    """A strong complex region and a weak one; coarse keywords near the published ones."""
    found = {}
    for harp, name in ((115, "*patch_sample_1*"), (377, "*377*")):
        (path,) = (realdata / "sharp").glob(f"{name}.magnetogram.fits")
        pixels, header = read_sharp(path)
        found[harp] = keywords(pixels, scale=0.03, mu=pixel_mu(header))
        flux = 10 ** found[harp]["log_unsigned_flux_coarse"] * 1e18
        # USFLUX counts fewer pixels but the whole vector.
        assert 0.7 < flux / header.keywords["USFLUX"] < 2.0
    assert found[115]["r_value_coarse"] == pytest.approx(3.252, abs=0.3)
    bigger = (
        "r_value_coarse",
        "log_unsigned_flux_coarse",
        "inversion_line_length",
        "mean_gradient_coarse",
    )
    for name in (*bigger, "log_strong_area", "polarity_overlap", "inversion_line_gradient"):
        assert found[377][name] > found[115][name]
    assert found[377]["flux_imbalance"] < 0.05 < found[115]["flux_imbalance"]
    assert found[115]["net_flux_coarse"] < -3  # MNET of the header is negative
