"""A package stands alone or beside ours: nothing of ours enters the one, everything the other, and each is told."""

import pandas as pd
import pytest
from helpers.packages import foreign, own, written

import povertystats as ps
from povertystats.tables.extension import told_anew
from povertystats.words.wording import quantity

HEAD = "target,reading,place,where,indicator,kind,direction,bound,unit,year,wording_vi,wording_en,source_id,available_from\n"
TARGET = HEAD + "poverty,a,{0},{0},{1},level,at_most,{2},pct,{3},Down,Down,s,{4}\n"
INDICATORS = "indicator,unit,instrument,title_vi,title_en\nhunger_pct,pct,survey,a,b\n"
DESCRIBED = {**foreign(), "indicators": INDICATORS, "sources": "source_id,title\noffice,Office\n"}
OURS = "poverty,by_2.0,Bắc Kạn,Bắc Kạn,poor_household_pct,change,at_most,-9,pp,2020,x,x,s,2020-05-07\n"
SOURCES = "source_id,title\ns,Resolution\n"


def test_alone_nothing_of_ours_enters(tmp_path):
    facts = ps.load_facts(written(tmp_path / "a", foreign(), extends=False))
    assert facts.alone and set(facts.table["own"]) == {True} and len(facts.places.provinces) == 6
    for name in ("standards", "targets", "drivers", "levers"):
        assert getattr(facts, name).empty and list(getattr(facts, name)) == list(
            getattr(ps.load_facts(), name)
        ), name
    assert not facts.specifications and not facts.identity.units and facts.country == {"en": "Erewhon"}
    assert facts.indicators[["indicator", "unit", "max", "title_en"]].values.tolist() == [
        ["hunger_pct", "pct", 100, "Hunger"]
    ]
    assert facts.sources["source_id"].tolist() == ["office"]
    said = [(warning.field, warning.value) for warning in facts.warnings]
    assert said == [("resources", "indicators"), ("resources", "sources")]
    text = facts.table.to_csv() + facts.places.table.to_csv() + facts.indicators.to_csv()
    assert not any(name in text for name in ("Bắc Kạn", "Cả nước", "gso", "poor_"))


def test_ten_packages_read_in_turn_leave_nothing_in_one_another(tmp_path):
    kinds = {"alone": {"extends": False}, "beside": {"extends": "povertystats"}, "unsaid": {}}
    read = {}
    for turn in range(2):
        for name, about in kinds.items():
            units = {"units": {"boats": {"en": name}}, "kinds": {"province": {"en": name}}, "country": name}
            facts = ps.load_facts(written(tmp_path / f"{name}{turn}", DESCRIBED, **about, **units))
            read[name, turn] = facts
            assert (facts.country["en"], facts.places.word("province", "en")) == (name, name)
    ours = ps.load_facts()
    assert (
        ours.country["en"] == "Viet Nam"
        and "boats" not in ours.identity.units
        and len(ours.places.provinces) == 63
    )
    for name in kinds:
        pd.testing.assert_frame_equal(
            own(read[name, 0]).drop(columns="file"), own(read[name, 1]).drop(columns="file")
        )
    assert read["unsaid", 1].alone and not read["beside", 1].alone
    assert len(read["beside", 0].places.provinces) == 69


@pytest.mark.parametrize(
    ("places", "alone"),
    [
        (None, False),
        ("x,Hà Giang,province,", False),
        ("x,Tỉnh Ha Giang,province,", False),
        ("x,New,commune,Ba Bể", False),
        ("x,Hà Giang,commune,", True),
        ("x,New,province,Nowhere", True),
        ("06,New,province,", True),
        ("x,New,district,Old\ny,Old,province,", True),
    ],
)
def test_what_is_not_said_is_assumed_and_told(tmp_path, places, alone):
    row = "{},hunger_pct,2019,{},pct,official,s,2020-01-01\n"
    place = places.split(",")[1] if places else "Hà Giang"
    files = {
        "mine": "place,indicator,year,value,unit,status,source_id,available_from\n" + row.format(place, 7)
    }
    files |= {
        "indicators": INDICATORS,
        "sources": SOURCES,
    }
    files |= {"places": f"code,place,kind,parent\n{places}\n"} if places else {}
    facts = ps.load_facts(written(tmp_path / "a", files))
    assert facts.alone is alone and [warning.field for warning in facts.warnings] == ["extends"]
    assert '"extends": false' in facts.warnings[0].suggestion
    settled = ps.load_facts(written(tmp_path / "a", files, extends=False if alone else "povertystats"))
    assert settled.alone is alone and not settled.warnings


