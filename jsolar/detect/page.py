"""The tables of a report on regions of the disk."""

from collections.abc import Mapping, Sequence

import numpy as np

from jsolar.detect.compare import PAIRED, Comparison, counts
from jsolar.detect.finds import ALL, CLASS_NAMES, KINDS, SIDES, WIDE
from jsolar.detect.random_split import RandomSplit
from jsolar.report.tables import markdown, number, ranged
from jsolar.verify.contrasts import Contrast
from jsolar.verify.intervals import Interval

CALLED = {"tss": "TSS", "tss_expected": "expected TSS", "bss": "BSS"}

READING = [
    "Average precision (AP) is COCO's, by pycocotools: AP50 at an IoU of one half, AP the mean",
    "over 0.50, 0.55 … 0.95. Sizes are the shorter side of the box; regions of less than 6 pixels",
    "are neither asked for nor held against who finds them. AP looks at all detections, however",
    "unsure. All else is of those that are reported: from the score on that had the best F1 on",
    "validation. Panoptic quality, merged and split are of regions of any size. Intervals are a",
    "bootstrap over rotations of the Sun.",
    "",
    "AP of a class is of regions that flare, or that do not, as objects of two kinds: a detection",
    "speaks for both, with its score times the probability of the kind.",
    "",
    "Forecasts are of the true regions within 70° of the central meridian. Each has the",
    "probability of the detection that is assigned to it, by the largest sum of IoU of masks (at",
    "least 0.3); a region that was not found has p = 0. Regions that do not exist are false alarms",
    "where their probability reaches the threshold: TSS = TP/P − (FP + F)/(N + F). Below it they",
    "count as nothing. Probabilities are calibrated (Platt), and the threshold is chosen, on",
    "validation; intervals are at that threshold, and there are none (–) where fewer than ten",
    "rotations had an event.",
    "",
]
"""How to read the tables."""

READING_SIMULATED = [
    "The expected TSS has the true probabilities in place of what happened to happen. Who knows",
    "those of the path that the flare rate will take is the last row: no forecaster can.",
    "",
]
"""What simulated data add."""

READING_RANDOM = [
    "In the random split regions stand on both sides, a day apart; what is held out chooses the",
    "parameters, calibrates and is judged, as in the lecture; steps of training are as many. The",
    "two sets of pictures differ in their Suns as well, so the difference on the same pictures is",
    "the sharper one.",
    "",
]
"""What the random split is."""


def finds_table(comparison: Comparison) -> str:
    """One row a finder: average precision, panoptic quality, and what went wrong."""
    rows = []
    for name, of in comparison.finds.items():
        ap = of.precision["boxes"]["ap"]
        whole = Interval(*(np.asarray(x)[0] for x in ap))
        cells = [of.ap50(WIDE), of.ap50(ALL), whole, of.ap50(WIDE, "masks"), of.panoptic["quality"]]
        rows.append([name, *map(told, cells), f"{of.merged}", f"{of.split}"])
    header = [
        "regions found by", f"box AP50, {WIDE}", f"box AP50, {ALL}", f"box AP, {ALL}",
        f"mask AP50, {WIDE}", "panoptic quality", "merged", "split",
    ]  # fmt: skip
    return markdown(header, rows)


def sizes_table(comparison: Comparison) -> str:
    """AP50 by size, of boxes and of masks."""
    parts = list(SIDES)[2:]
    rows = [
        [f"{name}, {kind}", *(told(of.ap50(size, kind)) for size in parts)]
        for name, of in comparison.finds.items()
        for kind in KINDS
    ]
    return markdown(["AP50 by size", *parts], rows)


def class_table(comparison: Comparison) -> str:
    """Average precision of finding those that flare, and those that do not."""
    rows = [
        [name, *(told(one[kind]) for kind in CLASS_NAMES.values())]
        for name, one in comparison.classes.items()
    ]
    return markdown([f"box AP50 of a class, {ALL}", *CLASS_NAMES.values()], rows)


def skill_table(comparison: Comparison, seeds: Mapping[str, Sequence[float]] | None = None) -> str:
    """One row a method: TSS and what it is made of."""
    expected = comparison.data.synthetic
    header = ["method", "TSS", *(["expected TSS"] if expected else []), "of the found", "BSS"]
    header += ["p ≥", "TP", "FN", "FP", "TN", "F"]
    rows = []
    for name, of in comparison.forecasts.items():
        scores, cells = comparison.scores[name], counts(of)
        row = [name, told(scores["tss"])]
        row += [number(float(scores["tss_expected"].value))] if expected else []
        row += [number(float(scores[score].value)) for score in ("tss_found", "bss")]
        row += [number(of.threshold), *map(str, cells.values())]
        rows.append(row)
    if seeds:
        header.append(f"TSS, {len(next(iter(seeds.values())))} seeds")
        for row in rows:
            each = seeds.get(row[0], [])
            row.append(f"{np.mean(each):.3f} ± {np.std(each, ddof=1):.3f}" if each else "")
    return markdown(header, rows)


