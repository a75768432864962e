"""The CNN against PyTorch's numbers, its size by hand, and rows that do not see each other."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.models.cnn import CNNConfig, cnn

VARIANTS = [(norm, way) for norm in ("none", "group") for way in ("stride", "max")]
each_variant = pytest.mark.parametrize(("norm", "downsample"), VARIANTS)
SMALL = {"widths": (4, 16), "hidden": 6}
WIDTHS = list(enumerate(SMALL["widths"]))

# PyTorch 2.13 in double precision: pad(x, (0, 1, 0, 1)) and conv2d(stride=2), or
# conv2d(padding=1) and max_pool2d(2); group_norm(eps=1e-6) with 1 and 2 groups; relu; mean and
# amax; two matrix products. Pictures and parameters are those of `waves` below.
TORCH_LOGITS = {
    ("none", "stride"): [[-0.038463, -0.085819], [0.013904, -0.011702]],
    ("none", "max"): [[-0.009661, -0.04455], [0.074334, 0.014952]],
    ("group", "stride"): [[0.523615, 0.490068], [0.309192, 0.487804]],
    ("group", "max"): [[0.400815, 0.287952], [0.516671, 0.018613]],
}


def wave(shape: tuple[int, ...], phase: float) -> np.ndarray:
    return np.cos(0.7 * np.arange(np.prod(shape)) + phase).reshape(shape).astype(np.float32)


def waves(params: dict) -> dict:
    """Parameters of the shapes of ``params`` that need no random numbers."""
    made = {
        f"Conv_{i}": {
            "kernel": 0.5 * wave((3, 3, *widths), 1.0 + i),
            "bias": 0.1 * wave(widths[1:], 2.0 + i),
        }
        for i, widths in enumerate([(1, 4), (4, 16)])
    }
    for i, width in WIDTHS:
        norm = {"scale": 1 + 0.2 * wave((width,), 3.0 + i), "bias": 0.1 * wave((width,), 4.0 + i)}
        made[f"GroupNorm_{i}"] = norm
    for i, widths in enumerate([(32, 6), (6, 2)]):
        kernel, bias = 0.5 * wave(widths, 5.0 + 2 * i), 0.1 * wave(widths[1:], 6.0 + 2 * i)
        made[f"Dense_{i}"] = {"kernel": kernel, "bias": bias}
    return {name: made[name] for name in params}


def shapes(config: CNNConfig, size: int = 16, channels: int = 1, outputs: int = 2):
    """The parameters' shapes and dtypes."""
    pictures = jnp.zeros((1, size, size, channels))
    return jax.eval_shape(cnn(config, outputs=outputs).init, jax.random.key(0), pictures)


@functools.cache
def fresh(config: CNNConfig, batch: int = 3):
    """A compiled model, parameters and a batch of pictures."""
    pictures = np.random.default_rng(0).normal(size=(batch, 16, 16, 1))
    pictures = jnp.asarray(pictures, jnp.float32)
    apply = jax.jit(cnn(config, outputs=2).apply, static_argnames="train")
    return apply, waves(shapes(config)), pictures


@each_variant
def test_logits_are_pytorchs(norm: str, downsample: str) -> None:
    config = CNNConfig(**SMALL, norm=norm, downsample=downsample)
    pictures = jnp.asarray(wave((2, 8, 8, 1), 0.0))
    got = jax.jit(cnn(config, outputs=2).apply)(waves(shapes(config)), pictures)[0]
    np.testing.assert_allclose(got, TORCH_LOGITS[norm, downsample], rtol=1e-4, atol=1e-5)


@each_variant
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_logits_are_float32_whatever_the_arithmetic(norm, downsample, dtype) -> None:
    config = CNNConfig(**SMALL, norm=norm, downsample=downsample, dtype=dtype)
    params = shapes(config, outputs=3)
    logits, sown = jax.eval_shape(cnn(config, outputs=3).apply, params, jnp.zeros((3, 16, 16, 1)))
    assert (logits.shape, logits.dtype) == ((3, 3), jnp.float32)
    assert {leaf.dtype for leaf in jax.tree.leaves(params)} == {jnp.dtype("float32")}
    features = sown["features"][0]
    assert (features.shape, features.dtype) == ((3, 4, 4, 16), jnp.dtype(dtype))


