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
    row = "An Giang,poor_household_pct,2019,{},pct,{},multidim_2016_2020,review,{}\n"
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
    found = mine.vintages("poor_household_pct", place="an giang")
    days = found[["stood_from", "stood_until"]].apply(lambda day: day.dt.strftime("%Y-%m-%d")).fillna("")
    assert days.to_numpy().tolist() == [
        ["2019-12-01", "2020-02-01"],
        ["2020-02-01", "2021-02-01"],
        ["", ""],
        ["2021-02-01", ""],
    ]
    for stood in found.dropna(subset="stood_from").itertuples():
        series = mine.as_of(stood.stood_from).series("poor_household_pct", place="An Giang")
        assert series.latest.value == stood.value
    assert mine.as_of("2020-03-01").vintages("poor_household_pct", place="An Giang")["value"].tolist() == [
        22,
        21.47,
    ]
    why = mine.conflicts().set_index("value")["why"]
    assert why[21.5] == why[21.47] == "the later publication" and why[22] == "official before preliminary"
    assert facts.vintages("merit_poor_households", place="Hà Nội").empty
    with pytest.raises(LookupError, match="there is no indicator 'poor'"):
        facts.vintages("poor", place="An Giang")


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
    assert repr(facts).startswith("<Facts> 12,621 facts on 142 indicators in 147 places, 2006 to 2025\n")
    assert "known on 2020-05-07" in repr(known) and len(repr(known).splitlines()) <= 15
    assert repr(facts.places).startswith("<Places> ") and "63 are provinces" in repr(facts.places)
    assert repr(facts.as_of("1990-01-01")) == (
        "<Facts> 0 facts on 0 indicators in 0 places, known on 1990-01-01"
    )


def test_lists_of_places_are_those_of_the_day(facts, known):
    def listed(day, province="Bắc Kạn", name="poor_district"):
        return [p for p in facts.as_of(day).on_list(name) if facts.places.kin[p][1] == province]

    assert listed("2018-03-06") == [] and listed("2018-03-07") == listed("2020-05-07") == [
        "Pác Nặm",
        "Ngân Sơn",
    ]
    assert len(listed("2015-01-01", "Hà Giang")) == 6 and listed("2015-01-01", "Điện Biên")
    # What left is on it no more, and the other list is another one.
    assert listed("2019-01-01", "Lào Cai", "mechanism_30a_district") == ["Bát Xát", "Sa Pa", "Văn Bàn"]
    assert "Bát Xát" not in facts.on_list("poor_district") and "Ba Bể" not in facts.on_list("poor_district")
    with pytest.raises(ValueError, match="no list of places: expected the unit yes_no, got pct"):
        known.on_list("poor_household_pct")
    with pytest.raises(LookupError, match="did you mean poor_district"):
        known.on_list("poor_distric")


def test_the_context_of_a_year_is_what_was_known_of_it(facts, known):
    told = known.context(2020, place="pac nam")  # what is known of the country is known of a district
    assert told["value"].tolist() == [3.82, 5000.0] and set(told["place"]) == {"Cả nước"}
    assert (told["available_from"] <= "2020-05-07").all() and told["bound"].tolist() == ["", "upper"]
    later = facts.context(2020, place="Hậu Giang")
    assert later["indicator"].tolist()[-1] == "grdp_growth_pct" and len(later) == 4
    assert len(facts.context(2020, place="Cả nước")) == 3 and facts.context(1999, place="Cả nước").empty
    with pytest.raises(LookupError, match="no place"):
        known.context(2020, place="Atlantis")
