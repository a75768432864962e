"""The package as a guest: light to import, documented, at peace with its neighbours."""

import ast
import importlib
import os
import pathlib
import pkgutil
import subprocess
import sys
import tomllib

import pytest

import jsolar

ROOT = pathlib.Path(__file__).parent.parent
MODULES = [m.name for m in pkgutil.walk_packages(jsolar.__path__, "jsolar.")]
SOURCES = [p for d in ("jsolar", "experiments") for p in sorted((ROOT / d).rglob("*.py"))]


def python(code: str, cwd: pathlib.Path) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", f"import sys\n{code}"],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert jsolar.__version__ == project["version"]
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"version: {project['version']}" in citation
    assert project["version"] in (ROOT / "CHANGELOG.md").read_text()


def test_import_is_light_and_makes_no_folder(tmp_path: pathlib.Path) -> None:
    heavy = ("flax", "matplotlib", "pandas", "sklearn", "sunpy", "tensorflow", "torch", "grain")
    code = f"import jsolar; print([m for m in {heavy!r} if m in sys.modules])"
    assert python(code, tmp_path).strip() == "[]"
    assert not list(tmp_path.iterdir())


def test_the_core_needs_no_data_set_libraries(tmp_path: pathlib.Path) -> None:
    """Models, steps, losses, verification and the simulator, as on a bare GPU machine."""
    code = """
for name in ("tensorflow", "tensorflow_datasets", "grain", "sunpy", "astropy", "pandas"):
    sys.modules[name] = None
import jsolar.losses.events, jsolar.explain, jsolar.sun.simulate.windows, jsolar.sun.fields.keywords
import jsolar.losses.robust, jsolar.train.many, jsolar.data.noise, jsolar.data.confident
import jsolar.models.cnn, jsolar.models.mlp, jsolar.models.flops
import jsolar.train.step, jsolar.train.lift, jsolar.verify.events.scorecard, jsolar.forecast.compare
import jsolar.data.augment, jsolar.data.splits, jsolar.data.audit, jsolar.data.normalise
"""
    python(code, tmp_path)


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported_alone(name: str) -> None:
    importlib.import_module(name)


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_everything_public_says_what_it_takes_returns_and_raises(path: pathlib.Path) -> None:
    tree = ast.parse(path.read_text())
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name.startswith("_"):
            continue
        if function not in tree.body:
            continue
        text = ast.get_docstring(function) or ""
        assert text, function.name
        given = function.args
        arguments = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
        if "Args:" in text:
            section = text.split("Args:")[1].split("\n\n")[0]
            for argument in arguments:
                assert argument in section, f"{function.name} says nothing of {argument}"


def test_hugging_face_datasets_lives_beside(tmp_path: pathlib.Path) -> None:
    """A package called ``datasets`` stays reachable, from inside the clone as well."""
    neighbour = tmp_path / "site" / "datasets"
    neighbour.mkdir(parents=True)
    (neighbour / "__init__.py").write_text("def load_dataset():\n    return 'hugging face'\n")
    for folder in (tmp_path, ROOT):
        code = f"""
sys.path.append({str(neighbour.parent)!r})
import datasets
print(datasets.load_dataset())
import jsolar.datasets
print(jsolar.datasets.__name__)
"""
        command = [sys.executable, "-c", f"import sys\n{code}"]
        place = {**os.environ, "PYTHONPATH": str(ROOT) if folder != ROOT else ""}
        done = subprocess.run(
            command, cwd=folder, env=place, capture_output=True, text=True, check=False
        )
        assert done.stdout.split("\n")[:2] == ["hugging face", "jsolar.datasets"], done.stderr
