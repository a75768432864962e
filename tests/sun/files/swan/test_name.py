"""Names of windows tell the label, in all spellings; what no rule explains is refused."""

import numpy as np
import pytest

from jsolar.sun.files.swan.name import parse_name

ENDS = "_ar115_s2010-08-06T06:36:00_e2010-08-06T18:24:00.csv"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("M1.0@265:Primary" + ENDS, ("M", 1e-5, 265, "Primary", 115)),
        ("X10.2@9:Secondary" + ENDS, ("X", 1.02e-3, 9, "Secondary", 115)),
        ("C4@7:Primary" + ENDS, ("C", 4e-6, 7, "Primary", 115)),
        ("FQ" + ENDS, ("FQ", 0.0, 0, "", 115)),
        ("M1.0@265_Primary" + ENDS.replace(":", "_"), ("M", 1e-5, 265, "Primary", 115)),
        ("FQ" + ENDS.replace(":", "-"), ("FQ", 0.0, 0, "", 115)),
        (
            "lab[B]8.3@7467_id[115]_st[2010-08-06T06:36:00]_et[2010-08-06T18:24:00].csv",
            ("B", 8.3e-7, 7467, "", 115),
        ),
        (
            "lab[NF]_id[115]_st[2010-08-06T06_36_00]_et[2010-08-06T18_24_00].csv",
            ("FQ", 0.0, 0, "", 115),
        ),
    ],
)
def test_every_spelling_is_read(name: str, told: tuple) -> None:
    got = parse_name(name)
    assert (got.subclass, got.flare, got.verified, got.harp) == (told[0], *told[2:])
    assert got.flux_w_m2 == pytest.approx(told[1], rel=1e-12)
    assert got.start == np.datetime64("2010-08-06T06:36:00")
    assert got.end == np.datetime64("2010-08-06T18:24:00")


def test_the_largest_class_is_the_largest_flux() -> None:
    """As text X10 is less than X2, which has mislabelled windows elsewhere."""
    fluxes = [
        parse_name(f"{c}@1:Primary{ENDS}").flux_w_m2 for c in ("B9.9", "C1", "M9", "X2", "X10")
    ]
    assert fluxes == sorted(fluxes)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("A1.0@265:Primary" + ENDS, "no rule explains the label A1.0"),
        ("M1.0" + ENDS, "no rule explains the label M1.0"),
        ("M@265:Primary" + ENDS, "no rule explains the label M:"),
        ("FQ1.0@3:Primary" + ENDS, "no rule explains the label FQ1.0"),
        ("M1.0@265:Tertiary" + ENDS, "Primary or Secondary, not as Tertiary"),
        (
            "FQ_ar115_s2010-13-06T06:36:00_e2010-08-06T18:24:00.csv",
            "2010-13-06T.* is no time",
        ),
        ("readme.txt", "no name of a SWAN-SF window"),
    ],
)
def test_what_no_rule_explains_is_refused_by_name(name: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{name.partition('_')[0][:4]}.*{why}"):
        parse_name(name)
