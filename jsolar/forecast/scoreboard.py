"""Forecasts as files for CCMC's Flare Scoreboard: ``python -m jsolar.forecast.scoreboard``.

The Scoreboard shows the forecasts of many centres beside each other and keeps them for
verification. It reads one file for each issue time, with the probability of a flare anywhere on
the disk and in each region. Here the JSON files that `jsolar.predict` writes become such files, in
the XML layout of NOAA's and SIDC's; CCMC agrees on name and folder with whoever forecasts
regularly, and nothing is sent from here.

References:
  https://ccmc.gsfc.nasa.gov/scoreboards/flare; Leka et al. (2019), doi:10.3847/1538-4365/ab2e12
"""

import json
import math
import pathlib
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import tyro

from jsolar.run import guarded
from jsolar.writing import write_whole

TRY_OUT = "_TRAINED_ON_SIMULATIONS"
"""What the method is called besides, where it is no forecast."""

_NAME = re.compile(r"[A-Za-z0-9_]+")


class RegionForecast(NamedTuple):
    """What is said of a region.

    Attributes:
      noaa_regions: NOAA numbers, maybe none.
      harp: number, or None.
      latitude_deg, longitude_deg: of its centre at the issue time; Stonyhurst, west positive.
      probability: from a flux bin such as ``M+``, M1.0 or larger, to that of a flare.
    """

    noaa_regions: tuple[int, ...]
    harp: int | None
    latitude_deg: float
    longitude_deg: float
    probability: Mapping[str, float]


class Issued(NamedTuple):
    """All that is said at one time.

    Attributes:
      time: issue time, UTC, datetime64[s]; the window begins then.
      hours: length of the window.
      disk: from a flux bin to the probability of a flare anywhere.
      regions: of which something is said.
      simulated: whether the model was trained on simulated data.
    """

    time: np.datetime64
    hours: float
    disk: Mapping[str, float]
    regions: tuple[RegionForecast, ...]
    simulated: bool


def flux_bin(event: str) -> str:
    """An event as the Scoreboard names it.

    Example:
      >>> flux_bin("≥M1.0"), flux_bin("≥M5.0")
      ('M+', 'M5+')
    """
    return event.strip("≥").removesuffix("1.0").removesuffix(".0") + "+"


def place(latitude_deg: float, longitude_deg: float) -> str:
    """Stonyhurst coordinates in the usual short form.

    Example:
      >>> place(-19.6, 8.2), place(4.4, -71.0)
      ('S20W08', 'N04E71')
    """
    north, west = round(latitude_deg), round(longitude_deg)
    return f"{'S' if north < 0 else 'N'}{abs(north):02d}{'E' if west < 0 else 'W'}{abs(west):02d}"


def issued(records: Sequence[Mapping[str, Any]]) -> Iterator[Issued]:
    """What `jsolar.predict` said, put together by issue time.

    Of a whole disk the record has its own probability; from SHARPs it is 1 − Π (1 − p) over the
    regions that are given, as if they flared independently.

    Args:
      records: its JSON, of SHARPs or of whole disks.

    Yields:
      One for each issue time, in order.

    Raises:
      ValueError: at one time there are forecasts of different models, windows or events, or of the
        same region twice.
    """
    by_time: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        by_time.setdefault(record["issue_time"], []).append(record)
    for time, same in sorted(by_time.items()):
        kinds = {json.dumps([r["model"], r["window_hours"], _events(r)]) for r in same}
        if len(kinds) > 1:
            raise ValueError(
                f"the forecasts of {time} are of {len(kinds)} models, windows or sets of events: "
                "give those of one model"
            )
        first, regions = same[0], tuple(region for r in same for region in _regions(r))
        harps = [region.harp for region in regions if region.harp is not None]
        if len(set(harps)) < len(harps) or (len(same) > 1 and "disk_probability" in first):
            raise ValueError(f"{time} has several forecasts of one region or disk: give one")
        yield Issued(
            np.datetime64(time, "s"),
            float(first["window_hours"]),
            _disk(first, regions),
            regions,
            bool(first["model"]["data"].get("synthetic")),
        )


def _events(record: Mapping[str, Any]) -> list[str]:
    return sorted(record["events"]) if "events" in record else [record["event"]]


def _regions(record: Mapping[str, Any]) -> Iterator[RegionForecast]:
    if "events" in record:
        said = {flux_bin(event): v["probability"] for event, v in record["events"].items()}
        where = record["latitude_deg"], record["longitude_deg"]
        yield RegionForecast(tuple(record["noaa_regions"]), record["harp"], *where, said)
        return
    for region in record["regions"]:
        flare = region["flare"]
        if flare["probability"] is not None:
            said = {flux_bin(flare["event"]): flare["probability"]}
            yield RegionForecast((), None, region["hgs_y"], region["hgs_x"], said)


def _disk(record: Mapping[str, Any], regions: Sequence[RegionForecast]) -> dict[str, float]:
    if "disk_probability" in record:
        return {flux_bin(record["event"]): record["disk_probability"]}
    names = regions[0].probability
    return {name: 1 - math.prod(1 - r.probability[name] for r in regions) for name in names}


