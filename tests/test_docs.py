"""The guide quotes what is there."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[1]


def test_the_experiment_that_is_read_line_by_line_is_the_one_that_runs() -> None:
    """All of ``main`` is quoted, in order, and nothing else."""
    source = (ROOT / "experiments" / "flare_cnn.py").read_text()
    page = (ROOT / "docs" / "experiment.md").read_text()
    quoted = "".join(re.findall(r"```python\n(.*?)```", page, flags=re.S))
    (body,) = re.findall(r'def main\(.*?"""\n(.*?)\n\n\n', source, flags=re.S)
    assert quoted.strip() == body.strip()


def test_every_link_of_the_guide_to_the_reference_names_a_module() -> None:
    pages = (ROOT / "docs").glob("*.md")
    links = {
        link
        for page in pages
        for link in re.findall(r"reference/(jsolar[\w.]*)\.rst", page.read_text())
    }
    assert len(links) > 5
    for link in links:
        path = ROOT / link.replace(".", "/")
        assert path.is_dir() or path.with_suffix(".py").exists(), link