def test_what_was_assumed_is_told_where_a_name_is_nobodys(tmp_path):
    files = foreign()
    files = {role: table.replace({"Nusaaa": "Hà Giang"}) for role, table in files.items()}
    with pytest.raises(ps.DataError, match="not said; taken for a package that extends ours"):
        ps.load_facts(written(tmp_path / "a", files))


def test_a_target_alone_is_asked_of_our_figures(tmp_path):
    text = TARGET.format("Cao Bằng", "poor_multidim_pct", 25, 2019, "2019-02-01")
    facts = ps.load_facts(
        written(tmp_path / "a", {"targets": text, "sources": SOURCES}, extends="povertystats")
    )
    card = ps.scorecard(facts.as_of("2019-03-01"), place="cao bang")
    ours = ps.load_facts().as_of("2019-03-01")
    series = ours.series("poor_multidim_pct", place="Cao Bằng")
    ahead = ps.forecast(
        series, peers=ps.fit_peers(ours.peers("poor_multidim_pct")), horizon=2019 - int(series.latest.year)
    )
    assert card.table["probability"].tolist() == pytest.approx([ahead.probability(at_most=25)], abs=0.01)


def test_own_rows_stand_in_place_of_ours_and_that_is_told(tmp_path):
    files = {
        "sources": "source_id,title\ngso-bieu10,Mine\ns,New\n",
        "indicators": "indicator,unit,instrument,title_vi,title_en\nunemployment_pct,pct,census,a,b\n",
        "targets": TARGET.format("Cao Bằng", "poor_multidim_pct", 25, 2019, "2019-02-01") + OURS,
        "standards": "standard,first_year,last_year,title_vi,title_en,decision\nmultidim_2016_2020,2015,2021,a,b,c\n",
    }
    facts = ps.load_facts(written(tmp_path / "a", files, extends="povertystats"))
    told = {(warning.file, warning.value) for warning in facts.warnings}
    assert told == {
        ("sources.csv", "gso-bieu10"),
        ("indicators.csv", "unemployment_pct"),
        ("standards.csv", "multidim_2016_2020"),
        ("targets.csv", "Bắc Kạn, poverty, by_2.0, 2020"),
    }
    assert (
        facts.cite(["gso-bieu10"])["title"].tolist() == ["Mine"]
        and facts.title("unemployment_pct", "en") == "b"
    )
    # Of two targets one stands in place of ours.
    assert len(facts.targets) == len(ps.load_facts().targets) + 1
    assert facts.targets.query("reading == 'by_2.0'")["bound"].tolist() == [-9.0]
    # Our figures cannot take another unit.
    files["indicators"] = "indicator,unit,instrument,title_vi,title_en\nunemployment_pct,persons,census,a,b\n"
    with pytest.raises(
        ps.DataError, match="our figures of it are in pct; give your own indicator another name"
    ):
        ps.load_facts(written(tmp_path / "a", files, extends="povertystats"))


def test_figures_of_both_are_kept_and_its_own_are_taken(tmp_path):
    head = "place,indicator,year,period,value,unit,status,standard,source_id,available_from\n"
    row = "Bắc Kạn,poor_household_pct,{},{},{},pct,{},multidim_2016_2020,s,2021-06-01\n"
    rows = [(2018, "2018-12", 22.4, "official"), (2019, "", 18.0, "estimate"), (2023, "", 9.9, "official")]
    text = head + "".join(row.format(*one) for one in rows[:2])
    facts = ps.load_facts(written(tmp_path / "a", {"mine": text, "sources": SOURCES}, extends="povertystats"))
    series = facts.series(
        "poor_household_pct", place="Bắc Kạn", standard="multidim_2016_2020"
    ).table.set_index("year")["value"]
    assert (series[2018], series[2019]) == (22.4, 18.0)  # its own, also an estimate
    found = facts.conflicts().query(
        "place == 'Bắc Kạn' and indicator == 'poor_household_pct' and year in (2018, 2019)"
    )
    assert {22.4, 18.0, 19.57} <= set(found["value"])
    (told,) = facts.warnings
    assert "2 figure(s) other than ours" in told.rule and "conflicts()" in told.suggestion