def xml(method: str, said: Issued) -> str:
    """The file for one issue time.

    Args:
      method: name that CCMC knows the model by.
      said: what is forecast.

    Returns:
      The text; regions without a NOAA number have their HARP's, or only their place.

    Example:
      >>> one = RegionForecast((11158,), 377, -20.0, 8.0, {"M+": 0.25})
      >>> time = np.datetime64("2011-02-15T02:00:00")
      >>> text = xml("MY_1", Issued(time, 24.0, {"M+": 0.25}, (one,), False))
      >>> [line.strip() for line in text.splitlines() if "value" in line or "<id" in line]
      ['<value>0.2500</value>', '<id scheme="NOAA_AR_numbering_scheme">11158</id>', '<value>0.2500</value>']
    """  # noqa: E501
    message = ElementTree.Element("message")
    forecast = ElementTree.SubElement(message, "forecast")
    _text(forecast, "method", method)
    _text(forecast, "issuetime", _moment(said.time))
    window = ElementTree.SubElement(forecast, "predictionwindow")
    _text(window, "starttime", _moment(said.time))
    length = np.timedelta64(round(said.hours * 3600), "s")
    _text(window, "endtime", _moment(said.time + length))
    _probabilities(_group(forecast, "Full Disk"), said.disk)
    if said.regions:
        every = _group(forecast, "Region")
        for region in said.regions:
            one = ElementTree.SubElement(every, "group")
            _source(ElementTree.SubElement(one, "sourceregion"), region, said.time)
            _probabilities(one, region.probability)
    ElementTree.indent(message)
    return ElementTree.tostring(message, encoding="unicode", xml_declaration=True) + "\n"


def file_name(method: str, time: np.datetime64) -> str:
    """As CCMC asks for it.

    Example:
      >>> file_name("MY_1", np.datetime64("2011-02-15T02:00:00"))
      'Flare_Forecast_MY_1_20110215_0200.xml'
    """
    return f"Flare_Forecast_{method}_{time.item():%Y%m%d_%H%M}.xml"


def _source(source: ElementTree.Element, region: RegionForecast, time: np.datetime64) -> None:
    numbers = {"NOAA_AR_numbering_scheme": region.noaa_regions}
    if not region.noaa_regions and region.harp is not None:
        numbers = {"HARP": (region.harp,)}
    for scheme, every in numbers.items():
        for number in every:
            ElementTree.SubElement(source, "id", scheme=scheme).text = str(number)
    location = ElementTree.SubElement(source, "location", time=_moment(time))
    location.text = place(region.latitude_deg, region.longitude_deg)


def _probabilities(group: ElementTree.Element, said: Mapping[str, float]) -> None:
    for name, probability in said.items():
        entry = ElementTree.SubElement(group, "entry")
        ElementTree.SubElement(entry, "fluxbin", name=name)
        _text(ElementTree.SubElement(entry, "probability"), "value", f"{probability:.4f}")


def _group(forecast: ElementTree.Element, kind: str) -> ElementTree.Element:
    group = ElementTree.SubElement(forecast, "group")
    _text(group, "forecasttype", kind)
    return group


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _moment(time: np.datetime64) -> str:
    return f"{time.item():%Y-%m-%dT%H:%MZ}"


def write(
    files: Annotated[tuple[pathlib.Path, ...], tyro.conf.Positional],
    method: str,
    output: pathlib.Path = pathlib.Path("scoreboard"),
    try_out: bool = False,
) -> None:
    """Write forecasts as CCMC's Flare Scoreboard reads them, one file for each issue time.

    Args:
      files: JSON that python -m jsolar.predict wrote, of all regions of a time.
      method: name that CCMC knows the model by; letters, digits and underscores.
      output: folder for what is written.
      try_out: write also what a model trained on simulated data says, under another name.
    """
    if not files:
        raise ValueError("no file is given: name some JSON files that jsolar.predict wrote")
    if not _NAME.fullmatch(method):
        raise ValueError(f"--method {method!r}: use letters, digits and underscores only")
    said = list(issued([_read(path) for path in files]))
    if any(one.simulated for one in said) and not try_out:
        raise ValueError(
            "the model was trained on simulated data, and what it says is no forecast: train it on "
            "observations, or see how the files look with --try-out"
        )
    output.mkdir(parents=True, exist_ok=True)
    for one in said:
        name = method + (TRY_OUT if one.simulated else "")
        write_whole(output / file_name(name, one.time), xml(name, one))
        chances = ", ".join(f"{bin_}: {p:.1%}" for bin_, p in one.disk.items())
        print(f"{file_name(name, one.time)}: {len(one.regions)} regions, whole disk {chances}")


def _read(path: pathlib.Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text())
        needed = {"issue_time", "window_hours", "model", "warnings"}
        if not (needed <= record.keys() and ("events" in record or "event" in record)):
            raise ValueError("it lacks " + ", ".join(sorted(needed - record.keys()) or ["events"]))
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{path} is no forecast of jsolar.predict ({error})") from None
    return record


def command(arguments: list[str]) -> None:
    """As ``python -m jsolar.forecast.scoreboard``."""
    prog = "python -m jsolar.forecast.scoreboard"
    guarded("jsolar.forecast.scoreboard", lambda: tyro.cli(write, prog=prog, args=arguments))


if __name__ == "__main__":
    command(sys.argv[1:])
