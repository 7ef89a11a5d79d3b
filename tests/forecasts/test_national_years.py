"""The chance by kind of year: it averages to the answer, follows the shock, and says no more than it knows."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

import povertystats as ps
from povertystats.forecasts.joint import Event, probability_of_all
from povertystats.forecasts.national_years import levels_of, national_years, years_text
from povertystats.words.wording import odds, probability

AT, WEIGHT = np.polynomial.hermite_e.hermegauss(101)
WEIGHT = WEIGHT / WEIGHT.sum()
chances, shares = st.floats(0.005, 0.995), st.floats(0.01, 0.95)
ways = st.sampled_from(["at_most", "at_least"])


def peers(changes, places=30, seed=4):
    """Return a panel of places that all move by the same yearly ``changes`` and by noise of their own, on log-odds."""
    rng = np.random.default_rng(seed)
    path = np.cumsum([-1.0, *changes])
    z = path + rng.normal(0, 0.5, (places, 1)) + np.cumsum(rng.normal(0, 0.02, (places, len(path))), axis=1)
    years = range(2010, 2010 + len(path))
    rows = [
        (f"p{i}", year, 100 / (1 + np.exp(-x)))
        for i, row in enumerate(z)
        for year, x in zip(years, row, strict=True)
    ]
    return pd.DataFrame(rows, columns=["place", "year", "rate"])


def forecast(panel, horizon=1, **options):
    own = panel[panel["place"] == "p0"].set_index("year")["rate"]
    return ps.forecast(own, peers=panel, horizon=horizon, **options)


@given(chances, shares, ways)
def test_over_all_shocks_it_averages_to_the_answer(p, shared, direction):
    event = Event(p, shared, direction)
    mean = WEIGHT @ [event.given(z) for z in AT]
    assert mean == pytest.approx(p, abs=2e-3)
    # Known answer: two normal variables that are correlated by the loading.
    x = norm.ppf(p) - event.loading * 0.7
    assert event.given(0.7) == pytest.approx(norm.cdf(x / np.sqrt(1 - shared)), abs=1e-9)


@given(st.lists(st.tuples(chances, shares), min_size=1, max_size=3), ways)
def test_better_years_are_better_and_all_of_several_average_to_all(parts, direction):
    events = [Event(p, shared, direction) for p, shared in parts]
    found = national_years(events, [2020])
    good, ordinary, bad = found.table["probability"]
    assert 1 >= good >= ordinary >= bad >= 0
    assert found.table["shock"].tolist() == ([-1, 0, 1] if direction == "at_most" else [1, 0, -1])
    assert found.probability == probability_of_all(events)
    mean = WEIGHT @ [np.prod([event.given(z) for event in events]) for z in AT]
    assert mean == pytest.approx(found.probability, abs=5e-3)


def test_sure_and_impossible_events_stay_so():
    assert [Event(p, shared).given(2.0) for p in (0.0, 1.0) for shared in (0.0, 0.5, 1.0)] == [
        0,
        0,
        0,
        1,
        1,
        1,
    ]
    assert Event(0.3, 0.0).given(2.0) == pytest.approx(0.3)
    assert [Event(0.5, 1.0).given(z) for z in (-0.1, 0.1)] == [1, 0]


@pytest.mark.parametrize("scale", ["log_odds", "points"])
def test_a_forecast_tells_its_chances_and_levels(scale):
    ahead = forecast(peers([-0.3, -0.1, -0.2, -0.3, -0.1, -0.25]), scale=scale)
    median = ahead.level_at(0.5)
    found, other = ahead.by_national_year(at_most=median), ahead.by_national_year(at_least=median)
    assert found.probability == pytest.approx(0.5) and found.shared == ahead.shared[-1] > 0.3
    # What is a good year for the one is a bad year for the other.
    assert found.chance("good") == pytest.approx(1 - other.chance("bad"), abs=1e-6)
    low, ordinary, high = levels_of(ahead)
    assert low < ordinary < high and ordinary == pytest.approx(median)
    fall = ahead.series.values[-1] - median
    assert ahead.by_national_year(change_at_most=-fall).chance("bad") == pytest.approx(
        found.chance("bad"), abs=1e-6
    )
    for bad in ({}, {"at_most": 3.0, "at_least": 2.0}, {"at_most": None}):
        with pytest.raises(ValueError, match="exactly one of at_most"):
            ahead.by_national_year(**bad)


def test_the_worst_known_year_is_counted_and_apart_from_the_answer():
    changes = [-0.2, -0.2, +0.15, -0.25, -0.2, -0.2]
    ahead = forecast(peers(changes))
    median = ahead.level_at(0.5)
    at_most, at_least = (ahead.by_national_year(**{way: median}) for way in ("at_most", "at_least"))
    # Years are counted, not places: six changes are known, and a seventh is the worst of all with 1 in 7.
    assert (at_most.known, at_most.worst_year, at_most.worse) == (6, 2013, pytest.approx(1 / 7))
    assert at_least.worst_year == 2014
    assert at_most.chance("worst") < at_most.chance("bad") < at_most.probability
    assert at_most.probability == pytest.approx(0.5)
    # A year told of by two series is one year.
    panel = peers(changes)
    both = panel.merge(peers(changes, seed=5).rename(columns={"rate": "other"}))
    assert forecast(both).by_national_year(at_most=20.0).known == 6


def test_few_years_or_surveys_with_years_between_are_no_count():
    few = forecast(peers([-0.2, -0.3]))
    assert few.by_national_year(at_most=20.0).known == 0
    panel = peers([-0.2, -0.1, -0.3, -0.2, -0.25, -0.15, -0.2, -0.2])
    apart = forecast(panel[panel["year"] % 2 == 0]).by_national_year(at_most=20.0)
    assert (apart.known, apart.worst_year, apart.worse) == (0, None, None)
    assert apart.table["kind"].tolist() == ["good", "ordinary", "bad"]
    for lang in ("vi", "en"):
        assert len(apart.text(lang).splitlines()) == 2


def test_what_is_not_shared_is_refused_with_its_reason():
    own = ps.forecast(pd.Series({2016: 26.61, 2017: 24.53, 2018: 21.88, 2019: 19.57}))
    with pytest.raises(ValueError, match="nothing is known that the forecast shares"):
        own.by_national_year(at_most=18.0)
    for events in ([], [Event(0.5)], [Event(0.5, 0.5), Event(0.5)]):
        with pytest.raises(ValueError, match="nothing is known"):
            national_years(events, [2020])
    with pytest.raises(ValueError, match="do not share one shock"):
        national_years([Event(0.5, 0.5, shock="a"), Event(0.5, 0.5, shock="b")], [2020])


def test_the_words(known):
    ahead = ps.forecast(
        known.series("poor_household_pct", place="Bắc Kạn"), peers=known.peers("poor_household_pct")
    )
    found = ahead.by_national_year(change_at_most=-2.0)
    for lang in ("vi", "en"):
        chances, share, worst = found.text(lang).splitlines()
        for kind in ("good", "ordinary", "bad"):
            assert probability(found.chance(kind), lang) in chances
        assert f"{100 * found.shared:.0f}%" in share
        assert str(found.worst_year) in worst and odds(1 / (found.known + 1), lang) in worst
        assert probability(found.chance("worst"), lang) in worst
        and_ = {"vi": "và", "en": "and"}[lang]
        harder = ahead.by_national_year(change_at_most=-2.5)
        both = f" {and_} ".join(probability(one.chance("worst"), lang) for one in (found, harder))
        assert years_text([("a", found), ("b", harder)], lang)[-1].endswith(f" {both}.")
    group = known.peer_group("poor_household_pct", place="Bắc Kạn")
    event = Event(0.6, 0.5)
    named = national_years([event], [2020], group=group)
    assert "for the provinces of Viet Nam" in named.text("en") and "các tỉnh của Việt Nam" in named.text("vi")
    assert "for all comparable places" in national_years([event], [2020]).text("en")
    assert "2019–2020" in national_years([event], [2019, 2020]).text("en")
    # Where the year is a small part, nothing more is said of it.
    for shared, told in ((0.0999, True), (0.1001, False)):
        text = national_years([Event(0.6, shared)], [2020]).text("en")
        assert text.startswith("It hardly hangs") == told and len(text.splitlines()) == 2 - told
    with pytest.raises(ValueError, match="language 'fr'"):
        found.text("fr")


def test_nearly_sure_events_have_no_scenario_that_says_nothing():
    ahead = forecast(peers([-0.2, -0.2, -0.15, -0.25, -0.2, -0.2]))
    sure = ahead.by_national_year(at_most=60.0)
    assert sure.chance("worst") > 0.99 and len(sure.text("en").splitlines()) == 2


def test_a_worst_year_that_is_milder_than_a_bad_one_is_no_scenario(known):
    ahead = ps.forecast(
        known.series("poor_household_pct", place="Bắc Kạn"),
        scale="points",
        peers=known.peers("poor_household_pct"),
    )
    found = ahead.by_national_year(change_at_most=-2.0)
    assert found.known and found.chance("worst") > found.chance("bad")
    assert [str(found.worst_year) in found.text(lang) for lang in ("vi", "en")] == [False, False]
