"""What is looked up in the tables of a package: disagreements, names, sources; their short face."""

import pytest


def test_conflicts_are_all_there_and_one_of_each_is_taken(facts):
    conflicts = facts.conflicts()
    by = conflicts.groupby(["place", "indicator", "year", "standard"])
    assert (by["value"].nunique() > 1).all() and (by["taken"].sum() == 1).all()
    rate = conflicts.query("place == 'Bắc Kạn' and indicator == 'poor_household_pct' and year == 2019")
    assert rate.loc[rate["taken"], "value"].tolist() == [19.57]
    assert set(rate["value"]) == {19.57, 19.93}


def test_unknown_names_are_all_told(facts):
    with pytest.raises(
        LookupError, match="'poor_incom_pct'; did you mean poor_income_pct.*'nothing_like_it'"
    ):
        facts.panel(["poor_incom_pct", "nothing_like_it"])
    with pytest.raises(LookupError, match="Hà Nội has no figure of merit_poor_households"):
        facts.series("merit_poor_households", place="Ha Noi")
    with pytest.raises(LookupError, match="no place"):
        facts.series("poor_income_pct", place="Atlantis")
    with pytest.raises(LookupError, match=r"not in sources.csv: nobody"):
        facts.cite(["gso-bieu10", "nobody"])


def test_titles_in_every_language_and_short_where_there_is_a_short_one(facts):
    assert facts.title("poor_income_pct", "vi", short=True) == "tỷ lệ nghèo thu nhập"
    assert facts.titles("poor_income_pct")["fr"] == facts.title("poor_income_pct", "en")


def test_it_is_shown_short(facts, known):
    assert repr(facts).startswith("<Facts> 12,309 facts on 134 indicators in 73 places, 2006 to 2025\n")
    assert "known on 2020-05-07" in repr(known) and len(repr(known).splitlines()) <= 15
    assert repr(facts.places).startswith("<Places> ") and "63 are provinces" in repr(facts.places)
    assert repr(facts.as_of("1990-01-01")) == (
        "<Facts> 0 facts on 0 indicators in 0 places, known on 1990-01-01"
    )
