"""The name of a SWAN-SF window carries its label: the flare, the region, the first and last row."""

import re
from typing import NamedTuple

import numpy as np

from jsolar.sun.flares.catalogue import goes_flux

QUIET = "FQ"
"""What stands for a window without a flare."""

SUBCLASSES = ("X", "M", "C", "B", QUIET)
"""Classes of a window's largest flare."""

_TIME = r"(\d{4}-\d\d-\d\d)[T_ ](\d\d)[:_-](\d\d)[:_-](\d\d)"  # some systems allow no ":" in a name
_PUBLISHED = re.compile(
    rf"(?P<label>[A-Z]+)(?P<number>[\d.]*)(@(?P<flare>\d+)([:_-](?P<verified>[A-Za-z]+))?)?"
    rf"_ar(?P<harp>\d+)_s(?P<start>{_TIME})_e(?P<end>{_TIME})\.csv"
)
_BRACKETS = re.compile(
    rf"lab\[(?P<label>[A-Z]+)\](?P<number>[\d.]*)(@(?P<flare>\d+)([:_-](?P<verified>[A-Za-z]+))?)?"
    rf"_id\[(?P<harp>\d+)\]_st\[(?P<start>{_TIME})\]_et\[(?P<end>{_TIME})\]\.csv"
)


class WindowName(NamedTuple):
    """What the name of a window tells.

    Attributes:
      subclass: one of `SUBCLASSES`: the class of the largest verified flare in the 24 h after.
      flux_w_m2: of that flare, W m⁻²; 0 if there is none.
      flare: its number in the flare list of SWAN-SF; 0 if there is none.
      verified: ``"Primary"`` or ``"Secondary"``, how flare and region were matched; "" if not told.
      harp: number of the region.
      start: time of the first row, ``datetime64[s]``.
      end: time of the last row; the forecast is made then.
    """

    subclass: str
    flux_w_m2: float
    flare: int
    verified: str
    harp: int
    start: np.datetime64
    end: np.datetime64


def is_window(name: str) -> bool:
    """Whether a file's name looks like that of a window, with a label that is known or not.

    Example:
      >>> is_window("FQ_ar115_s2010-08-06T06:36:00_e2010-08-06T18:24:00.csv"), is_window("a.csv")
      (True, False)
    """
    return bool(_PUBLISHED.fullmatch(name) or _BRACKETS.fullmatch(name))


def parse_name(name: str) -> WindowName:
    """Read the name of a window, in either of two spellings.

    Args:
      name: of the file, without its folder.

    Returns:
      What it tells.

    Raises:
      ValueError: it is no such name, or no rule explains its label.

    Example:
      >>> one = parse_name("M1.0@265:Primary_ar115_s2010-08-06T06:36:00_e2010-08-06T18:24:00.csv")
      >>> one.subclass, one.flux_w_m2, one.flare, one.verified, one.harp
      ('M', 1e-05, 265, 'Primary', 115)
      >>> quiet = "lab[NF]_id[3272]_st[2013-10-11T11:36:00]_et[2013-10-11T23:24:00].csv"
      >>> parse_name(quiet).subclass
      'FQ'
    """
    found = _PUBLISHED.fullmatch(name) or _BRACKETS.fullmatch(name)
    if not found:
        raise ValueError(
            f"{name}: no name of a SWAN-SF window, such as "
            "M1.0@265:Primary_ar115_s2010-08-06T06:36:00_e2010-08-06T18:24:00.csv"
        )
    subclass, flux = _label(name, found["label"], found["number"], found["flare"])
    return WindowName(
        subclass,
        flux,
        int(found["flare"] or 0),
        _verified(name, found["verified"]),
        int(found["harp"]),
        _time(name, found["start"]),
        _time(name, found["end"]),
    )


def _label(name: str, letter: str, number: str, flare: str | None) -> tuple[str, float]:
    if letter in (QUIET, "NF") and not number and not flare:
        return QUIET, 0.0
    if letter in SUBCLASSES[:-1] and number and flare:
        return letter, goes_flux(letter + number)
    raise ValueError(
        f"{name}: no rule explains the label {letter}{number}: it must be a flare of class "
        f"{', '.join(SUBCLASSES[:-1])} with its number after @, or {QUIET} or NF"
    )


def _verified(name: str, how: str | None) -> str:
    if how in (None, "Primary", "Secondary"):
        return how or ""
    raise ValueError(f"{name}: a flare is verified as Primary or Secondary, not as {how}")


def _time(name: str, text: str) -> np.datetime64:
    day, *clock = re.fullmatch(_TIME, text).groups()  # type: ignore[union-attr]
    try:
        return np.datetime64(f"{day}T{':'.join(clock)}", "s")
    except ValueError:
        raise ValueError(f"{name}: {text} is no time") from None
