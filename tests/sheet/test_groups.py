"""Who is counted, by group: sums are held against the total, and what cannot be said is not said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from povertystats.sheet import groups

PLACE = "Bắc Kạn"


def without(known, *names):
    return replace(known, table=known.table[~known.table["indicator"].isin(names)])


def changed(known, name, value):
    rows = known.table.copy()
    rows.loc[(rows["indicator"] == name) & (rows["year"] == 2018) & (rows["place"] == PLACE), "value"] = value
    return replace(known, table=rows)


def test_the_published_counts_add_up_to_the_poor_of_their_year(known):
    found = groups.groups(known, PLACE)
    assert found.table["count"].tolist() == [5793, 5320, 3572, 1766, 788, 134, 49, 13]
    assert (found.year, found.counted, found.total, found.left) == (2018, "poor_households", 17435, 0)
    np.testing.assert_allclose(found.table["share_pct"], found.table["count"] / 174.35)
    assert found.table["rate_pct"].isna().all()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_table_ends_with_all_and_the_sentence_says_that_nothing_is_left(known, lang):
    (table,) = groups.table(known, PLACE, lang)
    assert table.frame.shape == (9, 3) and table.frame.iloc[-1, 2] == "100%"
    assert {"vi": "17.435", "en": "17,435"}[lang] == table.frame.iloc[-1, 1]
    assert {"vi": "bằng tổng chung", "en": "add up to all"}[lang] in groups.text(known, PLACE, lang)


def test_what_is_in_no_group_and_what_is_in_several_is_said(known):
    fewer = without(known, "poor_dao_households")
    (table,) = groups.table(fewer, PLACE, "en")
    assert table.frame.iloc[-2].tolist() == ["In none of these groups", "5,793", "33.2%"]
    assert "5,793 (33.2%) are in none" in groups.text(fewer, PLACE, "en")
    more = changed(known, "poor_kinh_households", 1788)
    assert "add up to 18,435, 1,000 more than all" in groups.text(more, PLACE, "en")
    assert len(groups.table(more, PLACE, "en")[0].frame) == 9


def test_without_a_total_no_share_is_told_and_without_groups_nothing(known):
    bare = without(known, "poor_households")
    (table,) = groups.table(bare, PLACE, "en")
    assert table.frame.shape == (8, 2) and "no shares" in groups.text(bare, PLACE, "en")
    undeclared = replace(known, indicators=known.indicators.assign(counts=""))
    assert groups.groups(undeclared, PLACE).total is None
    for place in ("Hà Giang", "Cả nước"):
        assert groups.groups(known, place) is None
        assert (groups.table(known, place, "en"), groups.text(known, place, "en")) == ([], "")


def test_a_group_that_was_counted_as_a_whole_has_its_rate(known):
    every = known.indicators.copy()
    every.loc[every["indicator"] == "minority_of_poor_pct", "counts"] = (
        "poor_dao_households / income_poor_households"
    )
    row = known.table[known.table["indicator"] == "poor_dao_households"]
    whole = row.assign(indicator="income_poor_households", value=11586.0)
    kept = without(known, "income_poor_households").table
    rated = replace(known, indicators=every, table=pd.concat([kept, whole], ignore_index=True))
    (table,) = groups.table(rated, PLACE, "en")
    assert table.frame.columns[-1] == "Rate within the group" and table.frame.iloc[0, -1] == "50.0%"
    assert table.frame.iloc[1, -1] == "–" and "high rate" not in groups.text(rated, PLACE, "en")
