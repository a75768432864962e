"""A simulated region as a tracked series: what was seen until an issue time, and what came after.

The patch stays at one heliographic place, the centroid of the flux at the issue time, so that what
changes from frame to frame is the region, not the view.
"""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Key, UInt

from jsolar.keys import named
from jsolar.sun import units
from jsolar.sun.simulate import evolve
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.field import (
    Scene,
    about,
    centroid_mm,
    cos_heliocentric,
    picture,
    radial_field,
    scene,
)
from jsolar.sun.simulate.passage import choose_times, is_near, is_seen, passage
from jsolar.sun.simulate.region import RegionState, advance


class Sequences(NamedTuple):
    """Tracked series of one region. ``s`` issue times, ``t`` frames of each.

    Attributes:
      hours: issue times since the region emerged; ``valid``: which rows are real.
      states: the whole present at the issue times, from which futures can be simulated.
      middle_mm: place about which the frames are cut.
      future_key: raw random key for the futures (``jax.random.key_data``).
      frames: what is seen, B_los/μ in gauss: the radial field with network and noise.
      fields: the region's own radial field, gauss, without network and noise.
      latitude_deg, longitude_deg: of the region at the issue times.
    """

    hours: Float[Array, "s"]
    valid: Bool[Array, "s"]
    states: RegionState
    middle_mm: Float[Array, "s xy"]
    future_key: UInt[Array, "s words"]
    frames: Float[Array, "s t h w"]
    fields: Float[Array, "s t h w"]
    latitude_deg: Float[Array, "s"]
    longitude_deg: Float[Array, "s"]


def observe_sequences(
    key: Key[Array, ""],
    *,
    count: int,
    offsets_hours: tuple[float | int, ...],
    size: int,
    degrees_per_pixel: float,
    phase: float | Float[Array, ""] = 0.4,
    config: SunConfig,
) -> Sequences:
    """Simulate a region and follow it about ``count`` random issue times of its passage.

    Issue times are drawn without repetition among the steps at which the region is catalogued and
    at all of whose offsets it is within 70° of the central meridian. Before it has emerged there is
    the quiet Sun to see.

    Args:
      key: random key of the region.
      count: s, issue times asked for; those that do not exist are not ``valid``.
      offsets_hours: t times relative to the issue time, whole multiples of ``config.step_hours``,
        e.g. (−12, −6, 0, 12).
      size: pixels on a side.
      degrees_per_pixel: scale of the frames.
      phase: of the solar cycle, see `cycle.Phase`.
      config: the parameters of the Sun.

    Returns:
      The series; vmap over keys for many regions.

    Raises:
      ValueError: an offset is no multiple of the step.

    Example:
      >>> sun = SunConfig(steps=64, bipoles=1, fragments=4)
      >>> follow = lambda key: observe_sequences(
      ...     key, count=2, offsets_hours=(-6, 0, 12), size=16, degrees_per_pixel=0.9, config=sun)
      >>> jax.jit(follow)(jax.random.key(3)).frames.shape
      (2, 3, 16, 16)
    """
    offset = _steps(offsets_hours, config)
    states = passage(evolve(named(key, "life"), config, phase), config)
    wanted = jnp.arange(len(states.hours))[:, None] + offset
    near = is_near(states)
    after_all = wanted[:, -1:] < len(near)
    allowed = is_seen(states) & near & (_at(near, wanted) & after_all).all(-1)
    issue, valid = choose_times(named(key, "times"), allowed, count)
    then = _at(states, issue)
    middle = jax.vmap(lambda state: centroid_mm(scene(state, config)))(then)
    keys = jax.random.split(named(key, "pictures"), (count, len(offsets_hours)))
    cell_mm = degrees_per_pixel * units.MM_PER_DEGREE

    def look(
        key: Key[Array, ""], state: RegionState, middle: Float[Array, "xy"]
    ) -> tuple[Float[Array, "h w"], Float[Array, "h w"]]:
        view = about(scene(state, config), middle)
        how: dict[str, Any] = {"size": size, "config": config}
        field = radial_field(view, cell_mm=cell_mm, **how)
        return seen_radially(key, view, degrees_per_pixel=degrees_per_pixel, **how), field

    frames, fields = jax.vmap(jax.vmap(look, (0, 0, None)))(
        keys, _at(states, wanted[issue]), middle
    )
    return Sequences(
        hours=then.hours,
        valid=valid,
        states=then,
        middle_mm=middle,
        future_key=jax.random.key_data(jax.random.split(named(key, "futures"), count)),
        frames=frames,
        fields=fields,
        latitude_deg=then.latitude_deg,
        longitude_deg=then.longitude_deg,
    )


