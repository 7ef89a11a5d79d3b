"""The rows of a design: figures and places counted, how many places carry each, when dates are dealt out."""

import numpy as np
import pytest
from helpers.adoption import made

from povertystats.adoption.adopted import read_adoption
from povertystats.adoption.estimates import CARRIED, estimate
from povertystats.adoption.group_time import GroupTime
from povertystats.adoption.imputation import Imputation


@pytest.mark.parametrize("design", [Imputation, GroupTime])
def test_figures_and_places_are_counted(design):
    rows = made(seed=4, places=40)
    data = read_adoption(rows, "y", "since")
    table, _ = estimate(design(data), draws=0)
    elapsed = rows["year"] - rows["since"]
    assert table["n"].iloc[0] == (elapsed >= 0).sum() and table["places"].iloc[0] == 30
    for part in ("since", "before"):
        some = table[table["part"] == part]
        assert some["n"].tolist() == [(elapsed == since).sum() for since in some["since"]]
    assert table["comparisons"].iloc[0] == 10  # from 2016 on those alone that never adopt
    assert (table["low_all"].notna() == (table["part"] == "since")).all()
    assert (table["high_all"] - table["high"]).dropna().ge(0).all()


def test_equal_places_carry_an_estimate_equally():
    half = made(places=40, years=4, dates=(2010, None))
    table, _ = estimate(GroupTime(read_adoption(half, "y", "since")), draws=0)
    assert table["effective"].iloc[0] == pytest.approx(40) and (table["verdict"] == "holds").all()
    # Two of 40: each carries 1/2 and the 38 others share 1/38, so that 19/20 of the squares lie in two places.
    few = made(places=40, years=4, dates=(2010, *[None] * 19))
    table, _ = estimate(GroupTime(read_adoption(few, "y", "since")), draws=0)
    squares = np.array([1 / 2] * 2 + [1 / 38] * 38) ** 2
    assert table["effective"].iloc[0] == pytest.approx(squares.sum() ** 2 / (squares**2).sum())
    assert table["effective"].iloc[0] < CARRIED and table["verdict"].iloc[0] == "doubtful"


def test_dates_are_dealt_out_where_few_adopt_and_it_can_reject():
    def p(**options):
        rows = made(**options).assign(area=lambda f: f["place"] // 3)
        return estimate(Imputation(read_adoption(rows, "y", "since")), draws=39)[0]["p_random"].notna().any()

    assert p(places=30, dates=(2012, None, None)) and not p(places=60, dates=(2012, None))
    assert not p(places=8, dates=(2012, *[None] * 7))  # eight deals: p is never below 1/8
    rows = made(places=30, dates=(2012, None, None)).assign(area=lambda f: f["place"] // 3)
    by_area = read_adoption(rows, "y", "since", cluster="area")
    assert estimate(Imputation(by_area), draws=39)[0]["p_random"].isna().all()


def test_where_the_jackknife_is_doubtful_the_deals_are_read_or_nothing():
    few = Imputation(read_adoption(made(places=40, years=5, dates=(2010, *[None] * 19)), "y", "since"))
    with_deals, without = (estimate(few, draws=draws)[0].iloc[0] for draws in (39, 0))
    assert (with_deals["verdict"], with_deals["read"], with_deals["why"]) == (
        "doubtful",
        "p_random",
        "few_treated",
    )
    assert (without["verdict"], without["read"]) == ("doubtful", "")
    late = Imputation(read_adoption(made(places=40, dates=(*[2012] * 19, None)), "y", "since"))
    assert estimate(late)[0].iloc[0][["verdict", "read", "why"]].tolist() == ["doubtful", "", "few_untreated"]
    small = Imputation(read_adoption(made(places=8, dates=(2012, None)), "y", "since"))
    assert estimate(small, draws=0)[0].iloc[0][["read", "why"]].tolist() in (
        ["p", "few_clusters"],
        ["", "few_treated"],
    )
