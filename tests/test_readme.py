"""The README's code runs as written."""

import os
import pathlib
import re
import subprocess
import sys

from tests.command import TORN

ROOT = pathlib.Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_the_library_in_twenty_lines(tmp_path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, flags=re.S)
    lines = [line for line in code.splitlines() if line and not line.startswith(("from", "import"))]
    assert len(lines) <= 20
    place = {**os.environ, "TFDS_DATA_DIR": str(tmp_path / "data"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", f"ignore:{TORN}", "-c", code],
        cwd=tmp_path,
        env=place,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"\| CNN +\| +-?\d\.\d{3} ", done.stdout), done.stdout
    assert (tmp_path / "runs" / "readme" / "metrics.jsonl").exists()


def test_every_picture_and_file_named_exists() -> None:
    for name in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README):
        assert (ROOT / name).stat().st_size > 0, name
    names = ("jsolar/types.py", "CITATION.cff", "CHANGELOG.md", "jsolar/sun/simulate/__init__.py")
    for name in names:
        assert name in README
        assert (ROOT / name).exists()
