"""Constants of the Sun and of its observers, each with its source."""

SOLAR_RADIUS_MM = 696.0
"""Radius used by HMI data products, megametres (FITS keyword ``RSUN_REF``)."""

MM_PER_DEGREE = 12.147491
"""Length of one heliographic degree of a great circle, Mm: π/180 · `SOLAR_RADIUS_MM`."""

ASTRONOMICAL_UNIT_MM = 149_597.8707
"""Mean distance of the Earth from the centre of the Sun, Mm (IAU 2012)."""

HMI_PIXEL_MM = 0.3656
"""Side of a pixel of HMI's full disk, 0.504″, at disk centre from one astronomical unit, Mm."""

CM_PER_MM = 1e8
"""Centimetres in a megametre (not a millimetre)."""

SHARP_DEGREES_PER_PIXEL = 0.03
"""Pixel of the SHARP CEA series, degrees (Bobra et al. 2014, doi:10.1007/s11207-014-0529-3)."""

SYNODIC_DEGREES_PER_DAY = 13.2
"""Rotation seen from Earth at active latitudes, degrees a day (Snodgrass & Ulrich 1990)."""

CARRINGTON_ROTATION_DAYS = 27.2753
"""Mean synodic period of rotation, days (definition of the Carrington rotation)."""

SECONDS_PER_HOUR = 3600.0
HOURS_PER_DAY = 24.0
