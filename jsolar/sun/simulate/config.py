"""The parameters of the simulated Sun, with units and sources."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class SunConfig:
    """A kinematic Sun: bipoles that emerge, spread and decay, and flares at a known rate.

    Nothing here is magnetohydrodynamics; see the list of limits in `jsolar.sun.simulate`. Numbers
    come from the papers named; shapes and textures without a paper were set by eye beside HARP 377
    and 115, as `experiments.synthetic_sun` shows them; the constants of the flares by what
    `experiments.fit_sun` measures.

    Attributes:
      bipoles: places for flux emergence in one region; the first is the region's own.
      fragments: flux concentrations in each polarity of a bipole; clusters: groups that they form,
        the large ones spots.
      steps: steps of the evolution, which starts when the region emerges.
      step_hours: length of a step.
      latitude_spread_deg: scatter about the activity belts of `jsolar.sun.simulate.cycle`.
      flux_log10_mx, flux_spread_dex: log-normal total unsigned flux of the first bipole, Mx
        (1e20 to 1e23, van Driel-Gesztelyi & Green 2015, doi:10.1007/lrsp-2015-1).
      rise_days, decay_days: times of a bipole of 1e22 Mx; both grow with flux to the powers
        ``rise_power`` and ``decay_power`` (same review: rise in days, decay in weeks).
      separation_mm: final distance of the polarities of a bipole of 1e22 Mx, growing with flux to
        the power ``separation_power``; separation_spread: its scatter (natural log).
      joy_deg: Joy's law, tilt = joy_deg · sin(latitude) (Stenflo & Kosovichev 2012,
        doi:10.1088/0004-637X/745/2/129); tilt_scatter_deg: scatter of the first bipole, and
        complex_tilt_scatter_deg of the later ones, which need not obey Hale's law.
      anti_hale_share: bipoles that break Hale's law (McClintock, Norton & Li 2014: 8 %,
        doi:10.1088/0004-637X/797/2/130).
      shear_deg: scatter of the angle by which the polarities of a bipole turn about each other.
      leading_contrast, following_contrast: scatter (natural log) of the flux of the clusters in
        either polarity: leading flux stands in fewer and larger spots.
      outer_spread: scatter of the small clusters relative to the radius of their polarity; they
        mix with the other one and make short inversion lines.
      spot_spread: scatter of the fragments of a cluster, relative to the radius of a spot of its
        flux.
      emergence_per_day, emergence_spread: median rate of further bipoles in a region at cycle
        maximum and its log-normal scatter (natural log): most regions stay simple, few are nests;
        emergence_cycle_power: how that rate follows the activity of the cycle.
      emergence_flux_share: median flux of a further bipole relative to the first one.
      complex_size: scatter of its place, relative to the separation of the first one.
      diffusion_mm2_per_hour: supergranular random walk; 250 km² s⁻¹ (Hagenaar et al. 1999,
        doi:10.1086/306691).
      rigid_flux_mx: flux of a fragment that halves its diffusion, because it halts convection.
      hold_hours: how fast a fragment comes back to its place in its cluster.
      plage_share: share of emerging flux that never gathers in fragments.
      scatter_share: the time in which flux leaves the fragments for the plage around, as a share
        of the bipole's decay time: spots go before their plage (van Driel-Gesztelyi & Green 2015).
      cancel_days: time in which flux that faces opposite flux cancels with it; a third of a
        region's flux went within days in Green, Kliem & Wallace (2011,
        doi:10.1051/0004-6361/201015146).
      plage_start: radius of young plage relative to its polarity's.
      cell_mm, cell_spread, cell_hours, cell_waves: diameter of supergranules and its scatter
        (natural log), time in which their pattern turns by a radian, lifetimes being 1–2 days
        (Rincon & Rieutord 2018, doi:10.1007/s41116-018-0013-5: 30 Mm), and waves that make it.
      lane_width: of the lanes between them, where field gathers, in standard deviations of it.
      grain_mm, grain_spread, grain_hours, grain_waves, grain_contrast: wavelength, its scatter,
        time, waves and log-normal scatter (natural log) of the grains of plage; spot_contrast: the
        same for spots, whose edges it makes irregular.
      patch_field_gauss: mean field of a polarity; with its flux this sets its radius;
        patch_spread: scatter of that (natural log): compact regions and loose ones.
      plage_gauss, spot_gauss, spot_flux_mx: peak field of a small fragment (plage), what a large
        one (a spot) adds to it, and the flux at which half of that is reached.
      saturation_gauss: field that no pixel exceeds (umbrae).
      network_gauss, network_scale_mm: rms and grain of the quiet network.
      noise_gauss: photon noise of one observed pixel (HMI 720 s: about 6.3 G at disk centre, Liu
        et al. 2012, doi:10.1007/s11207-012-9976-x).
      psf_mm: standard deviation of the instrument's point spread at disk centre.
      activity_grid, activity_cell_mm, activity_blur_mm: the fixed grid on which it is measured how
        much flux faces opposite flux, whatever the size of the pictures.
      strong_gauss: g₀, below which shared flux counts little; Schrijver (2007) takes 150 G.
      rate_log_c_per_day, rate_power: flares ≥ C1.0 a day at an inversion-line flux of 1e21 Mx
        (natural logarithm), and how they grow with it.
      rate_limit_per_day: where the rate saturates.
      hidden_dex, hidden_hours: scatter and memory of the part of the rate that no magnetogram
        shows (a log-normal Ornstein–Uhlenbeck process): twist, shear, the corona.
      flare_index: of the power law of peak fluxes, dN/dF ∝ F^-index.
      flare_cutoff_w_m2, cutoff_power: peak flux of its exponential taper at one flare ≥ C1.0 a
        day, and how it grows with that rate: quiet regions make no large flares;
        flare_largest_w_m2: the most that it can reach.
      flares_kept: room for the flares of one region; more than that is an error in the caller.
      futures: simulated futures behind one ``state_probability``.
    """

    bipoles: int = 4
    fragments: int = 24
    clusters: int = 6
    steps: int = 320
    step_hours: float = 3.0
    latitude_spread_deg: float = 6.0
    flux_log10_mx: float = 21.4
    flux_spread_dex: float = 0.6
    rise_days: float = 3.0
    rise_power: float = 0.3
    decay_days: float = 20.0
    decay_power: float = 0.5
    separation_mm: float = 38.0
    separation_power: float = 0.25
    separation_spread: float = 0.6
    joy_deg: float = 32.1
    tilt_scatter_deg: float = 20.0
    complex_tilt_scatter_deg: float = 70.0
    anti_hale_share: float = 0.08
    shear_deg: float = 25.0
    leading_contrast: float = 2.0
    following_contrast: float = 1.4
    outer_spread: float = 1.8
    spot_spread: float = 0.55
    emergence_per_day: float = 0.05
    emergence_spread: float = 2.4
    emergence_cycle_power: float = 1.0
    emergence_flux_share: float = 0.6
    complex_size: float = 0.35
    diffusion_mm2_per_hour: float = 0.9
    rigid_flux_mx: float = 2e19
    hold_hours: float = 9.5
    plage_share: float = 0.4
    scatter_share: float = 0.5
    cancel_days: float = 5.0
    plage_start: float = 0.8
    cell_mm: float = 32.0
    cell_hours: float = 36.0
    cell_waves: int = 12
    lane_width: float = 0.4
    cell_spread: float = 0.3
    grain_mm: float = 8.0
    grain_spread: float = 0.65
    grain_hours: float = 24.0
    grain_waves: int = 64
    grain_contrast: float = 1.0
    spot_contrast: float = 0.5
    patch_field_gauss: float = 400.0
    patch_spread: float = 0.35
    plage_gauss: float = 350.0
    spot_gauss: float = 2600.0
    spot_flux_mx: float = 4e20
    saturation_gauss: float = 3000.0
    network_gauss: float = 15.0
    network_scale_mm: float = 1.8
    noise_gauss: float = 6.3
    psf_mm: float = 0.6
    activity_grid: int = 24
    activity_cell_mm: float = 8.0
    activity_blur_mm: float = 6.0
    strong_gauss: float = 200.0
    rate_log_c_per_day: float = -0.59
    rate_power: float = 1.08
    rate_limit_per_day: float = 10.5
    hidden_dex: float = 0.3
    hidden_hours: float = 48.0
    flare_index: float = 1.67
    flare_cutoff_w_m2: float = 5.5e-6
    cutoff_power: float = 2.2
    flare_largest_w_m2: float = 3.8e-4
    flares_kept: int = 512
    futures: int = 32
