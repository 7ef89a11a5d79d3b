"""What is looked up in the tables of a package: disagreements, names, sources; their short face."""

import pytest

import povertystats as ps


def test_conflicts_are_all_there_and_one_of_each_is_taken(facts):
    conflicts = facts.conflicts()
    by = conflicts.groupby(["place", "indicator", "year", "standard"])
    assert (by["value"].nunique() > 1).all() and (by["taken"].sum() == 1).all()
    rate = conflicts.query("place == 'Bắc Kạn' and indicator == 'poor_household_pct' and year == 2019")
    assert rate.loc[rate["taken"], "value"].tolist() == [19.57]
    assert set(rate["value"]) == {19.57, 19.93}
    assert (conflicts["why"] != "").all()
    assert rate["why"].tolist() == [
        "official before preliminary; official before derived",
        "official before preliminary",
        "official before derived",
    ]


def test_vintages_say_when_each_figure_stood(facts, tmp_path):
    head = "place,indicator,year,value,unit,status,standard,source_id,available_from\n"
    row = "Hà Giang,poor_household_pct,2019,{},pct,{},multidim_2016_2020,review,{}\n"
    published = (
        (22, "preliminary", "2019-12-01"),
        (21.47, "official", "2020-02-01"),
        (21.5, "official", "2020-06-01"),
        (20.5, "official", "2021-02-01"),
    )
    (tmp_path / "mine.csv").write_text(head + "".join(row.format(*one) for one in published), "utf-8")
    (tmp_path / "sources.csv").write_text("source_id,title\nreview,Review\n", "utf-8")
    (tmp_path / "datapackage.json").write_text(
        '{"name": "mine", "resources": [{"name": "mine", "path": "mine.csv"}, {"name": "sources", "path": "sources.csv"}]}'
    )
    mine = ps.load_facts(tmp_path)  # one source that publishes again is no fact that stands twice
    found = mine.vintages("poor_household_pct", place="ha giang")
    days = found[["stood_from", "stood_until"]].apply(lambda day: day.dt.strftime("%Y-%m-%d")).fillna("")
    assert days.to_numpy().tolist() == [
        ["2019-12-01", "2020-02-01"],
        ["2020-02-01", "2021-02-01"],
        ["", ""],
        ["2021-02-01", ""],
    ]
    for stood in found.dropna(subset="stood_from").itertuples():
        series = mine.as_of(stood.stood_from).series("poor_household_pct", place="Hà Giang")
        assert series.latest.value == stood.value
    assert mine.as_of("2020-03-01").vintages("poor_household_pct", place="Hà Giang")["value"].tolist() == [
        22,
        21.47,
    ]
    why = mine.conflicts().set_index("value")["why"]
    assert why[21.5] == why[21.47] == "the later publication" and why[22] == "official before preliminary"
    assert facts.vintages("merit_poor_households", place="Hà Nội").empty
    with pytest.raises(LookupError, match="there is no indicator 'poor'"):
        facts.vintages("poor", place="Hà Giang")


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
    assert repr(facts).startswith("<Facts> 12,309 facts on 134 indicators in 76 places, 2006 to 2025\n")
    assert "known on 2020-05-07" in repr(known) and len(repr(known).splitlines()) <= 15
    assert repr(facts.places).startswith("<Places> ") and "63 are provinces" in repr(facts.places)
    assert repr(facts.as_of("1990-01-01")) == (
        "<Facts> 0 facts on 0 indicators in 0 places, known on 1990-01-01"
    )
