"""The symmetries of the Sun on pictures with objects in them."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Key

from jsolar.detect.examples import DiskInputs
from jsolar.keys import named
from jsolar.models.mask_rcnn.targets import Objects


def disk_symmetries(
    keys: Key[Array, "b"], inputs: DiskInputs, objects: Objects
) -> tuple[DiskInputs, Objects]:
    """All four ways in which the same Sun could have appeared, see `jsolar.data.augment`.

    The next cycle reverses all polarities; a Sun that is mirrored at its equator reverses them too,
    and is seen from the other side of it. East and west stay: leading polarities differ from
    following ones.

    Args:
      keys: one for each picture.
      inputs: the disks.
      objects: what is in them.

    Returns:
      The same Suns, as likely in one way as in another.
    """
    return jax.vmap(_one)(keys, inputs, objects)


def _one(key: Key[Array, ""], inputs: DiskInputs, objects: Objects) -> tuple[DiskInputs, Objects]:
    flipped = jax.random.bernoulli(named(key, "polarity_flip"))
    mirrored = jax.random.bernoulli(named(key, "hemisphere_mirror"))
    image, b0 = inputs
    left, low, right, high = objects.boxes.T
    above = jnp.stack([left, image.shape[0] - high, right, image.shape[0] - low], -1)
    boxes = jnp.where(mirrored & objects.present[:, None], above, objects.boxes)
    masks = jnp.where(mirrored, objects.masks[:, ::-1], objects.masks)
    image = jnp.where(mirrored, -image[::-1], image) * jnp.where(flipped, -1.0, 1.0)
    seen = DiskInputs(image, jnp.where(mirrored, -b0, b0))
    return seen, objects._replace(boxes=boxes, masks=masks)
