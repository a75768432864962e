"""Forecasts are kept method by method, and are those of fitting all at once."""

import pathlib

import jax
import numpy as np
import pytest

from jsolar.forecast.fitting import fit_all, forecast_again, forecast_all
from jsolar.forecast.kept import FOLDER, forecast_kept
from jsolar.forecast.methods import Method
from jsolar.forecast.methods.chosen import chosen
from jsolar.forecast.methods.climatology import climatology
from jsolar.forecast.methods.persistence import persistence
from jsolar.types import Events
from tests.forecast.toy import DATA

KEY = jax.random.key(3)


def lots(key, train, validation):
    """Chance: what it says depends on its key alone."""
    return lambda inputs: np.asarray(jax.random.uniform(key, (len(inputs["keywords"]), 2)))


def make(folder: pathlib.Path) -> dict[str, Method]:
    return {
        "chance": Method(lots),
        "persistence": persistence(),
        "of one": chosen({"only": climatology()}),
    }


def same(a, b) -> None:
    assert a.keys() == b.keys()
    for name in a:
        for one, other in zip(a[name], b[name], strict=True):
            assert (one is None) == (other is None)
            if one is not None:
                np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_the_numbers_are_those_of_fitting_all_at_once(tmp_path: pathlib.Path) -> None:
    kept = forecast_kept(KEY, make, DATA, folder=tmp_path, seeds=3)
    same(kept[0], forecast_all(fit_all(KEY, make(tmp_path), DATA), DATA))
    again = forecast_again(KEY, make, DATA, folder=tmp_path, seeds=3)
    for one, other in zip(kept[1:], again, strict=True):
        same(one, other)
    assert kept[0]["of one"].choice == "only"
    assert kept[0]["persistence"].thresholds is not None


def test_a_second_call_fits_what_is_missing_and_nothing_else(tmp_path: pathlib.Path) -> None:
    first = forecast_kept(KEY, make, DATA, folder=tmp_path)
    (tmp_path / FOLDER / "persistence.npz").unlink()

    def refuse(*_):
        raise AssertionError("it was there already")

    def others(folder):
        return make(folder) | {"chance": Method(refuse), "of one": Method(refuse)}

    [second] = forecast_kept(KEY, others, DATA, folder=tmp_path)
    same(first[0], second)


def test_a_stop_between_methods_loses_nothing(tmp_path: pathlib.Path) -> None:
    def stopped(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        forecast_kept(KEY, lambda f: make(f) | {"last": Method(stopped)}, DATA, folder=tmp_path)
    assert {p.name for p in (tmp_path / FOLDER).iterdir()} == {
        "chance.npz", "persistence.npz", "of_one.npz"
    }  # fmt: skip


def test_files_of_other_data_and_broken_ones_are_named(tmp_path: pathlib.Path) -> None:
    forecast_kept(KEY, make, DATA, folder=tmp_path)
    happened, known = DATA.train.events
    other = DATA._replace(train=DATA.train._replace(events=Events(~happened, known)))
    with pytest.raises(ValueError, match=r"chance\.npz was forecast from other data"):
        forecast_kept(KEY, make, other, folder=tmp_path)
    file = tmp_path / FOLDER / "chance.npz"
    for damage in (file.read_bytes()[:200], b"no archive"):
        file.write_bytes(damage)
        with pytest.raises(ValueError, match=r"chance\.npz is broken"):
            forecast_kept(KEY, make, DATA, folder=tmp_path)


def test_methods_that_can_learn_from_several_seeds_at_once_do(tmp_path: pathlib.Path) -> None:
    calls: list[int] = []

    def at_once(keys, train, validation):
        calls.append(len(keys))
        return [lots(key, train, validation) for key in keys]

    def able(folder: pathlib.Path) -> dict[str, Method]:
        declined = Method(lots, lambda *data: None)
        return make(folder) | {"chance": Method(lots, at_once), "declined": declined}

    forecast_kept(KEY, able, DATA, folder=tmp_path / "one")
    assert calls == [], "a single seed needs no program for several"
    kept = forecast_kept(KEY, able, DATA, folder=tmp_path / "a", seeds=3)
    assert calls == [3]
    for one, other in zip(
        kept, forecast_kept(KEY, make, DATA, folder=tmp_path / "b", seeds=3), strict=True
    ):
        assert "declined" in one
        same({name: one[name] for name in other}, other)
    (tmp_path / "a" / "seed_1" / FOLDER / "chance.npz").unlink()
    same(forecast_kept(KEY, able, DATA, folder=tmp_path / "a", seeds=3)[1], kept[1])
    assert calls == [3, 1], "alone it might become another network"
    again = forecast_again(KEY, able, DATA, folder=tmp_path, seeds=3)
    assert calls == [3, 1, 2]
    for one, other in zip(kept[1:], again, strict=True):
        same(one, other)
