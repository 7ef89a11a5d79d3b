"""The rank of a place among those of its kind."""

import numpy as np
import pytest
from helpers.small import rates, small

import povertystats as ps
from povertystats.kinds.registry import KINDS

RANK = {"kind": "rank", "unit": "rank", "year": 2019.0}


def test_a_rank_is_a_whole_number_and_one_is_the_best():
    rank = KINDS["rank"]
    assert rank.fault(0, "at_most", 0, 100) == rank.fault(1.5, "at_most", 0, 100) != ""
    assert rank.fault(3, "at_most", 0, 100) == rank.fault(3, "at_least", 0, 100) == ""
    assert rank.unit("pct") == "rank" == rank.level_unit("persons")


@pytest.mark.parametrize("direction", ["at_most", "at_least"])
def test_the_chance_of_a_rank_is_that_of_joint_draws(direction):
    known = small(
        rates(6), [RANK | {"bound": 2.0, "place": "P03", "direction": direction}], as_of="2019-11-01"
    )
    found = ps.scorecard(known, place="P03").details[0]
    ahead = {
        p: ps.forecast(known.series("poor_rate_pct", place=p), peers=known.peers("poor_rate_pct", p))
        for p in rates(6)
    }
    rng = np.random.default_rng(2)
    shock, draws = rng.normal(size=20_000), {}
    grid = np.linspace(-6, 6, 400)
    for place, one in ahead.items():
        rho = one.shared[-1]
        score = np.sqrt(rho) * shock + np.sqrt(1 - rho) * rng.normal(size=20_000)
        levels = one.predictive.level_at(np.vectorize(_phi)(grid))
        draws[place] = np.interp(score, grid, levels)
    sign = 1 if direction == "at_most" else -1
    better = sum(sign * draws[place] < sign * draws["P03"] for place in draws if place != "P03")
    assert found.method == "rank" and found.probability() == pytest.approx((better < 2).mean(), abs=0.015)
    level80 = found.weakest.level80
    assert (better < level80).mean() > 0.78 and (level80 == 1 or (better < level80 - 1).mean() < 0.82)
    assert found.weakest.rests["among"] == 6 and found.weakest.rests["left"] == 0


def _phi(z):
    from math import erf

    return 0.5 * (1 + erf(z / 2**0.5))


def test_what_is_required_is_the_figure_that_would_have_the_rank():
    figures = {"A": {2018: 9.0}, "B": {2018: 12.0}, "C": {2018: 20.0}, "D": {2018: 30.0}}
    known = small(figures, [RANK | {"bound": 2.0, "place": "C"}], as_of="2019-11-01")
    target = ps.load_targets(known)[0]
    assert ps.required_change(target, known)[0].change == pytest.approx(-8.0)
    known = small(figures, [RANK | {"bound": 3.0, "place": "C"}], as_of="2019-11-01")
    required = ps.required_change(ps.load_targets(known)[0], known)[0]
    assert required.reached and required.change == pytest.approx(10.0)


def test_a_rank_came_by_the_final_figures_as_soon_as_no_other_can_change_it():
    figures = {
        "A": {2018: 9.0, 2019: 9.0},
        "B": {2018: 12.0},
        "C": {2018: 20.0, 2019: 10.0},
        "D": {2018: 30.0},
    }
    for bound, end, came in ((1, {}, "missed"), (2, {}, "not_assessable"), (4, {}, "met"), (2, {"B": 8.0, "D": 30.0}, "missed"), (3, {"B": 8.0, "D": 30.0}, "met"), (2, {"B": 10.0, "D": 30.0}, "met")):  # fmt: skip
        some = {
            place: years | ({2019: end[place]} if place in end else {}) for place, years in figures.items()
        }
        card = ps.scorecard(small(some, [RANK | {"bound": float(bound), "place": "C"}]), place="C")
        assert card.details[0].verdict == came, (bound, end)


def test_without_others_there_is_no_rank():
    alone = small({"A": rates(1)["P00"]}, [RANK | {"bound": 1.0, "place": "A"}], as_of="2019-11-01")
    found = ps.scorecard(alone, place="A").details[0]
    assert (found.verdict, found.reason) == ("already_met", "rank")
    assert "no other place of the kind of A" in ps.scorecard(alone, place="A").text("en")


def test_places_that_were_always_equal_share_the_rank():
    figures = {2010 + t: 30.0 - t + 0.3 * (t % 3) for t in range(9)}
    same = {name: dict(figures) for name in "ABC"}
    asked = RANK | {"bound": 1.0, "place": "A"}
    card = ps.scorecard(small(same, [asked], as_of="2019-11-01"), place="A")
    found = card.details[0]
    assert (found.verdict, found.reason, found.probability()) == ("already_met", "tied", None)
    assert "share its rank" in card.text("en") and "cùng thứ hạng" in card.text("vi")
    # With others beside them: who is always equal stands in nobody's way.
    others = {f"D{name}": years for name, years in rates(4, level=22.0).items()}
    alone = ps.scorecard(small({"A": figures, **others}, [asked], as_of="2019-11-01"), place="A")
    both = ps.scorecard(small(same | others, [asked], as_of="2019-11-01"), place="A")
    assert both.details[0].weakest.rests["tied"] == 2 and both.details[0].weakest.rests["among"] == 5
    assert both.details[0].probability() == pytest.approx(alone.details[0].probability(), abs=0.1)
    assert "share its rank: 2" in both.text("en") and "share its rank" not in alone.text("en")
