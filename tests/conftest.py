"""Fixtures and settings that all tests share."""

import os
import pathlib

import jax
import pytest

# Several devices on one CPU, so that what is parallel is tested as such.
jax.config.update("jax_num_cpu_devices", 4)


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
