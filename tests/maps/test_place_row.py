"""A row holds the figures of its place and nothing else, and comes back from JSON as it was."""

import json
from dataclasses import replace

import pytest

from povertystats.maps.place_row import Row, measure_of, row_of


def test_a_row_tells_what_the_series_and_the_scorecard_say(known, card, ahead):
    row = row_of(known, "Bắc Kạn", "poor_household_pct")
    series = known.series("poor_household_pct", place="Bắc Kạn")
    assert (row.value, row.year, row.n, row.first) == (19.57, 2019, 5, 2015)
    assert row.pace == pytest.approx((19.57 - 29.4) / 4) and row.standard == series.standard
    assert row.chance == card.table["probability"].iloc[0] and row.verdict == "probable" and row.grade == "A"
    assert row.points == (None if card.table["settled"].iloc[0] else card.table["probability_points"].iloc[0])
    assert row.ahead == (2020, ahead.level_at(0.5), *ahead.interval(0.80))
    assert row.target == dict(card.targets[0].wording)
    assert replace(Row(**json.loads(json.dumps(row.told()))), ahead=row.ahead) == row


def test_a_forecast_of_another_indicator_does_not_stand_beside_the_measure(known):
    row = row_of(known, "Bắc Kạn", "poor_multidim_pct")
    assert row.year == 2018 and row.ahead is None and row.chance is not None


def test_a_place_without_figures_and_without_a_target_has_an_empty_row(known):
    assert row_of(known, "Ba Bể + Pác Nặm", "poor_multidim_pct") == Row("Ba Bể + Pác Nặm")


def test_places_are_compared_by_what_most_of_their_pages_speak_of(known):
    assert measure_of(known, known.places.provinces) == "poor_multidim_pct"
    assert measure_of(known, ["Bắc Kạn"]) == "poor_household_pct" and measure_of(known, []) == ""
