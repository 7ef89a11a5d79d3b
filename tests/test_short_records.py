"""Short records never crash: few years, gaps, one place, all equal, every day from 2008 on; SHORT=all tries every one."""

import os
import random
from itertools import product

import pytest
from helpers.small import RATE, rates, small

import povertystats as ps
from povertystats.forecasts.outlook import four_ways, outlook
from povertystats.forecasts.outlook import rates as rates_of
from povertystats.records.backtest import past_record, way
from povertystats.targets.goals import goals

EVERY = os.environ.get("SHORT") == "all"
FORMS = ("falling", "gaps", "equal", "even", "zeros", "hundreds", "to zero")
CASES = [*product(range(1, 7), (1, 2, 3), (1, 2, 5), FORMS)]
DAYS = [f"{year}-{day}" for year in range(2008, 2027) for day in ("01-01", "06-30")]


def some(cases, n):
    return cases if EVERY else random.Random(0).sample(cases, n)


def formed(years, step, places, form):
    """Return figures of places in a form."""
    made = rates(places, first=2018 - step * (years - 1), years=years, step=step)
    for at, (place, figures) in enumerate(made.items()):
        for n, year in enumerate([*figures]):
            if form == "gaps" and n % 3 == 1:
                del figures[year]
            else:
                values = {"equal": 20.0, "even": 30.0 - at - n, "zeros": 0.0, "hundreds": 100.0}
                values |= {"to zero": 0.0 if n == years - 1 else 5.0 - n / 2}
                figures[year] = values.get(form, figures[year])
        made[place] = figures
    return made


def everything(known, later, place):
    """Ask all that pages ask of a place; what is told holds no unfilled words."""
    card, ahead = ps.scorecard(known, place=place), outlook(known, place)
    for lang in ("vi", "en"):
        told = [card.text(lang), card.headline(lang), *card.sentences(lang)]
        assert all("{" not in text and "nan" not in text.lower().split() for text in told), told
        for table in (card.display, card.short, card.comparisons):
            assert len(table(lang)) <= len(card.targets)
        goals(card, ahead, lang)
    probabilities = card.table["probability"].dropna()
    assert probabilities.between(0, 1).all()
    assert (card.table["reason"].eq("") | card.table["probability"].isna()).all()
    if ahead is not None:
        assert ahead.table["low95"].le(ahead.table["high95"]).all()
        assert ahead.text("vi") and any(four_ways(ahead, known).values())
    record = past_record(known, place)
    if record is not None:
        assert record.text("en") and len(record.table) and len(record.reliability)
        # The way in which the place is forecast has distributions, so that its calibration can be drawn.
        mine = record.forecasts["method"] == way(record)
        assert record.forecasts.loc[mine, "crps"].notna().any() and way(record) in set(record.pit["method"])
    ps.required_change(card.targets[0], known) if card.targets else None
    if known.cutoff is not None:
        came = ps.outcomes(card, later)
        assert came.text("vi") and came.headline("en") and len(came.display("vi")) == len(card.targets)
    assert all(len(series.years) for series in rates_of(known, place))


@pytest.mark.parametrize("case", some(CASES, 6), ids=str)
def test_records_of_any_length_and_form(case):
    figures = formed(*case)
    since = {"base_year": 2018.0, "year": 2020.0}
    asked = [
        {"year": 2019.0},
        {"kind": "change", "unit": "pp", "bound": -1.0, "year": 2019.0},
        {"kind": "change", "unit": "pp", "bound": -1.0, "year": 2020.0},
        {"kind": "change_since", "unit": "pp", "bound": -2.0} | since,
        {"kind": "per_year", "unit": "pp", "bound": -1.0} | since,
        {"kind": "relative", "unit": "pct", "bound": -20.0} | since,
        {"kind": "rank", "unit": "rank", "bound": 2.0, "year": 2020.0},
        {"of": "mean", "place": "every province", "where": "P00", "year": 2019.0}
        | ({"place": ";".join(figures)}),
    ]
    asked = [one | {"reading": str(at)} for at, one in enumerate(asked)]
    facts = small(figures, asked)
    everything(facts.as_of("2019-10-01"), facts, "P00")
    everything(small(figures, as_of="2019-10-01"), facts, "P00")
    if EVERY:
        everything(facts.as_of("2020-03-01"), facts, "P00")
        everything(facts, facts, "P00")


@pytest.mark.parametrize("day", some(DAYS, 1))
def test_every_day_and_every_province(facts, day):
    known = facts.as_of(day)
    for place in some(facts.places.provinces, 4):
        everything(known, facts, place)


def test_a_backtest_of_too_few_years_is_refused_and_a_record_of_them_is_none():
    for years in (1, 2):
        known = small(formed(years, 1, 5, "falling"), as_of="2019-10-01")
        assert past_record(known, "P00") is None
        with pytest.raises(ValueError, match="cannot backtest|can be judged"):
            ps.backtest(known.peers(RATE, "P00"), units="pct")
