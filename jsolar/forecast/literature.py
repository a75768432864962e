"""What has been published: TSS for flares ≥ M within 24 h, and how each number came about.

The numbers are those that a course on machine learning with solar data (Niigata University, space
informatics) quotes side by side. What is said of splits and thresholds comes from abstracts,
authors' code and HMI Science Nugget 25; where no source was at hand, nothing is said. The numbers
stand on other data, splits and ways to choose a threshold, so none is a target for anything here,
and no two of them can be compared.
"""

from typing import NamedTuple

from jsolar.report.tables import markdown

UNKNOWN = "not checked"
"""Where the source was not at hand."""


class Published(NamedTuple):
    """A published score.

    Attributes:
      method: what forecasts.
      tss: as quoted, with its spread, which is of a different kind in every paper.
      data: what it forecasts from.
      split: how training and test examples were separated.
      threshold: where "yes" begins, and what that was chosen on.
      source: authors, year and identifier.
    """

    method: str
    tss: str
    data: str
    split: str
    threshold: str
    source: str


PUBLISHED = (
    Published(
        "linear, fixed filters",
        "0.81 ± 0.03",
        "vector field, corona, flare history; 2010–2014",
        UNKNOWN,
        UNKNOWN,
        "Jonas et al. 2018, arXiv:1708.01323",
    ),
    Published(
        "DNN (DeFN)",
        "0.80",
        "79 features of 3 × 10⁵ pictures, flare history; 2010–2015",
        "by time: 2010–2014 and 2015",
        "p = 0.5; the network was chosen on the test set (authors' code)",
        "Nishizuka et al. 2018, arXiv:1805.03421",
    ),
    Published(
        "LSTM",
        "0.792 ± 0.008",
        "SHARP keywords, flare history; 2010–2018",
        "by time, then folds of the test set",
        "the best mean of 201 on the test set (authors' code)",
        "Liu et al. 2019, ApJ 877, 121",
    ),
    Published(
        "SVM",
        "0.761 ± 0.039",
        "SHARP keywords; 303 examples with a flare, 5,000 without; 2010–2014",
        "70 : 30 of the examples at random",
        "class weight chosen for TSS",
        "Bobra & Couvidat 2015, arXiv:1411.1405",
    ),
    Published(
        "CNN",
        "0.749 ± 0.079",
        "magnetograms of SHARPs; 2010–2018",
        "10 shuffled, regions apart",
        "p = 0.5",
        "Li et al. 2020, ApJ 891, 10",
    ),
    Published(
        "random forest",
        "0.74 ± 0.02",
        "13 predictors of near-real-time SHARPs; 2012–2016",
        UNKNOWN,
        "p = 0.15; chosen on: not checked",
        "Florios et al. 2018, doi:10.1007/s11207-018-1250-4",
    ),
    Published(
        "CNN",
        "0.662",
        "line-of-sight magnetograms of MDI and HMI; 1996–2015",
        UNKNOWN,
        UNKNOWN,
        "Huang et al. 2018, ApJ 856, 7",
    ),
)
"""The table of published scores."""

LECTURE = (
    "CNN 0.928, DNN 0.911, random forest 0.901, k-NN 0.891, SVM 0.777, logistic regression 0.762"
)
"""What the course tells of six methods after an error in its data was mended; no paper with these
numbers was found, and neither split nor threshold is told."""

TITLE = "Published scores, not to be compared with these"


def literature() -> list[str]:
    """The published scores as a section of a report, in lines of Markdown."""
    header = ["published method", "TSS", "data", "split", "threshold", "source"]
    return [
        f"## {TITLE}",
        "",
        "TSS for flares ≥ M within 24 h, as a course on machine learning with solar data (Niigata",
        "University) quotes them side by side. They stand on other data, splits and thresholds,",
        "also among themselves; ± is a spread over folds, runs or resamples.",
        "",
        markdown(header, [list(row) for row in PUBLISHED]),
        "",
        f"The same course tells, after an error in its data was mended: {LECTURE}.",
        "Neither split nor threshold is told.",
        "",
    ]


def short() -> str:
    """The same for a terminal: methods, scores and sources."""
    rows = [[one.method, one.tss, one.source] for one in PUBLISHED]
    return f"{TITLE}:\n" + markdown(["published method", "TSS", "source"], rows)
