"""SHARPs with the whole field: channels, keywords from headers and from pixels, what lacks."""

import json
import pathlib
from functools import partial

import numpy as np
import pytest

from experiments.flare_data import facts
from jsolar.datasets.solar_flares.sharp import SharpConfig, sharp
from jsolar.forecast.window_examples import window_examples
from jsolar.sun.fields.keywords import patch_keywords
from jsolar.sun.files.sharp_numbers import FORCE_NUMBERS, HEADER_NUMBERS, MEASURED_FROM
from tests.datasets.tiny import (
    NUMBERS,
    build,
    field_of,
    rows_of,
    segments_of,
    tai,
    write_flares,
    write_vector_sharps,
)
from tests.sun.files.make_fits import write_sharp


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> pathlib.Path:
    folder = tmp_path_factory.mktemp("vector")
    write_vector_sharps(folder / "sharps")
    write_flares(folder / "flares.csv")
    return folder


def config_of(place: pathlib.Path, **options) -> SharpConfig:
    return sharp(place / "sharps", (place / "flares.csv",), **{"size": 8} | options)


def rows(config: SharpConfig) -> dict[int, dict]:
    return {int(row["region"]): row for split in range(3) for row in rows_of(config, split)}


def blocks(pixels: np.ndarray) -> np.ndarray:
    cut = pixels.astype(float).reshape(10, 4, 12, 4)
    known = ~np.isnan(cut)
    return np.where(known, cut, 0).sum((1, 3)) / np.maximum(known.sum((1, 3)), 1)


def test_channels_are_block_means_about_the_radial_flux(place) -> None:
    row = rows(config_of(place, field="vector", bitmap=True))[3]
    segments = segments_of(3)
    expected = [blocks(segments[name]) for name in ("Br", "Bp", "Bt")]
    expected.append(blocks((segments["bitmap"] >= 30) * 1.0))
    strong = np.abs(expected[0]) * (np.abs(expected[0]) >= 100)
    y, x = (round(float((i * strong).sum() / strong.sum())) for i in np.indices(strong.shape))
    stacked = np.pad(np.stack(expected, -1), ((8, 8), (8, 8), (0, 0)))[
        y + 4 : y + 12, x + 4 : x + 12
    ]
    np.testing.assert_allclose(row["image"], stacked, atol=0.03)
    assert set(np.unique(row["image"][..., 3])) == {0.0, 1.0}
    keywords = patch_keywords(stacked[..., 0].astype(np.float32), degrees_per_pixel=0.12)
    np.testing.assert_allclose(row["keywords"], keywords, rtol=1e-3, atol=1e-3)


def test_the_line_of_sight_field_with_an_outline(place) -> None:
    plain, outlined = rows(config_of(place))[2], rows(config_of(place, bitmap=True))[2]
    close = partial(np.testing.assert_allclose, rtol=1e-5, atol=1e-4)
    close(plain["image"], outlined["image"][..., :1])
    close(plain["keywords"], outlined["keywords"])
    assert outlined["image"].shape == (8, 8, 2)


def test_numbers_of_the_header_are_kept_as_they_are(place, tmp_path) -> None:
    built = build(config_of(place), tmp_path)
    source = built.as_data_source("train")
    for row in source:
        found = dict(zip(HEADER_NUMBERS, row["sharp_keywords"].tolist(), strict=True))
        assert {name: found[name] for name in NUMBERS} == NUMBERS, "to the last digit"
        assert np.isnan(found["R_VALUE"]), "'nan' in the header"
        assert np.isnan(found["AREA_ACR"]), "not in the header"
        assert row["quality"] == 0x400
    assert facts(built)["sharp_keywords"] == list(HEADER_NUMBERS)
    assert window_examples(source, classes=["M1.0"]).inputs["sharp_keywords"].shape == (
        len(source),
        18,
    )
    json.dumps(facts(built))


def test_measured_numbers_are_those_of_the_pixels(place) -> None:
    """The force by NumPy here; the others are tested in tests/sun."""
    config = config_of(place, numbers="measured")
    names = HEADER_NUMBERS + FORCE_NUMBERS
    assert config.facts()["sharp_keywords"] == list(names)
    found = dict(zip(names, rows(config)[4]["sharp_keywords"].tolist(), strict=True))
    segments = segments_of(4)
    active = (segments["conf_disambig"] >= 70) & (segments["bitmap"] >= 30)
    x, y, z = segments["Bp"], -segments["Bt"], segments["Br"]
    area = (np.deg2rad(0.03) * 6.96e10) ** 2 / 1e20
    squared = (x**2 + y**2 + z**2)[active].sum()
    assert found["TOTBSQ"] == pytest.approx(squared, rel=1e-4)
    assert found["TOTFX"] == pytest.approx(-(x * z)[active].sum() * area / 4 / np.pi, rel=1e-3)
    assert found["TOTFY"] == pytest.approx(-(y * z)[active].sum() * area / 4 / np.pi, rel=1e-3)
    down = (x**2 + y**2 - z**2)[active].sum()
    assert found["TOTFZ"] == pytest.approx(down * area / 8 / np.pi, rel=1e-3)
    assert found["EPSZ"] == pytest.approx(down / squared, rel=1e-4)
    assert found["EPSX"] == pytest.approx((x * z)[active].sum() / squared, rel=1e-3)
    assert found["AREA_ACR"] == pytest.approx(140 * np.deg2rad(0.03) ** 2 / (2 * np.pi) * 1e6)
    assert found["USFLUX"] == pytest.approx(np.abs(z)[active].sum() * area * 1e20, rel=1e-3)
    assert np.isfinite(list(found.values())).all()