def expected_fields(
    key: Key[Array, ""],
    state: RegionState,
    middle_mm: Float[Array, "xy"],
    *,
    lead_hours: tuple[float | int, ...],
    size: int,
    degrees_per_pixel: float,
    config: SunConfig,
) -> Float[Array, "l h w"]:
    """The mean radial field to come, given the whole present: the least squared error there is.

    The mean over ``config.futures`` simulated futures of this state. Network and noise have the
    mean 0, so it is the best prediction of what will be observed, too. With m futures its own
    error is 1/m of the variance that nobody can foresee.

    Args:
      key: random key of the futures.
      state: the present.
      middle_mm: place about which the frames are cut, from `Sequences`.
      lead_hours: l rising times after the present, multiples of the step.
      size: pixels on a side.
      degrees_per_pixel: scale of the frames.
      config: the parameters of the Sun.

    Returns:
      ``[l, size, size]``, gauss.

    Example:
      >>> from jsolar.sun.simulate.birth import emerge
      >>> sun = SunConfig(bipoles=1, fragments=4, futures=2)
      >>> young = emerge(jax.random.key(0), sun)
      >>> expected_fields(jax.random.key(1), young, jnp.zeros(2), lead_hours=(6, 12), size=16,
      ...                 degrees_per_pixel=0.9, config=sun).shape
      (2, 16, 16)
    """
    steps = _steps(lead_hours, config)
    last = round(lead_hours[-1] / config.step_hours)
    cell_mm = degrees_per_pixel * units.MM_PER_DEGREE

    def step(state: RegionState, key: Key[Array, ""]) -> tuple[RegionState, RegionState]:
        later = advance(key, state, config)
        return later, later

    def draw(state: RegionState) -> Float[Array, "h w"]:
        view = about(scene(state, config), middle_mm)
        return radial_field(view, size=size, cell_mm=cell_mm, config=config)

    def future(key: Key[Array, ""]) -> Float[Array, "l h w"]:
        path = jax.lax.scan(step, state, jax.random.split(key, last))[1]
        return jax.vmap(draw)(_at(path, steps - 1))

    return jax.vmap(future)(jax.random.split(key, config.futures)).mean(0)


def seen_radially(
    key: Key[Array, ""], view: Scene, *, size: int, degrees_per_pixel: float, config: SunConfig
) -> Float[Array, "h w"]:
    """B_los/μ, gauss: the picture of a magnetograph, put back to the radial field.

    Noise grows toward the limb as 1/μ, as it does where real SHARPs are treated so.

    Args:
      key: random key of this picture.
      view: the region.
      size: pixels on a side.
      degrees_per_pixel: heliographic scale.
      config: the parameters of the Sun.

    Returns:
      ``[size, size]``.
    """
    how: dict[str, Any] = {"size": size, "degrees_per_pixel": degrees_per_pixel}
    mu = cos_heliocentric(view.latitude_deg, view.longitude_deg)
    return picture(key, view, config=config, **how) / mu


def _steps(offsets_hours: tuple[float | int, ...], config: SunConfig) -> Array:
    steps = [hours / config.step_hours for hours in offsets_hours]
    if any(abs(step - round(step)) > 1e-6 for step in steps):
        raise ValueError(
            f"the offsets {offsets_hours} h must be multiples of the {config.step_hours:g} h of a "
            "simulated step"
        )
    return jnp.array([round(step) for step in steps])


def _at(tree: Any, index: Array) -> Any:
    """Rows of a path; before its first there was nothing, as at its first."""
    return jax.tree.map(lambda x: x[jnp.clip(index, 0, len(x) - 1)], tree)
