"""Files for the Flare Scoreboard, read back as its readers do."""

import json
from xml.etree import ElementTree

import pytest

from jsolar.forecast.scoreboard import TRY_OUT, command, issued


def sharp(harp: int, chances: dict[str, float], **more) -> dict:
    """What `jsolar.predict` says of a SHARP."""
    return {
        "harp": harp,
        "noaa_regions": [11158],
        "issue_time": "2011-02-15T02:00:00",
        "window_hours": 24.0,
        "latitude_deg": -20.1,
        "longitude_deg": 8.4,
        "events": {event: {"probability": p} for event, p in chances.items()},
        "model": {"method": "CNN", "data": {"name": "sharp", "synthetic": False}},
        "warnings": [],
        **more,
    }


def disk() -> dict:
    """What it says of a whole disk; of a region near the limb nothing."""
    regions = [
        {"hgs_x": 12.0, "hgs_y": 5.0, "flare": {"event": "≥C1.0", "probability": 0.5}},
        {"hgs_x": -80.0, "hgs_y": -3.0, "flare": {"event": "≥C1.0", "probability": None}},
    ]
    return {
        "issue_time": "2014-01-01T00:12:00",
        "window_hours": 24.0,
        "event": "≥C1.0",
        "disk_probability": 0.61,
        "regions": regions,
        "model": {"data": {"synthetic": False}},
        "warnings": [],
    }


def written(tmp_path, *records: dict, options=()) -> list:
    """The files that the command writes of some records."""
    files = []
    for i, record in enumerate(records):
        files.append(tmp_path / f"{i}.json")
        files[-1].write_text(json.dumps(record))
    out = tmp_path / "out"
    words = [*map(str, files), "--method", "MY_1", "--output", str(out), *options]
    command(words)
    return sorted(out.iterdir())


def values(group) -> dict[str, float]:
    return {
        entry.find("fluxbin").get("name"): float(entry.findtext("probability/value"))
        for entry in group.findall("entry")
    }


def test_regions_of_one_time_are_one_file(tmp_path) -> None:
    one = sharp(377, {"≥C1.0": 0.5, "≥M1.0": 0.25})
    two = sharp(401, {"≥C1.0": 0.2, "≥M1.0": 0.1}, noaa_regions=[], longitude_deg=-61.0)
    later = sharp(377, {"≥C1.0": 0.3, "≥M1.0": 0.2}, issue_time="2011-02-16T02:00:00")
    files = written(tmp_path, later, one, two)
    assert [file.name for file in files] == [
        "Flare_Forecast_MY_1_20110215_0200.xml",
        "Flare_Forecast_MY_1_20110216_0200.xml",
    ]
    forecast = ElementTree.parse(files[0]).getroot().find("forecast")
    assert forecast.findtext("method") == "MY_1"
    assert forecast.findtext("issuetime") == "2011-02-15T02:00Z"
    assert forecast.findtext("predictionwindow/endtime") == "2011-02-16T02:00Z"
    whole, regions = forecast.findall("group")
    assert [g.findtext("forecasttype") for g in (whole, regions)] == ["Full Disk", "Region"]
    assert values(whole) == {"C+": pytest.approx(0.6), "M+": pytest.approx(0.325)}
    first, second = regions.findall("group")
    assert values(first) == {"C+": 0.5, "M+": 0.25}
    source = first.find("sourceregion/id")
    assert (source.get("scheme"), source.text) == ("NOAA_AR_numbering_scheme", "11158")
    assert first.findtext("sourceregion/location") == "S20W08"
    assert second.find("sourceregion/id").get("scheme") == "HARP"
    assert second.findtext("sourceregion/location") == "S20E61"


def test_a_whole_disk_keeps_its_own_probability(tmp_path) -> None:
    (file,) = written(tmp_path, disk())
    whole, regions = ElementTree.parse(file).getroot().findall("forecast/group")
    assert values(whole) == {"C+": 0.61}
    (one,) = regions.findall("group")
    assert one.find("sourceregion/id") is None
    assert one.findtext("sourceregion/location") == "N05W12"


def test_what_was_learned_from_simulations_is_no_forecast(tmp_path, capsys) -> None:
    record = sharp(377, {"≥C1.0": 0.5}, model={"data": {"synthetic": True}})
    with pytest.raises(SystemExit) as stopped:
        written(tmp_path, record)
    assert stopped.value.code == 2
    assert "trained on simulated data" in capsys.readouterr().err
    (file,) = written(tmp_path, record, options=["--try-out"])
    assert TRY_OUT in file.name
    assert TRY_OUT in file.read_text()


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ([sharp(377, {"≥C1.0": 0.5}), sharp(377, {"≥C1.0": 0.4})], "several forecasts of one"),
        ([disk(), disk()], "several forecasts of one"),
        ([sharp(1, {"≥C1.0": 0.5}), sharp(2, {"≥M1.0": 0.4})], "of 2 models, windows or sets"),
    ],
)
def test_forecasts_that_do_not_go_together_are_refused(records, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        list(issued(records))


def test_bad_input_is_said_in_a_sentence(tmp_path, capsys) -> None:
    other = tmp_path / "other.json"
    for text, options, message in (
        ('{"a": 1}', (), "is no forecast of jsolar.predict (it lacks issue_time"),
        ("{", (), "is no forecast of jsolar.predict"),
        ("{}", ("--method", "a b"), "use letters, digits and underscores"),
    ):
        other.write_text(text)
        with pytest.raises(SystemExit) as stopped:
            command([str(other), *(options or ("--method", "MY_1"))])
        assert stopped.value.code == 2
        assert message in capsys.readouterr().err
