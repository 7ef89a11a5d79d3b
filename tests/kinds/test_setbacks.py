"""A rate that is to rise falls back no further, and no more often, than those of comparable places did."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers.assessed import PLACE, more, of

import povertystats as ps
from povertystats.forecasts.predictive import Predictive
from povertystats.kinds.evidence import evidence_of
from povertystats.kinds.setbacks import Bounded, at_ends, usable
from povertystats.records.reference_class import changes_over, comparable_changes, near
from povertystats.targets import verdict

POWER = "electricity_pct"


def like(changes, start=97.0):
    """Return a Reference of these changes, each over a year, of ten places."""
    rows = [
        {"place": f"P{n % 10}", "year": 2000 + 3 * (n // 10) + late, "x": start + late * change}
        for n, change in enumerate(changes)
        for late in (0, 1)
    ]
    return comparable_changes(pd.DataFrame(rows), start, units="pct")


@pytest.mark.parametrize("link", ["log_odds", "points"])
def test_below_the_last_figure_it_is_the_smaller_of_both_and_above_it_the_model(link):
    changes = np.concatenate([np.linspace(-3.0, -0.1, 12), np.linspace(0.0, 2.0, 28)])
    some, at = like(changes), {"log_odds": 3.5, "points": 97.0}[link]
    wide = Predictive(1.0, 5, at, {"log_odds": 2.0, "points": 6.0}[link], link, 97.0)
    bounded = Bounded(wide, some)
    for level in (1.0, 90.0, 95.05, 96.3, 96.95):
        ended = (97.0 + changes < level).sum() + 1
        expected = 1 - min(wide.probability(at_most=level), ended / 42)
        assert bounded.probability(at_least=level) == pytest.approx(expected)
        # What is below at most so much is what is not at least a little more.
        both = bounded.probability(at_most=level) + bounded.probability(at_least=level + 1e-5)
        assert both == pytest.approx(1, abs=1e-4)
    for level in (97.01, 98.0, 99.9):
        assert bounded.probability(at_least=level) == pytest.approx(wide.probability(at_least=level))
    asked = np.array([0.001, 0.1, 0.2, 0.3, 0.5, 0.9])
    levels = bounded.level_at(asked)
    assert (np.diff(levels) >= 0).all() and (levels >= wide.level_at(asked)).all()
    for p, level in zip(asked, levels, strict=True):
        assert bounded.probability(at_least=float(level)) >= 1 - p - 1e-9
    # Never better than the last figure for that alone; a model that falls back less stays as it is.
    assert max(levels[wide.level_at(asked) < 97.0]) <= 97.0
    sure = Predictive(1.0, 50, at, {"log_odds": 0.001, "points": 0.001}[link], link, 97.0)
    np.testing.assert_allclose(Bounded(sure, some).level_at(asked), sure.level_at(asked), atol=1e-9)


def test_what_is_to_fall_is_bounded_the_other_way_round():
    changes = np.concatenate([np.linspace(-3.0, -0.1, 12), np.linspace(0.0, 2.0, 28)])
    other = like(-changes, start=3.0)
    up = Bounded(Predictive(1.0, 5, 3.5, 2.0, baseline=97.0), like(changes))
    down = Bounded(Predictive(1.0, 5, -3.5, 2.0, baseline=3.0), other, "at_most")
    for level in (1.0, 90.0, 96.3, 97.0, 98.0):
        assert down.probability(at_most=100 - level) == pytest.approx(up.probability(at_least=level))
        assert down.probability(at_least=100 - level) == pytest.approx(up.probability(at_most=level))
    asked = np.array([0.05, 0.2, 0.4, 0.8])
    np.testing.assert_allclose(100 - down.level_at(1 - asked), up.level_at(asked), atol=1e-6)


def test_only_like_places_over_years_enough_bound():
    some = like(np.linspace(-1.0, 1.0, 40))
    assert usable(some) and not usable(None) and not usable(replace(some, band=np.inf))
    assert not usable(replace(some, table=some.table[some.table["from_year"] < 2006]))


def test_coverage_does_not_fall_back_more_than_it_did_elsewhere(card, known):
    """Electricity: what is reached with 80 % lies behind the last figure by no more than a fifth of like places fell."""
    found = by_name(card)["grid_electricity"]
    rests = found.weakest.rests
    # The survey came every second year: the shortest span is two.
    changes = evidence_of(known).reference(*_about(found), rests["setbacks"]["span"])
    assert rests["setbacks"]["span"] == 2 and usable(changes) and changes.band < 2
    last, fell = 97.28, changes.table["change"].quantile(0.2)
    assert fell < 0 and last - 2 * abs(fell) - 0.1 < found.weakest.level80 < last
    model = ps.forecast(
        known.series("households_using_electricity_pct", place=PLACE),
        peers=known.peers("households_using_electricity_pct"),
    )
    assert found.probability() == pytest.approx(model.probability(at_least=98))
    assert found.weakest.level80 >= model.level_at(0.2)
    # A level that is reached already holds at least as surely as such places held.
    met = of(known, "grid_electricity", indicator="households_using_electricity_pct", bound=97.0)
    share = (changes.table["change"].round(6) < -0.5).mean()
    assert met.verdict == "already_met" and met.probability() > 1 - share - 0.15
    assert met.probability() >= model.probability(at_least=97.0)
    # Poverty, which is to fall, is left alone: rates published elsewhere are smoothed and hardly ever rise.
    assert "setbacks" not in by_name(card)["poverty"].weakest.rests


def by_name(card):
    return {found.target.target: found for found in card.details}


def _about(found):
    series = found.weakest.series
    return series.indicator, series.place, float(series.values[-1])


def test_trained_labour_is_behind_its_figure_by_what_the_data_show(card, known):
    found = by_name(card)["trained_labour"]
    changes = evidence_of(known).reference(*_about(found), 2)
    model = changes.predictive()
    assert (changes.table["change"] < 0).mean() > 0.2  # one in five fell: the data show it
    assert model.level_at(0.2) < found.weakest.level80 < 40.0
    # Where like places never fell, neither does it with 80 %.
    table = known.table
    peers = table["indicator"].eq("trained_pct") & table["year"].ge(2008)
    first = table[peers].groupby("place")["value"].transform("first")
    risen = table["value"].where(~peers, first + 0.4 * (table["year"] - 2008))
    rising = of(replace(known, table=table.assign(value=risen)), "trained_labour")
    assert rising.weakest.level80 >= 40.0


def test_on_the_panels_own_history_the_bound_was_undershot_no_more_often_than_it_says(facts):
    """Places at 95 % and more, two years ahead, with what was known at the origin; the bound may not make it too sure."""
    wide = facts.as_of("2020-05-07").peers("households_using_electricity_pct")
    wide = wide.pivot(index="place", columns="year", values=POWER)
    below, fell, made = {0.1: [], 0.2: []}, [], 0
    for origin in (2010, 2012, 2014):
        past = wide.loc[:, :origin].stack().rename(POWER).reset_index()
        peers, changes = ps.fit_peers(past, units="pct"), changes_over(past, years=2, units="pct")
        pairs = wide[(wide[origin] >= 95) & (wide[origin] < 100) & wide[origin + 2].notna()]
        paths, *_ = peers.paths_ahead(POWER, [origin], pairs[[origin]].to_numpy(), 2)
        for (*_, ahead), (start, came) in zip(paths, pairs[[origin, origin + 2]].to_numpy(), strict=True):
            bounded = Bounded(ahead, near(changes, start, 2))
            made += 1
            fell.append(came - start)
            for p, under in below.items():
                level = bounded.level_at(np.array([p])).item()
                assert level >= ahead.level_at(p) - 1e-9
                under.append(came < level - 0.05)
    assert made > 100
    for p, under in below.items():
        assert np.mean(under) <= p
    # How often they fell at all, and by a point or more: what the assumptions tell.
    assert np.mean(np.array(fell) < -1e-9) == pytest.approx(0.26, abs=0.02)
    assert np.mean(np.array(fell) <= -1) == pytest.approx(0.10, abs=0.04)


def test_a_place_at_100_is_judged_by_what_like_places_did(known):
    figures = {2012: 99.2, 2014: 99.8, 2016: 100.0, 2018: 100.0}
    full = more(known, "households_using_electricity_pct", figures)
    found = of(full, "grid_electricity", indicator="households_using_electricity_pct", bound=99.0)
    assert (found.verdict, found.weakest.method) == ("already_met", "reference")
    assert 0.8 < found.probability() < 1


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_who_is_left_out_and_what_stands_in_is_said_in_the_row(card, lang):
    pairs = {found.target.target: (found, row) for found, row in card._rows()}
    told = verdict.sentence(*pairs["grid_electricity"], lang)
    ends = pairs["grid_electricity"][0].weakest.rests["at_ends"]
    assert ends["at_least"] == 40 and f"40 {'trong' if lang == 'vi' else 'of'} {ends['places']}" in told
    assert "100%" in told
    proxy = {"vi": "đo gián tiếp", "en": "proxy"}[lang]
    for target in ("grid_electricity", "trained_labour"):
        found, row = pairs[target]
        assert row.method == "proxy" and proxy in verdict.sentence(found, row, lang).lower()
        shown = [
            verdict.cells(found, row, lang)["probability"],
            verdict.shortened(found, row, lang)["chance"],
        ]
        assert all(f"{proxy}" in cell for cell in shown)
    assert found.target.evidence[lang] in verdict.sentence(found, row, lang)
    for target in ("poverty", "poor_districts"):
        assert proxy not in verdict.sentence(*pairs[target], lang).lower()


def test_places_at_an_end_are_counted_once():
    table = pd.DataFrame({"place": ["a", "a", "b", "c"], "year": [1, 2, 1, 1]})
    table = table.assign(x=[100.0, 100.0, 0.0, np.nan], y=[np.nan, 99.0, 100.0, np.nan])
    assert at_ends(table) == {"at_most": 1, "at_least": 2, "places": 2}
