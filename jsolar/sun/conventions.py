"""What forecasters have agreed on: which window, which longitudes, which sizes of flares."""

WINDOW_HOURS = 24.0
"""Length of the window after the issue time that a forecast is about, hours."""

FORECAST_LONGITUDE_DEG = 70.0
"""How far from the central meridian a region may be to learn or forecast from its magnetogram.

Beyond, foreshortening and noise spoil the picture; SWAN-SF and others take the same.
"""

FLARE_CLASSES = ("C1.0", "M1.0", "M5.0", "X1.0")
"""GOES classes, "≥" each, whose true probability is stored with simulated data (NaN on real)."""

REGION_DAY_BORDERS = ("2010-01-01", "2013-01-01", "2015-01-01")
"""Region days: training before 2010, thresholds from 2010 to 2012, test on 2013 and 2014."""
