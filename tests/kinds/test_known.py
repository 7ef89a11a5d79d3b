"""What is known of places together: their mean, the places that lie in one."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.small import RATE, rates, small

import povertystats as ps
from povertystats.kinds.evidence import Evidence
from povertystats.kinds.known import at_end, places_under

MEAN = {"of": "mean", "place": "P00;P01;P02", "where": "P00", "year": 2019.0}


def test_every_place_of_a_kind_is_found_under_another(facts):
    assert set(places_under(facts, "district", "Bắc Kạn")) > {"Pác Nặm", "Ngân Sơn"}
    assert len(places_under(facts, "province", "Cả nước")) == len(places_under(facts, "province", "")) == 63
    assert places_under(facts, "district", "An Giang") == ()
    known = small(rates(4), [{"place": "every province", "where": "Land"}])
    assert ps.load_targets(known)[0].places == ("P00", "P01", "P02", "P03")


def test_a_mean_counts_each_place_alike_and_shares_their_shock():
    made, known = rates(), small(rates(), [MEAN | {"bound": 18.0}], as_of="2019-11-01")
    found = ps.scorecard(known, place="P00").details[0]
    ahead = [
        ps.forecast(known.series(RATE, place=p), peers=known.peers(RATE, p)) for p in ("P00", "P01", "P02")
    ]
    rng = np.random.default_rng(3)
    shock, total = rng.normal(size=20_000), 0
    grid = np.linspace(0.0005, 0.9995, 2000)
    for one in ahead:
        rho = one.shared[-1]
        score = np.sqrt(rho) * shock + np.sqrt(1 - rho) * rng.normal(size=20_000)
        ranked = np.argsort(np.argsort(score)) / 20_000 + 0.5 / 20_000
        total = total + np.interp(ranked, grid, one.predictive.level_at(grid))
    assert found.probability() == pytest.approx((total / 3 <= 18.0).mean(), abs=0.015)
    assert found.figures[0].values[-1] == pytest.approx(
        np.mean([made[p][2018] for p in ("P00", "P01", "P02")])
    )
    assert "This is the average of 3 places" in ps.scorecard(known, place="P00").text("en")
    assert 0 < found.weakest.events["log_odds"].shared < 1


def test_a_mean_comes_by_final_figures_of_all_and_needs_a_figure_of_each():
    some = {"A": {2018: 10.0, 2019: 8.0}, "B": {2018: 30.0, 2019: 12.0}}
    asked = MEAN | {"place": "A;B", "where": "Land", "bound": 10.0}
    card = ps.scorecard(small(some, [asked]), place="Land")
    assert card.details[0].verdict == "met" and card.table["latest_value"][0] == 10.0
    some["B"].pop(2019)
    assert ps.scorecard(small(some, [asked]), place="Land").details[0].verdict == "not_assessable"
    for figures, reason in (({"A": {2018: 10.0}, "B": {}, "C": {2018: 1.0}}, "mean"), ({"A": {2017: 10.0}, "B": {2018: 9.0}}, "mean_years")):  # fmt: skip
        known = small({**figures, "B": figures["B"]}, [asked], as_of="2019-11-01")
        found = ps.scorecard(known, place="Land").details[0]
        assert found.reason == reason
        assert ps.required_change(found.target, known)[0].change is None


def test_a_mean_is_final_where_all_its_figures_are():
    known = small({"A": {2018: 10.0}, "B": {2018: 30.0}}, [MEAN | {"place": "A;B", "where": "Land"}])
    status = known.table["status"].mask(known.table["place"] == "B", "preliminary")
    known = replace(known, table=known.table.assign(status=status))
    (series,) = Evidence(known).subjects(ps.load_targets(known)[0])
    assert series.latest.status == "preliminary" and at_end(series, 2018) is None
