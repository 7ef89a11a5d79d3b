"""Places begin, end and join others; no series or panel crosses that, and parts are put together only when whole."""

import json

import pandas as pd
import pytest
from helpers.packages import own

import povertystats as ps
from povertystats.facts.territory import links, spoken_of
from povertystats.frames.parents import became

HEAD = "place,indicator,year,period,value,unit,status,standard,source_id,available_from,territory\n"
RATE = "{},poor_household_pct,{},{},{},pct,{},multidim_2022_2025,mine,{},{}\n"


@pytest.fixture
def package(tmp_path):
    def write(*facts, **files):
        """Facts as (place, year, value, day from which known, period, status, territory)."""
        rows = []
        for place, year, value, *more in facts:
            known, period, status, territory = [
                *more,
                *[f"{year + 1}-02-01", "", "official", ""][len(more) :],
            ]
            rows.append(RATE.format(place, year, period, value, status, known, territory))
        files = {"mine": HEAD + "".join(rows), "sources": "source_id,title\nmine,Review\n", **files}
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        about = [{"name": name, "path": f"{name}.csv"} for name in files]
        (tmp_path / "datapackage.json").write_text(
            json.dumps({"name": "mine", "extends": "povertystats", "resources": about}), "utf-8"
        )
        return tmp_path

    return write


def told(path):
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(path)
    return [(p.file, p.row, p.field, p.rule, p.suggestion) for p in error.value.problems]


def test_the_34_provinces_of_july_2025_are_made_of_63(facts):
    made = links(facts.places, "2025-07-01")
    made = made[made["into"] != "Cả nước"]
    assert made["into"].nunique() == 34 and set(made["place"]) == set(facts.places.provinces)
    parts = made.groupby("into")["place"].agg(set)
    assert (parts.map(len) > 1).sum() == 23 and parts["Thái Nguyên (2025–)"] == {"Thái Nguyên", "Bắc Kạn"}
    assert parts["Cần Thơ (2025–)"] == {"Cần Thơ", "Sóc Trăng", "Hậu Giang"} and parts["Hà Nội"] == {"Hà Nội"}
    table = facts.places.table.set_index("place")
    assert (table["last_day"] == "2025-06-30").sum() == 29 + 79 + 23  # provinces, districts, enlarged ones
    assert table.loc["Lào Cai (2025–)", "code"] == "15" != table.loc["Lào Cai", "code"]


def test_links_go_to_the_day_that_is_asked_for(facts):
    before = links(facts.places, "2020-05-07")
    assert set(before["into"]) >= set(facts.places.provinces) and (before["place"] == before["into"]).all()
    assert "Hà Nội (–2008)" not in set(
        before["place"]
    )  # no whole province, and no share is known of its parts


def test_a_series_keeps_to_one_territory(package):
    rates = [(2022, 4.4), (2023, 3.0), (2024, 2.0), (2025, 6.5)]
    facts = ps.load_facts(package(*[("Thái Nguyên", *rate) for rate in rates]))
    series = facts.series("poor_household_pct", place="Thái Nguyên")
    assert (series.place, series.years.tolist()) == ("Thái Nguyên (2025–)", [2025])
    old = facts.series("poor_household_pct", place="thai nguyen", territory="2024-12-31")
    assert (old.place, old.years.tolist()) == ("Thái Nguyên", [2022, 2023, 2024])
    assert facts.as_of("2025-12-31").series("poor_household_pct", place="Thái Nguyên").years.tolist() == [
        2022,
        2023,
        2024,
    ]
    panel = facts.panel(["poor_household_pct"], places=["Thái Nguyên"], standard="multidim_2022_2025")
    assert panel.groupby("place")["year"].agg(list).to_dict() == {
        "Thái Nguyên": [2022, 2023, 2024],
        "Thái Nguyên (2025–)": [2025],
    }
    with pytest.raises(LookupError, match="there was no Bắc Kạn: part of Thái Nguyên"):
        facts.series("poor_household_pct", place="Bắc Kạn", territory="2025-07-01")


@pytest.mark.parametrize(
    ("place", "year", "more", "label"),
    [
        ("Thái Nguyên", 2025, (), "Thái Nguyên (2025–)"),
        ("Thái Nguyên", 2025, ("2025-08-01", "2025-06"), "Thái Nguyên"),
        ("Thái Nguyên", 2025, ("2025-08-01", "2025-07"), "Thái Nguyên (2025–)"),
        ("Thái Nguyên", 2025, ("2025-08-01", "2025-06-30"), "Thái Nguyên"),
        ("Thái Nguyên", 2025, ("2025-08-01", "2025-07-01"), "Thái Nguyên (2025–)"),
        ("Thái Nguyên", 2025, ("2025-01-15", "", "plan"), "Thái Nguyên"),
        ("Bắc Kạn", 2025, ("2020-12-01", "", "target"), "Bắc Kạn"),
        ("Thái Nguyên", 2024, ("2026-03-01", "", "official", "2025-07-01"), "Thái Nguyên (2025–)"),
        ("Cao Bằng", 2025, (), "Cao Bằng"),
        ("15", 2024, (), "Yên Bái"),
    ],
)
def test_a_figure_speaks_of_the_territory_of_its_day(package, place, year, more, label):
    assert own(ps.load_facts(package((place, year, 5.0, *more))))["place"].tolist() == [label]


