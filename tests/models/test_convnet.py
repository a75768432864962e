"""The CNNs of flare papers: their sizes, and that dense layers see where things are."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from jsolar.models.convnet import HUANG, LI, ConvNetConfig, convnet


@pytest.mark.parametrize(
    ("config", "kernels", "dense"),
    [
        (LI, [(11, 11, 1, 64), (11, 11, 64, 64), *[(3, 3, 64, 64)] * 3], [(1024, 128), (128, 64)]),
        (HUANG, [(11, 11, 1, 64), (11, 11, 64, 64)], [(65536, 200), (200, 20)]),
    ],
    ids=["Li", "Huang"],
)
def test_sizes_on_pictures_of_128(config, kernels, dense) -> None:
    params = jax.eval_shape(
        convnet(config, outputs=2).init, jax.random.key(0), jnp.zeros((1, 128, 128, 1))
    )
    found = [params[f"Conv_{i}"]["kernel"].shape for i in range(len(kernels))]
    assert found == kernels
    widths = [params[f"Dense_{i}"]["kernel"].shape for i in range(3)]
    assert widths == [*dense, (dense[-1][1], 2)]


def test_place_matters_and_odd_sides_do_not_break_it() -> None:
    model = convnet(ConvNetConfig(width=3, kernels=(5, 3), hidden=(8,)), outputs=1)
    spot = jnp.zeros((2, 15, 15, 1)).at[0, 3:6, 3:6].set(1.0).at[1, 9:12, 9:12].set(1.0)
    params = model.init(jax.random.key(1), spot)
    here, there = model.apply(params, spot)[0][:, 0]
    assert not np.isclose(here, there)
