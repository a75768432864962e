"""The parameters of the simulated Sun, with units and sources."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class SunConfig:
    """A kinematic Sun: bipoles that emerge, spread and decay, and flares at a known rate.

    Nothing here is magnetohydrodynamics; see the list of limits in `jsolar.sun.simulate`.

    Attributes:
      bipoles: places for flux emergence in one region; the first is the region's own.
      fragments: flux concentrations in each polarity of a bipole.
      steps: steps of the evolution, which starts when the region emerges.
      step_hours: length of a step.
      latitude_deg, latitude_spread_deg: mean |latitude| and its scatter (activity belts).
      flux_log10_mx, flux_spread_dex: log-normal total unsigned flux of the first bipole, Mx
        (1e20 to 1e23, van Driel-Gesztelyi & Green 2015, doi:10.1007/lrsp-2015-1).
      rise_days, decay_days: times of a bipole of 1e22 Mx; both grow with flux to the powers
        ``rise_power`` and ``decay_power`` (same review: rise in days, decay in weeks).
      separation_mm: final distance of the polarities of a bipole of 1e22 Mx, growing with flux to
        the power ``separation_power``.
      joy_deg: Joy's law, tilt = joy_deg · sin(latitude) (Stenflo & Kosovichev 2012,
        doi:10.1088/0004-637X/745/2/129); tilt_scatter_deg: scatter of the first bipole, and
        complex_tilt_scatter_deg of the later ones, which need not obey Hale's law.
      emergence_per_day, emergence_spread: median rate of further bipoles in a region and its
        log-normal scatter: most regions stay simple, a few are nests.
      emergence_flux_share: median flux of a further bipole relative to the first one.
      diffusion_mm2_per_hour: supergranular random walk; 250 km² s⁻¹ (Hagenaar et al. 1999,
        doi:10.1086/306691).
      patch_field_gauss: mean field of a polarity; with its flux this sets its radius.
      plage_gauss, spot_gauss, spot_flux_mx: peak field of a small fragment (plage), what a large
        one (a spot) adds to it, and the flux at which half of that is reached.
      saturation_gauss: field that no pixel exceeds (umbrae).
      network_gauss, network_scale_mm: rms and grain of the quiet network.
      noise_gauss: photon noise of one observed pixel (HMI 720 s: about 6.3 G at disk centre, Liu
        et al. 2012, doi:10.1007/s11207-012-9976-x).
      psf_mm: standard deviation of the instrument's point spread.
      activity_grid, activity_cell_mm, activity_blur_mm: the fixed grid on which the field's
        flare activity is measured, whatever the size of the pictures.
      rate_log_c_per_day, rate_power: flares ≥ C1.0 a day at an inversion-line flux of 1e21 Mx
        (natural logarithm), and how they grow with it.
      rate_limit_per_day: where the rate saturates.
      hidden_dex, hidden_hours: scatter and memory of the part of the rate that no magnetogram
        shows (a log-normal Ornstein–Uhlenbeck process).
      flare_index, flare_cutoff_w_m2: power law of peak fluxes, dN/dF ∝ F^-index, and its
        exponential taper. (2.00 ± 0.01 above C1.0 in the GOES list of 2010–2018.)
      flares_kept: room for the flares of one region; more than that is an error in the caller.
    """

    bipoles: int = 4
    fragments: int = 24
    steps: int = 192
    step_hours: float = 3.0
    latitude_deg: float = 16.0
    latitude_spread_deg: float = 6.0
    flux_log10_mx: float = 21.5
    flux_spread_dex: float = 0.5
    rise_days: float = 3.0
    rise_power: float = 0.3
    decay_days: float = 20.0
    decay_power: float = 0.5
    separation_mm: float = 50.0
    separation_power: float = 0.25
    joy_deg: float = 32.1
    tilt_scatter_deg: float = 20.0
    complex_tilt_scatter_deg: float = 70.0
    emergence_per_day: float = 0.08
    emergence_spread: float = 1.2
    emergence_flux_share: float = 0.4
    diffusion_mm2_per_hour: float = 0.9
    patch_field_gauss: float = 400.0
    plage_gauss: float = 350.0
    spot_gauss: float = 2600.0
    spot_flux_mx: float = 2.5e20
    saturation_gauss: float = 3000.0
    network_gauss: float = 15.0
    network_scale_mm: float = 1.8
    noise_gauss: float = 6.3
    psf_mm: float = 0.6
    activity_grid: int = 48
    activity_cell_mm: float = 4.0
    activity_blur_mm: float = 4.0
    rate_log_c_per_day: float = -0.72
    rate_power: float = 1.4
    rate_limit_per_day: float = 20.0
    hidden_dex: float = 0.3
    hidden_hours: float = 48.0
    flare_index: float = 2.0
    flare_cutoff_w_m2: float = 5e-4
    flares_kept: int = 512