@pytest.mark.parametrize(
    ("place", "year", "hint"),
    [
        ("Bắc Kạn", 2025, "part of Thái Nguyên (code 19) since 2025-07-01 (202/2025/QH15)"),
        ("tỉnh Hà Giang", 2025, "part of Tuyên Quang (code 08) since 2025-07-01 (202/2025/QH15)"),
        ("Pác Nặm", 2025, "no longer a place since 2025-07-01 (72/2025/QH15)"),
        ("15", 2025, "part of Lào Cai (code 15) since 2025-07-01 (202/2025/QH15)"),
    ],
)
def test_a_figure_of_a_place_that_ended_is_refused(package, place, year, hint):
    (problem,) = told(package((place, year, 5.0), (place, year - 1, 5.0)))
    rule = "the place ended on 2025-06-30; the figure is of 2025-12-31"
    assert problem == ("mine.csv", 2, "place", rule, hint)


def test_packages_bring_their_own_changes(package):
    places = "code,place,kind,parent,first_day,last_day\nA,Old,province,X,,2019-12-31\nB,New,province,X,,\nC,Young,province,X,2015-01-01,\n"
    changes = "day,place,into,part,code,decision\n2020-01-01,Old,New,whole,B2,Act 1\n"
    rates = [("Old", 2022, 1.0), ("New", 2022, 2.0), ("Young", 2022, 3.0)]
    (problem,) = told(package(*rates, places=places, territory=changes))
    assert problem[1:3] == (2, "place") and problem[4] == "part of New (code B2) since 2020-01-01 (Act 1)"
    facts = ps.load_facts(package(*rates[1:], places=places, territory=changes))
    assert own(facts)["place"].tolist() == ["New (2020–)", "Young"]
    wrong = changes.replace("Old,New", "Old,Nowhere").replace("2020-01-01", "2021-01-01")
    found = told(package(*rates[1:], places=places, territory=wrong))
    assert {(file, row, field) for file, row, field, *_ in found} == {
        ("territory.csv", 2, "into"),
        ("places.csv", 2, "last_day"),
    }
    early = places.replace("2015-01-01", "2023-01-01")
    assert "begins on 2023-01-01" in told(package(*rates[1:], places=early, territory=changes))[0][3]


def test_our_own_figures_cross_no_change(facts):
    old = facts.series("poor_income_pct", place="Hà Nội", standard="income_2006_2010", territory="2008-07-31")
    assert (old.place, old.values.tolist()) == ("Hà Nội (–2008)", [3.0])
    assert facts.series("poor_income_pct", place="Hà Nội", standard="income_2006_2010").years.tolist() == [
        2008
    ]
    population = facts.panel(["population_persons_k"], places=["Hà Nội"], years=(2007, 2008))
    assert population.values.tolist() == [["Hà Nội", 2008, 6381.8], ["Hà Nội (–2008)", 2007, 3228.5]]
    peers = facts.peers("poor_household_pct")
    ended = {"Hà Nội (–2008)", "Vĩnh Phúc (–2008)", "Hòa Bình (–2008)"}
    assert set(peers["place"]) == {*facts.places.provinces, *ended}
    now = {name.removesuffix(" (–2008)") for name in ended}
    assert set(peers.loc[peers["place"].isin(ended), "year"]) == {2006}
    assert peers.loc[peers["place"].isin(now), "year"].min() == 2008


def test_a_panel_is_told_on_the_territory_of_a_day(facts):
    names = ["poor_multidim_pct", "population_persons_k"]
    joined = facts.panel(names, years=[2018], territory="2025-07-01").set_index("place")
    assert len(joined) == 34
    parts = facts.panel(names, years=[2018], places=["Bắc Kạn", "Thái Nguyên"])
    rate, people = parts[names[0]], parts[names[1]]
    assert joined.loc["Thái Nguyên (2025–)", names[1]] == pytest.approx(people.sum())
    assert joined.loc["Thái Nguyên (2025–)", names[0]] == pytest.approx((rate * people).sum() / people.sum())
    one = facts.panel(names, years=[2018], places=["bac kan"], territory="2025-07-01")
    assert one.values.tolist() == [["Thái Nguyên (2025–)", 2018, *joined.loc["Thái Nguyên (2025–)", names]]]
    with pytest.raises(
        ps.Refused, match=r"poor_income_pct of TP. Hồ Chí Minh \(2025–\) in 2016: TP. Hồ Chí Minh has no"
    ):
        facts.panel(["poor_income_pct"], years=[2016], territory="2025-07-01")
    with pytest.raises(ValueError, match=r"Hà Nội \(–2008\).* only a part of it changed hands"):
        facts.panel(["population_persons_k"], years=[2007], territory="2025-07-01")


def test_what_became_of_a_place_is_told(facts):
    assert became("Hà Tây", facts.places.changes) == "part of Hà Nội since 2008-08-01 (15/2008/QH12)"
    assert became("Cao Bằng", facts.places.changes) == ""
    with pytest.raises(LookupError, match="Hà Tây.*part of Hà Nội since 2008-08-01"):
        facts.places.find("tỉnh Hà Tây")


def test_days_that_figures_speak_of():
    rows = pd.DataFrame({"period": ["", "2024-02", "2024-03-05", ""], "year": [2024] * 4})
    rows["available_from"] = pd.to_datetime(["2025-02-01", "2024-03-01", "2024-04-01", "2024-11-20"])
    assert spoken_of(rows).dt.strftime("%m-%d").tolist() == ["12-31", "02-29", "03-05", "11-20"]


def test_a_place_whose_first_day_is_after_its_last_is_a_fault(package):
    places = "code,place,kind,parent,first_day,last_day\nA,Askew,province,X,2021-01-01,2019-12-31\nB,Day,province,X,2021-01-01,2021-01-01\n"
    (problem,) = told(package(("An Giang", 2022, 5), places=places))
    assert problem[:4] == ("places.csv", 2, "last_day", "before its first day, 2021-01-01")
