"""Fixtures and settings that all tests share."""

import os
import pathlib
from collections.abc import Iterator

import jax
import pytest

COMPILED = pathlib.Path(__file__).parents[1] / ".pytest_cache" / "compiled"
"""Compiled programs, shared by all workers, by the commands that tests start, and by later runs."""

# Most of the time of a test goes into compiling; what is compiled hastily is as right.
os.environ["XLA_FLAGS"] = f"{os.environ.get('XLA_FLAGS', '')} --xla_backend_optimization_level=0"

# Several devices on one CPU, so that what is parallel is tested as such.
jax.config.update("jax_num_cpu_devices", 4)
for option, value in (
    ("jax_compilation_cache_dir", str(COMPILED)),
    ("jax_persistent_cache_min_compile_time_secs", 0.3),
):
    jax.config.update(option, value)
    os.environ.setdefault(option.upper(), str(value))


@pytest.fixture(scope="module", autouse=True)
def _compiled_programs_are_dropped() -> Iterator[None]:
    """What one module compiled is of no use to the next, and stays in memory otherwise."""
    yield
    jax.clear_caches()


@pytest.fixture(scope="session")
def realdata() -> pathlib.Path:
    """The folder of real observations; tests that use it are marked ``realdata``."""
    return pathlib.Path(os.environ["JSOLAR_REALDATA"])


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip, by name, what needs real observations when there are none."""
    if os.environ.get("JSOLAR_REALDATA"):
        return
    skip = pytest.mark.skip(reason="set JSOLAR_REALDATA to the folder of real observations")
    for item in items:
        if "realdata" in item.keywords:
            item.add_marker(skip)
