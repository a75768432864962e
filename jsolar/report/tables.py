"""Tables as Markdown, which also reads well on a terminal."""

from collections.abc import Sequence


def markdown(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table with aligned columns, the first to the left and the others to the right.

    Example:
      >>> print(markdown(["method", "TSS"], [["CNN", "0.71"], ["climatology", "0.00"]]))
      | method      |  TSS |
      |:------------|-----:|
      | CNN         | 0.71 |
      | climatology | 0.00 |
    """
    table = [list(columns), *[list(row) for row in rows]]
    widths = [max(len(line[i]) for line in table) for i in range(len(columns))]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        texts = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        return "| " + " | ".join(texts) + " |"

    first, *others = widths
    rule = "|:" + "-" * (first + 1) + "|" + "".join("-" * (w + 1) + ":|" for w in others)
    return "\n".join([line(columns), rule, *(line(row) for row in rows)])
