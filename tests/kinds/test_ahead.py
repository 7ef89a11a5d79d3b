"""What is believed of one place's rate in a year, and what a sentence on it tells."""

from dataclasses import replace

from helpers.assessed import PLACE, more

from povertystats.kinds.evidence import evidence_of

POWER = "households_using_electricity_pct"


def test_another_measure_stands_in_where_one_figure_has_nothing_of_its_own(known):
    """Not where the place has figures of its own to move by, nor where other places have figures of the same measure."""
    one = evidence_of(known).ahead(POWER, PLACE, 2020, True)
    assert [title["en"] for title in one.rests()["borrowed"]] == [title["en"] for title in one.group.titles]
    two = evidence_of(more(known, POWER, {2018: 96.5, 2019: 97.28})).ahead(POWER, PLACE, 2020, True)
    assert (two.method, "borrowed" in two.rests()) == ("pooled", False)
    alike = evidence_of(more(known, "electricity_pct", {2016: 93.2}))
    assert "borrowed" not in alike.ahead("electricity_pct", PLACE, 2018, True).rests()


def test_what_bounds_a_fall_is_told_beside_what_the_chance_rests_on(known):
    evidence = evidence_of(known)
    ahead = evidence.ahead("trained_labour_pct", PLACE, 2020, True)
    like = ahead.reference
    told = ahead.rests(like)
    assert (told["n"], told["setbacks"]["n"], told["setbacks"]["span"]) == (like.n, like.n, 2)
    assert "at_ends" not in told and "setbacks" not in ahead.rests()
    level = ahead.believed("log_odds", like, "at_least").level_at([0.2])[0]
    assert ahead.predictive("log_odds").level_at(0.2) <= level <= 40 and ahead.shared("log_odds") == 0


def test_a_scale_is_settled_where_the_peers_near_its_level_settle_it(known):
    evidence = evidence_of(known)
    ahead = evidence.ahead("poor_household_pct", PLACE, 2020, True)
    assert ahead.settled >= 10 and ahead.rests()["settled"] == ahead.settled
    # Few provinces have the rates of a poor district; one figure has the changes of others alone.
    assert evidence.ahead("poor_household_pct", "Pác Nặm", 2020, True).settled == 0
    assert evidence.ahead("trained_labour_pct", PLACE, 2020, True).settled == 0
    # Without both scales nothing is compared, and points are never told first.
    odds, points = (ahead.by_scale[scale] for scale in ("log_odds", "points"))
    for by_scale in ({"log_odds": odds}, {"log_odds": points, "points": odds}):
        assert replace(ahead, by_scale=by_scale).settled == 0