def test_official_codes_of_another_country_are_its_own(tmp_path):
    """BPS codes 11 to 16 are GSO codes too."""
    alone = ps.load_facts(written(tmp_path / "a", foreign(), extends=False))
    assert alone.places.find("11") == "Nusaaa" == alone.places.find(11.0)
    beside = ps.load_facts(written(tmp_path / "b", DESCRIBED, extends="povertystats"))
    assert beside.places.find("11") == "Nusaaa" and beside.places.find("10") == "Lào Cai"


@pytest.mark.parametrize("absent", ["places", "mine"])
def test_alone_places_and_facts_are_needed(tmp_path, absent):
    files = {name: table for name, table in foreign().items() if name != absent}
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(written(tmp_path / "a", files, extends=False))
    assert [p.value for p in error.value.problems] == [{"mine": "facts"}.get(absent, absent)]


def test_the_same_row_told_again_is_no_warning():
    rows = pd.DataFrame({"source_id": ["a"], "title": ["A"], "file": ["x"], "row": [2]})
    assert not [*told_anew(["source_id"], rows, rows.assign(file="y"))]


def test_money_and_words_of_a_package_are_used_and_what_lacks_them_is_told(tmp_path):
    files = foreign()
    rows = files["mine"]
    rows = pd.concat(
        [rows, rows.assign(indicator="spending_idr_k", unit="idr_k", value=1200 + rows["value"])]
    )
    files["mine"] = pd.concat([rows, rows[:9].assign(indicator="boats", unit="boats", value=range(9))])
    units = {"idr_k": {"en": "thousand rupiah", "vi": "nghìn rupiah"}}
    facts = ps.load_facts(written(tmp_path / "a", files, extends=False, units=units))
    (told,) = (warning for warning in facts.warnings if warning.field == "unit")
    assert (told.value, '"units": {"boats"' in told.suggestion) == ("boats", True)
    latest = {name: facts.series(name, place="Nusaaa") for name in ("spending_idr_k", "boats", "hunger_pct")}
    said = {
        name: (quantity(1200, one.unit, "en"), quantity(1200, one.unit, "vi")) for name, one in latest.items()
    }
    assert said["spending_idr_k"] == ("1,200 thousand rupiah", "1.200 nghìn rupiah")
    assert said["boats"] == ("1,200 boats", "1.200 boats") and said["hunger_pct"][1] == "1.200%"
    # Ours has words for dong; alone there is nobody's.
    assert (
        quantity(2, ps.load_facts().series("vbsp_outstanding_vnd_bn", place="Bắc Kạn").unit, "vi")
        == "2 tỷ đồng"
    )
    assert quantity(1, "vnd_k", "en") == "1 vnd_k"


@pytest.mark.parametrize(
    ("role", "change", "said"),
    [
        ("places", {"kind": "state"}, '"kinds": {"province"'),
        ("mine", {"standard": "line"}, "not in standards.csv; describe it in standards.csv"),
        ("mine", {"unit": ""}, "the cell is empty"),
        ("mine", {"available_from": ""}, '"published": "9 months later"'),
        ("mine", {"place": "Elsewhere"}, "no such place in places.csv"),
    ],
)
def test_what_is_wrong_says_what_to_do(tmp_path, role, change, said):
    files = foreign()
    files[role] = files[role].assign(**change)
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(written(tmp_path / "a", files, extends=False))
    assert said in str(error.value)


def test_a_package_without_provinces_is_asked_of_its_largest_kind(tmp_path):
    facts = ps.load_facts(written(tmp_path / "a", foreign(kind="district"), extends=False))
    assert len(facts.places.provinces) == 6 and len(facts.panel(["hunger_pct"])) == 54
    assert "6 are districts" in repr(facts.places)
