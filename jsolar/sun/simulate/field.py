"""From fragments to pictures: the radial field, and what a magnetograph would see of it.

``scene`` is what there is to see, compact; ``radial_field`` is B_r of the region, ``surface_field``
adds the quiet Sun around it, ``observe`` gives the line-of-sight component with noise, and
``picture`` does it all. The field is taken as radial everywhere,
so that B_los = μ B_r, and B_r = B_los/μ as it is done for real SHARPs.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from jsolar.sun import units
from jsolar.sun.simulate.config import SunConfig
from jsolar.sun.simulate.region import RegionState, plage_radius_mm, polarity_centres_mm, signs
from jsolar.sun.simulate.texture import grains, lanes, random_field, resolved_variance


class Gaussians(NamedTuple):
    """Flux with Gaussian profiles: signed flux in Mx, place and standard deviation in Mm."""

    flux_mx: Float[Array, "f"]
    place_mm: Float[Array, "f xy"]
    width_mm: Float[Array, "f"]


class Scene(NamedTuple):
    """All that a picture of a region needs: a few kilobytes, whatever the size of the picture.

    Attributes:
      fragments: spots and pores.
      plage: scattered flux.
      cells: waves of the supergranules; grains: of the field within their lanes.
      latitude_deg, longitude_deg: place on the disk.
    """

    fragments: Gaussians
    plage: Gaussians
    cells: Float[Array, "m xyp"]
    grains: Float[Array, "n xyp"]
    latitude_deg: Float[Array, ""]
    longitude_deg: Float[Array, ""]


def scene(state: RegionState, config: SunConfig) -> Scene:
    """What there is to see of a region.

    Example:
      >>> from jsolar.sun.simulate import birth
      >>> view = scene(birth.emerge(jax.random.key(0), SunConfig()), SunConfig())
      >>> view.fragments.flux_mx.shape  # 4 bipoles · 2 polarities · 24 fragments
      (192,)
    """
    place = (state.latitude_deg, state.longitude_deg)
    return Scene(
        _fragments(state, config), _plage(state, config), state.cells, state.grains, *place
    )


def centred(view: Scene) -> Scene:
    """The same scene about the centroid of its unsigned flux, as pictures of SHARPs are cut.

    Example:
      >>> from jsolar.sun.simulate import birth
      >>> view = scene(birth.emerge(jax.random.key(0), SunConfig()), SunConfig())
      >>> spots = view.fragments._replace(flux_mx=jnp.ones(192), place_mm=jnp.full((192, 2), 7.0))
      >>> bool(jnp.abs(centred(view._replace(fragments=spots)).fragments.place_mm).max() < 1e-5)
      True
    """
    return about(view, centroid_mm(view))


def centroid_mm(view: Scene) -> Float[Array, "xy"]:
    """C = Σ |Φ| x / Σ |Φ|; the middle of the region where it has no flux."""
    parts = (view.fragments, view.plage)
    flux = jnp.concatenate([jnp.abs(part.flux_mx) for part in parts])
    place = jnp.concatenate([part.place_mm for part in parts])
    total = flux.sum()
    share = jnp.where(total > 0, flux / jnp.where(total > 0, total, 1.0), 0.0)
    return (share[:, None] * place).sum(0)


def about(view: Scene, middle_mm: Float[Array, "xy"]) -> Scene:
    """The same scene with another place as its origin.

    Phases of waves turn by k · c, so that the texture stays where it is on the region. Scenes of
    one region at several times about the same place make a series that is tracked.

    Args:
      view: from `scene`.
      middle_mm: c, east–west and south–north.

    Returns:
      The scene about c.
    """
    fragments, plage = (
        part._replace(place_mm=part.place_mm - middle_mm) for part in (view.fragments, view.plage)
    )
    cells, grains = (
        wave.at[:, 2].add((wave[:, :2] * middle_mm).sum(-1)) for wave in (view.cells, view.grains)
    )
    return view._replace(fragments=fragments, plage=plage, cells=cells, grains=grains)


def radial_field(
    view: Scene, *, size: int, cell_mm: float, config: SunConfig
) -> Float[Array, "h w"]:
    """Noise-free radial field B_r, gauss; rows from south to north, columns from east to west.

    Gaussian fragments averaged over each cell, clumped by grains G, and around them scattered flux
    with the texture of plage, T = lanes × grains: B = G Σ_f Φ_f/A · Y_f ⊗ X_f + T Σ_p Φ_p/A ·
    Y_p ⊗ X_p, matrix products because a Gaussian separates; then B ← s tanh(B/s) for umbral
    saturation. Toward the limb the point spread covers more of the Sun, psf/cos(longitude) by
    psf/cos(latitude).

    Args:
      view: the region, from `scene`.
      size: cells on a side.
      cell_mm: side of a cell.
      config: the parameters of the Sun.

    Returns:
      ``[size, size]``, centred on the region.

    Example:
      >>> from jsolar.sun.simulate import birth
      >>> config = SunConfig()
      >>> view = scene(birth.emerge(jax.random.key(0), config), config)
      >>> radial_field(view, size=32, cell_mm=4.0, config=config).shape
      (32, 32)
    """
    blur = _foreshortened_psf_mm(view, config)
    g, h = _random_fields(view, size, cell_mm)
    v = resolved_variance(view.grains, cell_mm)
    spots = grains(h, config.spot_contrast, v) * _mean_field(view.fragments, blur, size, cell_mm)
    texture = grains(h, config.grain_contrast, v) * lanes(g, h, config.lane_width)
    field = spots + texture * _mean_field(view.plage, blur, size, cell_mm)
    return config.saturation_gauss * jnp.tanh(field / config.saturation_gauss)


def surface_field(
    key: Key[Array, ""], view: Scene, *, size: int, cell_mm: float, config: SunConfig
) -> Float[Array, "h w"]:
    """`radial_field` and the quiet Sun's network: all there is, without noise. Gauss.

    The grains of the network live for hours only, so every picture gets its own; the lanes in
    which they gather are those of the region.

    Args:
      key: random key of this picture.
      view: the region, from `scene`.
      size: cells on a side.
      cell_mm: side of a cell.
      config: the parameters of the Sun.

    Returns:
      ``[size, size]``.
    """
    region = radial_field(view, size=size, cell_mm=cell_mm, config=config)
    where = lanes(*_random_fields(view, size, cell_mm), config.lane_width)
    return region + jnp.sqrt(0.5 + 0.5 * where) * network(key, size, cell_mm, config)


def picture(
    key: Key[Array, ""],
    view: Scene,
    *,
    size: int,
    degrees_per_pixel: float,
    config: SunConfig,
    noise: bool = True,
) -> Float[Array, "h w"]:
    """What a magnetograph sees of a region, B_los in gauss.

    Args:
      key: random key of this picture: of its network and its noise.
      view: the region, from `scene`.
      size: pixels on a side.
      degrees_per_pixel: heliographic scale.
      config: the parameters of the Sun.
      noise: without it, the same picture free of noise.

    Returns:
      ``[size, size]``.
    """
    network_key, noise_key = jax.random.split(key)
    cell_mm = degrees_per_pixel * units.MM_PER_DEGREE
    field = surface_field(network_key, view, size=size, cell_mm=cell_mm, config=config)
    cos_angle = cos_heliocentric(view.latitude_deg, view.longitude_deg)
    return observe(noise_key, field, cos_angle, config) if noise else cos_angle * field


def observe(
    key: Key[Array, ""],
    field: Float[Array, "h w"],
    cos_angle: float | Float[Array, ""],
    config: SunConfig,
) -> Float[Array, "h w"]:
    """The line-of-sight field that a magnetograph measures: B_los = μ B_r + noise.

    Args:
      key: random key of this picture.
      field: B_r, gauss, for example from `surface_field`.
      cos_angle: μ.
      config: the parameters of the Sun.

    Returns:
      B_los, gauss.

    Example:
      >>> seen = observe(jax.random.key(0), jnp.full((64, 64), 100.0), 0.5, SunConfig())
      >>> round(float(seen.mean())), round(float(seen.std()))
      (50, 6)
    """
    return cos_angle * field + config.noise_gauss * jax.random.normal(key, field.shape)


def cos_heliocentric(
    latitude_deg: Float[Array, "..."], longitude_deg: Float[Array, "..."]
) -> Float[Array, "..."]:
    """μ of a place on the Sun for an observer above latitude 0: cos(latitude) cos(longitude)."""
    return jnp.cos(jnp.deg2rad(latitude_deg)) * jnp.cos(jnp.deg2rad(longitude_deg))


def _fragments(state: RegionState, config: SunConfig) -> Gaussians:
    """Spots and pores: little flux makes small and weak fragments, much makes a spot."""
    flux = state.fragment_mx.reshape(-1)
    spot = config.spot_gauss * flux / (flux + config.spot_flux_mx)
    area_cm2 = flux / (2 * jnp.pi * (config.plage_gauss + spot))
    sign = jnp.broadcast_to(signs(state)[:, None], state.fragment_mx.shape).reshape(-1)
    width = jnp.sqrt(area_cm2) / units.CM_PER_MM
    return Gaussians(sign * flux, state.fragment_mm.reshape(-1, 2), width)


def _plage(state: RegionState, config: SunConfig) -> Gaussians:
    """Scattered flux, one wide Gaussian for every polarity."""
    width = jnp.repeat(plage_radius_mm(state, config), 2)
    centre = polarity_centres_mm(state, config).reshape(-1, 2)
    return Gaussians((signs(state) * state.plage_mx).reshape(-1), centre, width)


def _random_fields(
    view: Scene, size: int, cell_mm: float
) -> tuple[Float[Array, "h w"], Float[Array, "h w"]]:
    """Of supergranules and of grains."""
    cells = random_field(view.cells, size=size, cell_mm=cell_mm)
    return cells, random_field(view.grains, size=size, cell_mm=cell_mm)


def _foreshortened_psf_mm(view: Scene, config: SunConfig) -> Float[Array, "xy"]:
    place = jnp.stack([view.longitude_deg, view.latitude_deg])
    return config.psf_mm / jnp.maximum(jnp.cos(jnp.deg2rad(place)), 0.2)


def _mean_field(
    source: Gaussians, blur_mm: Float[Array, "xy"], size: int, cell_mm: float
) -> Float[Array, "h w"]:
    """Mean field of Gaussians in each cell, gauss."""
    width = jnp.sqrt(source.width_mm[:, None] ** 2 + blur_mm**2)
    columns, rows = (
        _cell_weights(source.place_mm[:, i], width[:, i], size, cell_mm) for i in (0, 1)
    )
    weight = source.flux_mx / (cell_mm * units.CM_PER_MM) ** 2
    return jnp.einsum("fh,fw->hw", rows * weight[:, None], columns, precision="highest")


def _cell_weights(
    centre: Float[Array, "f"], width: Float[Array, "f"], size: int, cell_mm: float
) -> Float[Array, "f size"]:
    """Share of a Gaussian that falls into each cell of a line."""
    edges = (jnp.arange(size + 1) - size / 2) * cell_mm
    scaled = (edges[None] - centre[:, None]) / (jnp.sqrt(2.0) * width[:, None])
    return 0.5 * jnp.diff(jax.lax.erf(scaled), axis=-1)


def network(
    key: Key[Array, ""], size: int, cell_mm: float, config: SunConfig
) -> Float[Array, "h w"]:
    """Mixed-polarity grains: smoothed noise, sharpened so that strong grains are rare.

    Args:
      key: random key.
      size: cells on a side.
      cell_mm: side of a cell.
      config: the parameters of the Sun.

    Returns:
      Gauss, with the rms that the config has.

    Example:
      >>> field = network(jax.random.key(0), 64, 1.5, SunConfig())
      >>> bool(abs(field.std() - 15) < 1)
      True
    """
    distance = (jnp.arange(size)[:, None] - jnp.arange(size)[None]) * cell_mm
    kernel = jnp.exp(-0.5 * (distance / config.network_scale_mm) ** 2)
    kernel /= jnp.sqrt((kernel**2).sum(-1, keepdims=True))
    rough = jax.random.normal(key, (size, size))
    smooth = jnp.einsum("hi,ij,wj->hw", kernel, rough, kernel, precision="highest")
    return config.network_gauss * smooth * jnp.abs(smooth) / jnp.sqrt(3.0)  # E[x⁴] = 3
