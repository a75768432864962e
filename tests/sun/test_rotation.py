"""Rotation of the Sun against sunpy's."""

import astropy.units as u
import numpy as np
import pytest
from sunpy.sun.models import differential_rotation

from jsolar.sun.rotation import drift_degrees, sidereal_degrees_per_day


@pytest.mark.parametrize("latitude", [0.0, -17.0, 35.0, 80.0])
def test_sunpy_says_the_same(latitude) -> None:
    theirs = differential_rotation(1 * u.day, latitude * u.deg, model="howard")
    assert sidereal_degrees_per_day(latitude) == pytest.approx(theirs.to_value(u.deg), rel=1e-6)


def test_carrington_turns_as_the_sun_does_at_some_16_degrees() -> None:
    latitudes = np.linspace(0, 60, 601)
    still = latitudes[np.abs(drift_degrees(latitudes, 24.0)).argmin()]
    assert 14 < still < 18
    assert drift_degrees(0.0, 24.0) > 0 > drift_degrees(30.0, 24.0)