def finding_table(comparison: Comparison) -> str:
    """One row a method: what of the regions that are asked for it found, and what it invented."""
    names = {
        "found": "regions found",
        "found_flaring": "flaring ones found",
        "pod": "flaring ones forecast",
        "far": "false of the forecasts",
        "false_per_disk": "false regions a disk",
        "alarms_per_disk": "of them forecast to flare",
    }
    rows = [
        [name, *(told(scores[score]) for score in names)]
        for name, scores in comparison.scores.items()
    ]
    return markdown(["method", *names.values()], rows)


def difference_table(comparison: Comparison) -> str:
    """Paired differences, with intervals and the probability that luck makes as much."""
    scores = [s for s in PAIRED if comparison.data.synthetic or s != "tss_expected"]
    rows = [
        [pair, *(contrasted(found[score]) for score in scores), f"{found['tss'].p:.2g}"]
        for pair, found in comparison.differences.items()
    ]
    return markdown(["difference", *(CALLED[s] for s in scores), "p of TSS"], rows)


def slice_table(comparison: Comparison) -> str:
    """Scores by distance from the meridian and by size; regions that do not exist are left out."""
    rows = []
    for name, parts in comparison.slices.items():
        sliced = comparison.sliced[name]
        for part, scores in parts.items():
            happened = sliced[part].rows.happened
            row = [f"{name}, {part}", f"{len(happened)}", f"{happened.sum()}"]
            rows.append([*row, told(scores["found"]), told(scores["tss"])])
    return markdown(["true regions", "regions", "events", "found", "TSS"], rows)


def disk_table(comparison: Comparison) -> str:
    """The disk as a whole, 1 − Π (1 − p), and whether its regions are independent."""
    rows = []
    for name, of in comparison.forecasts.items():
        scores = comparison.scores[name]
        mean = [number(float(x.mean())) for x in (of.disks.probability, of.disks.happened)]
        rows.append([name, *mean, told(scores["disk_bss"]), told(scores["dispersion"], 2)])
    return markdown(["the whole disk", "mean p", "event rate", "BSS", "dispersion"], rows)


def dispersion_line(comparison: Comparison, method: str) -> str:
    """Whether the regions of a disk flare independently, as 1 − Π (1 − p) takes them to."""
    found = comparison.scores[method]["dispersion"]
    value, low, high = (float(x) for x in found[:3])
    if np.isnan(low):
        said = "whether regions are independent is not shown"
    elif low > 1:
        said = "they come together more than independent regions would, or p is wrong"
    elif high < 1:
        said = "they come more evenly than independent regions would"
    else:
        said = "that regions are independent is not refuted"
    return (
        "Dispersion is the variance of the number of events on a disk over what independent "
        f"regions with the {method}'s probabilities have: {ranged(value, low, high, digits=2)}; "
        f"{said}."
    )


def random_table(found: RandomSplit) -> str:
    """TSS of the random split beside the honest one."""
    rows = [
        [f"8 : 2 at random ({found.trained} pictures learned, {found.held} held out)",
         contrasted(found.random, sign=False)],
        ["by rotations", contrasted(found.honest, sign=False)],
        ["random − by rotations", contrasted(found.inflation)],
        [f"the same on {found.shared} pictures that both held out",
         contrasted(found.same_pictures)],
    ]  # fmt: skip
    return markdown(["how pictures are split", "TSS"], rows)


def random_line(found: RandomSplit) -> str:
    """What may be said of the random split, in a sentence."""
    one = found.same_pictures
    if one.low > 0:
        said = "is higher beyond luck"
    elif one.high < 0:
        said = "is lower beyond luck"
    else:
        said = "is not shown to be higher or lower"
    return (
        f"On the same pictures the TSS of the random split {said}; a difference of "
        f"{number(one.detectable)} would be found four times in five."
    )


def numbers_line(comparison: Comparison) -> str:
    """How many disks and regions there are, and how many events."""
    data = comparison.data
    parts = []
    for name in ("train", "validation", "test"):
        disks = getattr(data, name)
        asked = sum(int(one.judged.sum()) for one in disks.regions)
        events = sum(int((one.judged & one.happened).sum()) for one in disks.regions)
        rotations = len(np.unique(disks.rows.group))
        parts.append(
            f"{name}: {len(disks.rows.id)} disks of {rotations} rotations, {asked} regions within "
            f"70° with a known outcome, {events} with {data.event}"
        )
    return "; ".join(parts)


def told(found: Interval, digits: int = 3) -> str:
    """A score with its interval.

    Example:
      >>> told(Interval(0.5, 0.4, 0.6, 0, 2000, 0))
      '0.500 [0.400, 0.600]'
    """
    return ranged(*found[:3], digits=digits)


def contrasted(found: Contrast, *, sign: bool = True) -> str:
    """A difference with its interval."""
    return ranged(*found[:3], sign=sign)
