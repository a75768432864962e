"""Methods on SHARP keywords: the header's and measured ones, and the row of Bobra & Couvidat."""

import dataclasses
import pathlib

import numpy as np
import pytest

from experiments.flare_data import RegionPictures, load_region_pictures, sampling_note
from experiments.flare_papers import BOBRA, Papers, paper_methods, remarks, thirteen
from experiments.flare_rows import HISTORY, Methods, load
from jsolar.datasets.solar_flares.sharp import sharp
from jsolar.sun.files.sharp_numbers import FORCE_NUMBERS, HEADER_NUMBERS, THIRTEEN
from tests.datasets.tiny import build, write_flares_of, write_vector_sharps

MANY = range(1, 25)


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> dict[str, RegionPictures]:
    folder = tmp_path_factory.mktemp("numbers")
    place = write_vector_sharps(folder / "sharps", MANY)
    lists = (write_flares_of(folder / "flares.csv", MANY),)
    names = {}
    for numbers in ("header", "measured"):
        config = sharp(place, lists, size=8, numbers=numbers, flux_scale="operational")
        build(config, folder / "data")
        names[numbers] = f"solar_flares/{config.name}"
    return {
        numbers: RegionPictures(data=name, data_dir=folder / "data", numbers="sharp")
        for numbers, name in names.items()
    }


def test_methods_read_what_the_data_hold(sources) -> None:
    header, measured = (load(sources[name], seed=0) for name in ("header", "measured"))
    assert header.numbers == measured.numbers == "sharp_keywords"
    assert header.data.train.inputs["sharp_keywords"].shape[1] == len(HEADER_NUMBERS)
    train = measured.data.train.inputs
    assert train["sharp_keywords"].shape[1] == len(HEADER_NUMBERS + FORCE_NUMBERS)
    np.testing.assert_array_equal(train[HISTORY][:, :25], train["sharp_keywords"])
    column = [*HEADER_NUMBERS, *FORCE_NUMBERS].index("TOTBSQ")
    assert THIRTEEN[1] == "TOTBSQ"
    np.testing.assert_array_equal(
        thirteen(measured)(train)[:, 1], train["sharp_keywords"][:, column]
    )
    assert thirteen(measured)(train).shape[1] == 13
    assert thirteen(header)(header.data.train.inputs).shape[1] == 10, "no force in the headers"


def test_the_row_says_what_it_lacks_and_how_it_was_sampled(sources, tmp_path) -> None:
    segmented = dataclasses.replace(sources["header"], sampling="segmented")
    said = {
        name: "\n".join(remarks(Papers(), load(source, seed=0)))
        for name, source in {**sources, "segmented": segmented}.items()
    }
    assert "keywords but TOTBSQ, TOTFZ, EPSZ. The penalty" in said["header"]
    assert "keywords. The penalty" in said["measured"]
    assert "what flare history adds to SHARP keywords without" in said["measured"]
    assert "here it is operational" in said["measured"]
    assert "here it is segmented" in said["segmented"]
    offered = load(sources["measured"], seed=0)
    assert BOBRA in paper_methods(Papers(), Methods(), offered, tmp_path)


def test_pictures_can_be_sampled_segmented(sources) -> None:
    """HARP 3's window before its flare counts; nobody else's does if a flare is near."""
    every = load_region_pictures(sources["header"], seed=0)
    fewer = load_region_pictures(
        dataclasses.replace(sources["header"], sampling="segmented"), seed=0
    )
    assert fewer.facts["sampling"] == "segmented"
    for name in ("train", "validation", "test"):
        before, after = getattr(every, name).events, getattr(fewer, name).events
        np.testing.assert_array_equal(before.happened, after.happened)
        assert (after.known <= before.known).all()
        assert after.known[after.happened & before.known].all()


def test_data_without_keywords_are_refused_at_once(tmp_path: pathlib.Path) -> None:
    chosen = RegionPictures(numbers="sharp", data_dir=tmp_path)
    with pytest.raises(ValueError, match="synthetic has no SHARP keywords: build solar_flares/sh"):
        load(chosen, seed=0)
    assert not list(tmp_path.iterdir())


def test_reports_say_how_windows_were_sampled() -> None:
    assert sampling_note({"sampling": "operational"}) == sampling_note({}) == []
    assert "only if there is none within 48 h" in sampling_note({"sampling": "segmented"})[0]