def test_bfloat16_is_close_to_float32_and_not_the_same() -> None:
    apply, params, pictures = fresh(CNNConfig(**SMALL))
    exact = apply(params, pictures)[0]
    rough = jax.jit(cnn(CNNConfig(**SMALL, dtype="bfloat16"), outputs=2).apply)(params, pictures)[0]
    np.testing.assert_allclose(rough, exact, atol=0.03 * float(jnp.abs(exact).max()) + 0.01)
    assert (rough != exact).any()


def test_bfloat16_makes_no_ties_of_logits() -> None:
    """Eight bits would leave 2,000 pictures a few dozen logits, and ranks need all of them."""
    config = CNNConfig(**SMALL, dtype="bfloat16")
    apply, params, _ = fresh(config)
    pictures = jax.random.normal(jax.random.key(0), (2000, 16, 16, 1))
    logits = np.asarray(apply(params, pictures)[0])
    assert len(np.unique(logits[:, 0])) > 1500


@pytest.mark.parametrize("norm", ["none", "group"])
@pytest.mark.parametrize(("widths", "channels"), [((4,), 1), ((4, 16), 2), ((8, 8, 24), 1)])
def test_number_of_parameters_by_hand(norm: str, widths: tuple[int, ...], channels: int) -> None:
    """9 in · out + out a convolution, 2 · out a norm, then two dense layers."""
    config = CNNConfig(widths=widths, norm=norm, hidden=5)
    ins = (channels, *widths[:-1])
    expected = sum(9 * i * o + o for i, o in zip(ins, widths, strict=True))
    expected += 2 * sum(widths) if norm == "group" else 0
    expected += 2 * widths[-1] * 5 + 5 + 5 * 3 + 3
    params = shapes(config, channels=channels, outputs=3)
    assert sum(leaf.size for leaf in jax.tree.leaves(params)) == expected


@each_variant
def test_rows_do_not_see_each_other(norm: str, downsample: str) -> None:
    """Another order, or other neighbours, changes nothing; dropout goes with its example."""
    config = CNNConfig(**SMALL, norm=norm, downsample=downsample, dropout=0.5)
    apply, params, pictures = fresh(config, batch=5)
    keys = jax.random.split(jax.random.key(1), 5)
    whole = apply(params, pictures, key=keys, train=True)[0]
    order = np.array([3, 0, 4, 1, 2])
    permuted = apply(params, pictures[order], key=keys[order], train=True)[0]
    np.testing.assert_allclose(permuted, whole[order], rtol=1e-5, atol=1e-6)
    neighbours = pictures.at[1:].set(1e3)
    alone = apply(params, neighbours, key=keys, train=True)[0][0]
    np.testing.assert_allclose(alone, whole[0], rtol=1e-5, atol=1e-6)


def test_without_a_norm_the_strength_of_the_field_shows() -> None:
    """Twice the field is twice the features; a group norm hides that, as its docstring says."""
    sizes = {}
    for norm in ("none", "group"):
        apply, params, pictures = fresh(CNNConfig(**SMALL, norm=norm))
        bare = {f"Conv_{i}": {**params[f"Conv_{i}"], "bias": np.zeros(w)} for i, w in WIDTHS}
        params = params | bare
        features = [apply(params, x)[1]["features"][0] for x in (pictures, 2 * pictures)]
        sizes[norm] = float(jnp.abs(features[1]).sum() / jnp.abs(features[0]).sum())
    assert sizes["none"] == pytest.approx(2.0, rel=1e-4)
    assert sizes["group"] == pytest.approx(1.0, rel=1e-3)


def test_odd_sides_halve_upwards_with_strides_and_are_refused_with_maxima() -> None:
    config = CNNConfig(**SMALL)
    _, sown = jax.eval_shape(
        cnn(config, outputs=2).apply, shapes(config), jnp.zeros((3, 13, 13, 1))
    )
    assert sown["features"][0].shape == (3, 4, 4, 16)
    with pytest.raises(TypeError, match="reshape"):
        shapes(CNNConfig(**SMALL, downsample="max"), size=13)


def test_dropout_acts_in_training_only() -> None:
    apply, params, pictures = fresh(CNNConfig(**SMALL, dropout=0.5))
    keys = jax.random.split(jax.random.key(1), 3)
    plain = apply(params, pictures)[0]
    np.testing.assert_array_equal(apply(params, pictures, key=keys)[0], plain)
    assert (apply(params, pictures, key=keys, train=True)[0] != plain).any()
