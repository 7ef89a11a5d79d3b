"""One figure stands for each place, year and standard, by an order of trust; a target never does."""

from dataclasses import replace

import pandas as pd


def test_a_target_never_stands_for_an_outcome(facts):
    for indicator in facts.table.loc[facts.table["status"] == "target", "indicator"].unique():
        for place in facts.table.loc[facts.table["indicator"] == indicator, "place"].unique():
            try:
                assert "target" not in set(facts.series(indicator, place=place).table["status"])
            except LookupError:
                continue
    assert 17.07 not in facts.series("poor_household_pct", place="Bắc Kạn").values


def test_the_order_of_trust(facts):
    row = facts.table[
        (facts.table["place"] == "Bắc Kạn") & (facts.table["indicator"] == "poor_household_pct")
    ].iloc[[-1]]
    order = [
        dict(status="estimate", value=5.0),
        dict(status="preliminary", value=4.0),
        dict(status="derived", value=3.0),
        dict(status="official", value=2.0, bound="lower"),
        dict(status="official", value=1.0, bound=""),
    ]
    for n in range(1, len(order) + 1):
        rows = pd.concat(
            [row.assign(year=2014, standard="multidim_2016_2020", **o) for o in order[:n]], ignore_index=True
        )
        some = replace(facts, table=rows)
        assert some.series("poor_household_pct", place="Bắc Kạn").values.tolist() == [order[n - 1]["value"]]
