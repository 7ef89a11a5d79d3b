"""What is likely where nobody has set a target."""

import numpy as np
import pytest
from helpers.small import RATE, rates, small

import povertystats as ps
from povertystats.targets.likely import likely


def test_what_is_likely_is_the_forecast_of_the_outcome_and_the_chance_of_a_fall():
    known = small(rates(), as_of="2019-11-01")
    said = likely(known, "P02")
    direct = ps.forecast(known.series(RATE, place="P02"), peers=known.peers(RATE, "P02"))
    last = rates()["P02"][2018]
    assert said.ahead.year == 2019 and said.fall == direct.probability(at_most=last)
    first, *rest = said.lines("en")
    assert ps.scorecard(known, place="P02").headline("en").endswith(f"\n{first}")
    assert f"{direct.level_at(0.5):.1f}%" in first and f"{last:.1f}% of 2018" in first
    assert rest[-1] == known.peer_group(RATE, "P02").text("en") and "of Land" in rest[-1]


@pytest.mark.parametrize(
    ("figures", "as_of", "reason"),
    [
        ({2010: 20.0, 2011: 19.0}, "2012-11-01", "few"),
        ({2010: 20.0}, "2016-01-01", "old"),
        ({}, "2016-01-01", "no_rate"),
    ],
)
def test_why_nothing_can_be_said(figures, as_of, reason):
    said = likely(small({"A": figures, "B": {2010: 9.0} if figures else {}}, as_of=as_of), "A")
    assert (said.reason, said.fall) == (reason, None)
    for lang in ("vi", "en"):
        assert said.lines(lang) == [said.sentence(lang)] and "{" not in said.sentence(lang)


def test_a_rate_of_nothing_cannot_fall_much():
    zeros = {f"P{at}": dict.fromkeys(range(2010, 2019), 0.0) for at in range(5)}
    said = likely(small(zeros, as_of="2019-11-01"), "P0")
    assert said.reason == "few" or np.isfinite(said.fall)
