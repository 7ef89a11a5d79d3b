"""A place lies in another one from a day to a day: nothing mixes who lay in a place before and after."""

import json

import pandas as pd
import pytest

import povertystats as ps
from povertystats.frames.parents import changed_parents, given_parts
from povertystats.words.errors import NotFound

PLACES = """code,place,kind,parent,last_day
0,Cả nước,country,,
01,Hà Nội,province,Cả nước,
19,Thái Nguyên,province,Cả nước,
26,Vĩnh Phúc,province,Cả nước,
06,Bắc Kạn,province,Cả nước,2025-06-30
250,Mê Linh,district,Hà Nội,
060,Ba Bể,district,Bắc Kạn,2025-06-30
1,Chợ Rã,commune,Ba Bể,
"""
CHANGES = """day,place,into,part,out_of,decision
2008-08-01,Mê Linh,Hà Nội,moved,Vĩnh Phúc,15/2008/QH12
2025-07-01,Bắc Kạn,Thái Nguyên,whole,,202/2025/QH15
"""
FIGURES = [
    ("Mê Linh", "Vĩnh Phúc", 2006),
    ("Mê Linh", "Hà Nội", 2009),
    ("Chợ Rã", "Ba Bể", 2024),
    ("Chợ Rã", "", 2025),
]
FIGURES += [(place, "", year) for place in ("Hà Nội", "Vĩnh Phúc") for year in (2006, 2009)]


@pytest.fixture
def package(tmp_path):
    def write(figures=FIGURES, places=PLACES, territory=CHANGES):
        rows = [
            f"{place},{parent},poor_pct,{year},{year % 40},pct,official,mine,{year + 1}-02-01"
            for place, parent, year in figures
        ]
        head = "place,parent,indicator,year,value,unit,status,source_id,available_from"
        files = {
            "mine": "\n".join([head, *rows]),
            "places": places,
            "territory": territory,
            "sources": "source_id,title\nmine,Review\n",
            "indicators": "indicator,unit,title_en,role\npoor_pct,pct,Poor,outcome\n",
        }
        for name, text in files.items():
            (tmp_path / f"{name}.csv").write_text(text, "utf-8")
        about = [{"name": name, "path": f"{name}.csv"} for name in files]
        descriptor = {"name": "mine", "extends": False, "resources": about}
        (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
        return tmp_path

    return write


def test_a_district_that_moved_keeps_its_series_and_its_provinces_begin_anew(package):
    """Mê Linh came from Vĩnh Phúc to Hà Nội on 1 August 2008."""
    facts = ps.load_facts(package())
    assert facts.series("poor_pct", place="Mê Linh").years.tolist() == [2006, 2009]
    for province in ("Hà Nội", "Vĩnh Phúc"):
        series = facts.series("poor_pct", place=province)
        assert (series.place, series.years.tolist()) == (f"{province} (2008–)", [2009])
    assert facts.places.kin["Mê Linh"][1] == "Hà Nội"
    before = facts.as_of("2008-07-31")
    assert before.places.kin["Mê Linh"][1] == "Vĩnh Phúc"
    assert facts.as_of("2008-08-01").places.kin["Mê Linh"][1] == "Hà Nội"
    assert before.as_of("2007-12-31").places.kin["Mê Linh"][1] == "Vĩnh Phúc"
    assert {facts.places.find(f"Mê Linh, {name}") for name in ("Hà Nội", "Vinh Phuc")} == {"Mê Linh"}


def test_what_lay_in_a_place_that_ended_lies_in_its_heir(package):
    facts = ps.load_facts(package())
    lay = [facts.as_of(day).places.kin["Chợ Rã"][1] for day in ("2025-06-30", "2025-07-01")]
    assert lay == ["Ba Bể", "Thái Nguyên"] and facts.places.kin["Ba Bể"][1] == "Bắc Kạn"
    again = facts.as_of("2026-06-01").as_of("2025-01-01")
    assert again.places.kin["Chợ Rã"][1] == "Ba Bể"
    assert facts.places.find("Chợ Rã, Bắc Kạn") == facts.places.find("Chợ Rã, Thái Nguyên") == "Chợ Rã"
    with pytest.raises(NotFound):
        facts.places.find("Chợ Rã, Hà Nội")


def test_than_uyen_came_from_lao_cai(facts):
    days = {"2003-12-31": "Lào Cai", "2004-01-01": "Lai Châu", "2020-05-07": "Lai Châu"}
    assert {day: facts.as_of(day).places.kin["Than Uyên"][1] for day in days} == days
    assert facts.as_of("2020-05-07").places is facts.places


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"figures": [("Mê Linh", "Vĩnh Phúc", 2009)]}, "parent", "on 2009-12-31 Mê Linh lay in Hà Nội"),
        ({"figures": [("Chợ Rã", "Ba Bể", 2025)]}, "parent", "on 2025-12-31 Chợ Rã lay in Thái Nguyên"),
        ({"places": PLACES.replace("district,Hà Nội", "district,Vĩnh Phúc")}, "into", "lies in Vĩnh Phúc"),
        ({"territory": CHANGES.replace("moved,Vĩnh Phúc", "moved,")}, "out_of", "in which it lay before"),
        ({"territory": CHANGES.replace("moved,Vĩnh Phúc", "moved,Vinh Phuoc")}, "out_of", "no such place"),
        ({"territory": CHANGES.replace(",Mê Linh", ",Mi Linh")}, "place", "no such place"),
        ({"territory": CHANGES.replace("moved", "move")}, "part", "expected one of whole, part, moved"),
    ],
)
def test_what_cannot_be_is_named(package, change, field, rule):
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(package(**change))
    found = {p.field: p.rule for p in error.value.problems}
    assert rule in found[field], found


def test_a_move_gives_a_part_as_far_up_as_the_places_differ():
    places = pd.DataFrame({"place": ["D", "E", "P", "Q"], "parent": ["P", "Q", "N", "N"]})
    moved = {"day": pd.Timestamp("2020-01-01"), "place": "C", "into": "E", "part": "moved", "out_of": "D"}
    told = given_parts(places, pd.DataFrame([moved]))
    assert told[["place", "into", "part"]].values.tolist() == [
        ["C", "E", "moved"], ["D", "E", "part"], ["P", "Q", "part"],
    ]  # fmt: skip
    assert len(given_parts(places, told)) == 3


def test_only_parents_of_different_years_have_changed():
    names = pd.DataFrame({"district": ["A", "B"] * 2, "commune": "C", "year": [2018, 2018, 2019, 2019]})
    assert not list(changed_parents(names, ["district", "commune"]))
    assert list(changed_parents(names.iloc[[0, 3]], ["district", "commune"]))
