"""Sums, statistics and measures of the simulated Sun against loops and known answers."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from experiments.sun import looks, measures, observed, plate, population, table
from experiments.sun import statistics as s
from jsolar.sun.units import MM_PER_DEGREE

RNG = np.random.default_rng(0)
EXPECTED = RNG.exponential(0.2, (3, 9, 2))
"""Flares expected of 3 regions in 9 steps of 2 classes."""
SEEN = np.ones((3, 9), bool)
SEEN[0, :2] = SEEN[2, 4] = False
NEAR = SEEN & (np.arange(9) > 2)
STEPS = 3


def probability(region: int, start: int, k: int) -> float:
    """Of at least one flare in a window, the long way: none in any of its steps."""
    none = 1.0
    for step in range(start, start + STEPS):
        none *= np.exp(-EXPECTED[region, step, k])
    return 1 - none


def test_windows_are_counted_one_by_one() -> None:
    found = s.window_sums(EXPECTED, NEAR, STEPS)
    for r in range(3):
        starts = [t for t in range(9) if NEAR[r, t] and t + STEPS <= 9]
        assert found["windows"][r] == len(starts)
        for k in range(2):
            assert found["events"][r, k] == pytest.approx(sum(probability(r, t, k) for t in starts))


def test_persistence_is_expected_from_both_windows() -> None:
    found = s.persistence_sums(EXPECTED, NEAR, SEEN, STEPS)["persistence"]
    for r in range(3):
        for k in range(2):
            table = np.zeros(4)
            for t in range(STEPS, 9 - STEPS + 1):
                if NEAR[r, t] and SEEN[r, t - STEPS]:
                    yes, before = probability(r, t, k), probability(r, t - STEPS, k)
                    table += [yes * before, yes * (1 - before), (1 - yes) * before,
                              (1 - yes) * (1 - before)]  # fmt: skip
            np.testing.assert_allclose(found[r, k], table)
    assert float(s.skill(np.array([6.0, 2.0, 3.0, 9.0]))) == pytest.approx(0.5)


def test_persistence_of_drawn_flares_agrees_with_what_is_expected() -> None:
    rate = np.repeat(RNG.exponential(0.1, (400, 1)), 24, 1)
    everywhere = np.ones_like(rate, bool)
    table = s.persistence_sums(rate[..., None], everywhere, everywhere, 8)["persistence"].sum(0)[0]
    drawn = RNG.poisson(rate, (40, 400, 24))
    windows = np.lib.stride_tricks.sliding_window_view(drawn, 8, axis=2).any(-1)
    after, before = windows[..., 8:], windows[..., :-8]
    counted = [(after & before).sum(), (after & ~before).sum(), (~after & before).sum()]
    np.testing.assert_allclose(np.array(counted) / 40, table[:3], rtol=0.03)


def test_regions_that_flare_and_parts_in_time() -> None:
    flares = np.array([1.0, 0.0, 2.0, 1.0, 4.0])
    counted = np.array([True, True, True, False, True])
    sums = s.region_sums(flares, counted)
    assert sums["flares"].sum() == 7
    assert sums["flaring"].tolist() == pytest.approx(
        [1 - np.exp(-1), 0, 1 - np.exp(-2), 0, 1 - np.exp(-4)]
    )
    windows = {"windows": np.arange(1.0, 6), "events": np.tile(np.arange(5.0)[:, None], 2)}
    parts = s.partition_sums(flares, windows, parts=2)
    assert parts["part_windows"].sum(0).tolist() == [1 + 2 + 3 + 4, 5], "4 flares in each half"
    assert parts["part_events"].sum(0).tolist() == [0 + 1 + 2 + 3, 4]


def test_power_index_of_a_pure_law_is_its_index() -> None:
    flux = np.logspace(-6, 0, 601)
    above = 50 * (flux / 1e-6) ** (1 - 2.2)
    sums = s.index_sums(above[None], flux)["index"].sum(0)
    assert float(s.power_index(sums)) == pytest.approx(2.2, abs=1e-3)
    drawn = 1e-6 * (1 - RNG.random(100_000)) ** (-1 / 1.2)
    hill = 1 + len(drawn) / np.log(drawn / 1e-6).sum()
    assert float(s.power_index(sums)) == pytest.approx(hill, abs=0.02)


def test_rich_and_poor_regions() -> None:
    c, m = np.array([40, 30, 29, 9, 0]), np.array([10, 3, 5, 1, 0])
    sums = {k: v.sum(0) for k, v in s.count_sums(c, m).items()}
    assert sums["busy"].tolist() == [70, 13]
    assert sums["quiet"].tolist() == [9, 1]
    for top in (1, 2, 4):
        share = np.sort(m)[::-1][:top].sum() / m.sum()
        assert float(s.top_share(sums["by_count"], top)) == pytest.approx(share)
    assert float(s.top_share(sums["by_count"], 1.5)) == pytest.approx(12.5 / 19)


def test_longitudes() -> None:
    longitude = np.array([[-95.0, -61.0, -30.0, 29.0, 60.0, 91.0]])
    flares = np.array([[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]])
    assert s.longitude_sums(flares, longitude)["places"].tolist() == [[6.0, 30.0, 12.0, 28.0]]


def test_histograms_hold_every_value_and_give_its_quantiles() -> None:
    value, region = RNG.normal(size=5000), RNG.integers(0, 7, 5000)
    edges = np.linspace(-5, 5, 1001)
    found = s.histogram_sums(value, region, 7, edges)
    assert found.sum(1).tolist() == np.bincount(region, minlength=7).tolist()
    levels = np.array([0.1, 0.5, 0.9])
    said = s.quantiles(found.sum(0), edges, levels)
    np.testing.assert_allclose(said, np.quantile(value, levels), atol=0.02)
    assert np.isnan(s.quantiles(np.zeros(1000), edges, 0.5))
    assert s.histogram_sums(np.array([-9.0, 9.0]), np.array([0, 0]), 1, edges)[0, [0, -1]].all()


def test_line_through_points() -> None:
    x, y = RNG.normal(size=(2, 50))
    y += 2 * x
    total = jnp.asarray(s.line_sums(np.append(x, 0.0), np.append(y, np.nan)).sum(0))
    assert float(s.slope(total)) == pytest.approx(np.polyfit(x, y, 1)[0], rel=1e-4)
    assert float(s.correlation(total)) == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-4)


def test_autocorrelation_skips_what_is_missing() -> None:
    series = np.cumsum(RNG.normal(size=(1, 60)), 1)
    series[0, [7, 30]] = np.nan
    pairs = [(a, b) for a, b in zip(series[0], series[0, 2:], strict=False) if a == a and b == b]
    found = measures.autocorrelation(series, np.array([2]))
    assert found[0, 0] == pytest.approx(np.corrcoef(*np.transpose(pairs))[0, 1])
    assert np.isnan(measures.autocorrelation(np.ones((1, 9)), np.array([1]))).all()


def test_power_spectrum_knows_a_power_law_at_any_size() -> None:
    found = []
    for size in (64, 128):
        k = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size))
        k[0, 0] = 1
        noise = np.fft.fft2(RNG.normal(size=(20, size, size)))
        pictures = np.fft.ifft2(noise * k**-1.5).real  # |B̂|² ∝ k⁻³, hence E ∝ k⁻²
        spectra = [measures.power_spectrum(picture, 1.5) for picture in pictures]
        power = np.mean([p for _, p in spectra], 0)
        found.append((spectra[0][0], power))
        assert measures.spectral_index(spectra[0][0], power) == pytest.approx(2.0, abs=0.1)
    small, large = (np.interp(0.1, *each) for each in found)
    assert small == pytest.approx(large, rel=0.1)


def test_phases_follow_the_cycle() -> None:
    phases = population.phases(4000, (0.13, 0.86))
    assert (np.diff(phases) > 0).all()
    assert phases[0] > 0.13
    assert phases[-1] < 0.86
    share = ((phases > 0.4) & (phases < 0.5)).mean()
    assert share > 2 * ((phases > 0.75) & (phases < 0.85)).mean()


def test_every_row_of_the_table_has_a_statistic_and_a_source() -> None:
    n = 30
    lives = population.Lives(
        np.linspace(0.2, 0.8, n),
        np.tile(np.linspace(-100.0, 100.0, 124), (n, 1)),
        np.full((n, 124), 5e21),
        np.full((n, 124), 0.05),
    )
    hours = np.tile([10.0, 12.0, 70.0], n)
    region = np.repeat(np.arange(n), 3)
    flares = population.Flares(region, hours, np.tile([1e-6, 2e-5, 3e-5], n), hours * 0)
    numbers = RNG.random((4, n)) + np.array([[22.0], [3.0], [2.0], [1.0]])
    looks = table.Measured(np.arange(n), *numbers, spectrum=np.ones((n, 5)))
    series = table.Series(*np.cumsum(RNG.normal(size=(2, 12, 80)), 2))
    sums = table.sums(lives, flares, looks, population.SunConfig())
    found = table.intervals(jax.random.key(0), sums, series)
    missing = [row.key for row in observed.ROWS if row.key not in found]
    assert not missing
    assert {row.source for row in observed.ROWS} <= {"–", *observed.SOURCES}
    assert all(row.source != "–" for row in observed.ROWS if row.real != "–")
    daily = 1 - np.exp(-0.05 * 24)
    assert float(found["share_C"].value) == pytest.approx(daily, rel=1e-5)
    assert float(found["quiet"].value) == pytest.approx(2 / 3)
    assert float(found["wait_M_50"].value) == pytest.approx(58, rel=0.05)
    text = table.table(found)
    assert f"{100 * daily:.2f} [" in text
    assert text.count("\n") == len(observed.ROWS) + 1


def test_pictures_in_numbers_are_those_of_the_picture_and_stand_beside_real_ones() -> None:
    image = np.zeros((64, 64))
    image[:16, :16], image[16:32, :32], image[40, :8] = 75.0, -1500.0, 60.0
    found = looks.look(image, 1.5)
    shares = {"beyond 50": 256 + 512 + 8, "beyond 100": 512, "beyond 500": 512, "beyond 1000": 512}
    for name, pixels in shares.items():
        assert found[f"area {name} G, %"] == pytest.approx(100 * pixels / 64**2)
    plus, minus = 256 * 75 + 8 * 60, 512 * 1500
    assert found["flux balance, %"] == pytest.approx(100 * (minus - plus) / (minus + plus))
    histogram = [found[name] for name in found if name.startswith("of it")]
    assert sum(histogram) == pytest.approx(100)
    assert found["of it 1000–2000 G, %"] == pytest.approx(100 * 512 / 776)
    for real in observed.LOOKS.values():
        assert list(real) == list(found)
        assert sum(real[name] for name in real if name.startswith("of it")) == pytest.approx(
            100, 1e-3
        )
    text = looks.looks_table([image + i for i in range(5)], 1.5)
    assert "| HARP 115 | HARP 377 |" in text
    assert "too few" in looks.looks_table([image], 1.5)


@pytest.mark.realdata
def test_real_pictures_have_the_frozen_numbers(realdata) -> None:
    panels = plate.read_real(realdata / "sharp", size=128, degrees_per_pixel=0.12)
    for panel in panels:
        frozen = observed.LOOKS[panel.title.splitlines()[0].removeprefix("HMI, ")]
        found = looks.look(np.asarray(panel.image), 0.12 * MM_PER_DEGREE)
        np.testing.assert_allclose(list(found.values()), list(frozen.values()), rtol=1e-3)
    assert len(panels) == len(observed.LOOKS) == 2
