"""The fit of the Sun's free constants: rates of another Sun, and aims that are found again."""

import dataclasses

import jax
import numpy as np
import pytest

from experiments import fit_sun
from experiments.sun.population import Lives, populate
from jsolar.keys import named
from tests.command import run

SUN = fit_sun.PRESETS["smoke"][1].sun


@pytest.fixture(scope="module")
def lives() -> Lives:
    return populate(named(jax.random.key(3), "sun"), 150, between=(0.2, 0.7), sun=SUN)[0]


def test_rates_of_another_sun_are_those_that_it_would_have_had(lives: Lives) -> None:
    other = dataclasses.replace(SUN, rate_log_c_per_day=0.4, rate_limit_per_day=4.0)
    lived = populate(named(jax.random.key(3), "sun"), 50, between=(0.2, 0.7), sun=other)[0]
    again = populate(named(jax.random.key(3), "sun"), 50, between=(0.2, 0.7), sun=SUN)[0]
    found = fit_sun.relive(again, SUN, other)
    np.testing.assert_allclose(found.rate_per_hour, lived.rate_per_hour, rtol=2e-4, atol=1e-9)
    assert np.ptp(lived.rate_per_hour) > 0.01


def test_a_sun_is_found_again_by_what_it_gives(lives: Lives, monkeypatch) -> None:
    hidden = fit_sun.move(SUN, np.array([0.5, 0.1, 0.3, -0.3, 0.0, 0.0]))
    aims = fit_sun.measured(fit_sun.relive(lives, SUN, hidden), hidden)
    monkeypatch.setattr(fit_sun, "AIMS", {name: (aim, 0.01) for name, aim in aims.items()})
    monkeypatch.setattr(fit_sun, "STIFFNESS", 0.01)
    found = fit_sun.fit(lives, SUN, evaluations=70)
    reached = fit_sun.measured(fit_sun.relive(lives, SUN, found), found)
    before = fit_sun.measured(lives, SUN)
    for name, aim in aims.items():
        assert abs(np.log(reached[name] / aim)) < 0.01, name
    assert max(abs(np.log(before[name] / aim)) for name, aim in aims.items()) > 0.2
    assert found.rate_log_c_per_day == pytest.approx(hidden.rate_log_c_per_day, abs=0.1)


def test_from_the_command_line(tmp_path) -> None:
    status, out, err = run("experiments.fit_sun", "smoke", "--workdir", tmp_path / "run",
                           data=tmp_path)  # fmt: skip
    assert status == 0, err
    for name in fit_sun.LINEAR + fit_sun.LOGARITHMIC:
        assert f"| {name} " in out
    assert "statistic (simulated)" in (tmp_path / "run" / "report.md").read_text()