def test_what_lacks_is_told_and_the_others_are_read(place, tmp_path) -> None:
    write_vector_sharps(tmp_path / "sharps", leave_out=[(2, "Bt"), (5, "Br"), (5, "Bp")])
    write_flares(tmp_path / "flares.csv")
    opened = config_of(tmp_path, field="vector").open(lambda: tmp_path)
    assert len([row for split in range(3) for row in opened.examples(split)]) == 4
    assert len(opened.faulty) == 2
    assert "has no ….Bt.fits beside it: download all segments" in opened.faulty[0]
    assert "has no ….Br.fits and ….Bp.fits beside it" in opened.faulty[1]
    assert ".5.2011" in opened.faulty[1]
    (tmp_path / "flat").mkdir()
    write_sharp(tmp_path / "flat", field_of(1), segment="Br")
    config = sharp(tmp_path / "flat", (tmp_path / "flares.csv",), field="vector", size=8)
    with pytest.raises(ValueError, match=r"first fault: .*\.Br\.fits has no ….Bp.fits and"):
        config.open(lambda: tmp_path)
    config = sharp(tmp_path / "flat", (tmp_path / "flares.csv",), size=8)
    with pytest.raises(FileNotFoundError, match="holds no SHARP magnetogram: put files"):
        config.open(lambda: tmp_path)


def test_segments_of_other_shapes_are_told(tmp_path) -> None:
    write_vector_sharps(tmp_path / "sharps", harps=(1, 2))
    header = {"HARPNUM": 1, "CRVAL1": 30.0, "CRLN_OBS": 20.0}
    time = tai(np.datetime64("2011-02-10T02:00:34"))
    write_sharp(tmp_path / "sharps", np.ones((39, 48)), segment="Bt", T_REC=time, **header)
    write_flares(tmp_path / "flares.csv")
    for options in ({"field": "vector"}, {"numbers": "measured"}):
        opened = config_of(tmp_path, **options).open(lambda: tmp_path)
        assert len([row for split in range(3) for row in opened.examples(split)]) == 1
        assert "Bt.fits has (39, 48) pixels" in opened.faulty[0]


def test_names_follow_the_segments_that_are_read(place) -> None:
    changed = [{}, {"bitmap": True}, {"field": "vector"}, {"numbers": "measured"}]
    names = {config_of(place, **options).name for options in changed}
    assert len(names) == 4


@pytest.mark.realdata
def test_harp_377_measured_is_its_header(realdata: pathlib.Path) -> None:
    lists = (realdata / "flare_lists" / "goes_flares_2010_2018.csv",)
    options = {"flux_scale": "operational", "size": 64, "degrees_per_pixel": 0.24}
    told = sharp(realdata / "sharp", lists, field="vector", bitmap=True, **options)
    opened = told.open(lambda: realdata)
    (row,) = (row for split in range(3) for _, row in opened.examples(split))
    assert "sample_1_TAI.bitmap.fits has no ….Br.fits" in opened.faulty[0], "HARP 115"
    assert row["image"].shape == (64, 64, 4)
    assert row["flux_w_m2"] == pytest.approx(1e-5)
    measured = rows(sharp(realdata / "sharp", lists, numbers="measured", **options))[377]
    header = dict(zip(HEADER_NUMBERS, row["sharp_keywords"].tolist(), strict=True))
    pixels = dict(zip(HEADER_NUMBERS, measured["sharp_keywords"].tolist(), strict=False))
    assert np.isnan(header.pop("R_VALUE"))
    assert pixels["R_VALUE"] == pytest.approx(4.83, abs=0.01)
    assert pixels["AREA_ACR"] == pytest.approx(header.pop("AREA_ACR"), rel=0.01)
    for name, value in header.items():
        assert pixels[name] == pytest.approx(value, rel=1e-4), name
    assert header["USFLUX"] == 2.71476e22
    assert set(MEASURED_FROM) >= set(told.segments)
