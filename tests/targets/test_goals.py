"""The levels that targets require of a rate that is forecast."""

from dataclasses import replace

import pytest

import povertystats as ps
from povertystats.forecasts import outlook
from povertystats.targets import goals
from povertystats.words.wording import number, quantity

PLACE = "Bắc Kạn"


@pytest.fixture(scope="module")
def ahead(known):
    return outlook.outlook(known, PLACE)


LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


@LANGUAGES
def test_the_goals_are_the_levels_that_each_reading_requires(known, card, ahead, lang):
    found = goals.goals(card, ahead, lang)
    last = known.series("poor_household_pct", place=PLACE).latest.value
    assert [level for _, level, _ in found] == [last - 2.0, last - 2.5, 2.5]
    for (label, level, direction), change in zip(found, (-2.0, -2.5, None), strict=True):
        assert f"{number(level, lang, 1 if change is None else 2)}%" in label
        assert direction == "at_most"
        assert change is None or quantity(change, "pp", lang) in label


def test_required_names_the_targets_themselves(known, ahead):
    found = goals.required(ps.load_targets(known), ahead)
    assert [target.reading for target, _ in found] == ["by_2.0", "by_2.5", "to_2.5"]


def test_goals_of_another_year_or_indicator_are_none_of_the_forecast(known, card):
    series = known.series("poor_household_pct", place=PLACE)
    assert goals.goals(card, ps.forecast(series, horizon=2), "vi") == []
    assert goals.goals(card, ps.forecast(known.series("poor_multidim_pct", place=PLACE)), "vi") == []
    assert goals.goals(card, None, "vi") == []


def test_a_change_on_the_year_before_is_none_of_a_forecast_two_years_ahead(known, card):
    series = known.series("poor_household_pct", place=PLACE)
    short = replace(series, table=series.table[series.table["year"] <= 2018])
    ahead = ps.forecast(short, horizon=2)
    assert ahead.year == 2020
    assert [level for _, level, _ in goals.goals(card, ahead, "en")] == [2.5]
