"""The data set ``sharp`` made of real files and the real flare list of 2010–2018."""

import pathlib

import numpy as np
import pytest

from jsolar.datasets.solar_flares.sharp import sharp
from jsolar.sun.flares.catalogue import goes_flux
from tests.datasets.tiny import rows_of


@pytest.mark.realdata
def test_real_sharps_get_the_right_labels(realdata: pathlib.Path) -> None:
    config = sharp(
        realdata / "sharp",
        (realdata / "flare_lists" / "goes_flares_2010_2018.csv",),
        flux_scale="operational",
        size=64,
        degrees_per_pixel=0.24,
    )
    rows = {int(row["region"]): row for split in range(3) for row in rows_of(config, split)}
    assert set(rows) == {115, 377}
    harp = rows[377]
    assert harp["flux_w_m2"] == pytest.approx(goes_flux("M1.0"))
    assert harp["placed_flux_w_m2"] == harp["flux_w_m2"], "S20W24, without a region in the list"
    assert harp["unattributed_flux_w_m2"] == 0
    assert harp["noaa_regions"] == "11158"
    assert harp["complete"]
    assert rows[115]["flux_w_m2"] == 0
    for row in rows.values():
        assert row["image"].shape == (64, 64, 1)
        assert 1000 < np.abs(row["image"]).max() < 4000
        assert np.isnan(row["true_probability"]).all()
