"""Anyone's data package is read like ours, and everything that is wrong with it is told at once."""

import json

import pandas as pd
import pytest
from helpers.packages import own

import povertystats as ps
from povertystats.facts import package as package_module
from povertystats.facts.package import DATA, read_package
from povertystats.files.problems import DataError

# Here the files of one folder change between two readings.

HEADER = "place,indicator,year,period,value,bound,unit,status,standard,source_id,available_from,available_from_assumed,note"
GOOD = "bac kan,poor_household_pct,2019,,19.57,,pct,official,multidim_2016_2020,article-2020-05-07,2020-05-07,False,"


@pytest.fixture
def package(tmp_path):
    def write(*rows, header=HEADER, **more):
        (tmp_path / "mine.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        descriptor = {
            "name": "mine",
            "extends": "povertystats",
            "resources": [{"name": "mine", "path": "mine.csv"}],
            **more,
        }
        (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
        return tmp_path / "datapackage.json"

    return write


def problems(path):
    with pytest.raises(ps.DataError) as error:
        ps.load_facts(path)
    return [(p.file, p.row, p.field) for p in error.value.problems], str(error.value)


def test_facts_alone_are_enough_and_names_need_no_diacritics(package):
    facts = ps.load_facts(
        package(
            GOOD.replace("2019", "2023")
            .replace("2020-05-07,F", "2024-05-07,F")
            .replace("multidim_2016_2020", "multidim_2022_2025")
        )
    )
    assert facts.series("poor_household_pct", place="Bắc Kạn").latest.value == 19.57
    assert len(own(facts)) == 1 and len(facts.targets) == 14
    assert len(facts.table) == len(ps.load_facts().table) + 1 and not facts.alone


def test_all_problems_are_told_at_once_with_file_row_and_field(package):
    path = package(
        GOOD,
        GOOD,
        GOOD.replace("bac kan", "Bac Kam"),
        GOOD.replace("poor_household_pct", "poor_houshold_pct"),
        GOOD.replace(",pct,", ",households,"),
        GOOD.replace("19.57", "195.7").replace("article-2020-05-07,2020", "nobody,2020"),
        GOOD.replace("multidim_2016_2020", ""),
        GOOD.replace("multidim_2016_2020", "income_2011_2015"),
        GOOD.replace("multidim_2016_2020", "multi"),
        GOOD.replace(",2020-05-07,False", ",2018-05-07,False"),
    )
    found, text = problems(path)
    assert found == [
        ("mine.csv", 3, "indicator"),
        ("mine.csv", 4, "place"),
        ("mine.csv", 5, "indicator"),
        ("mine.csv", 6, "unit"),
        ("mine.csv", 6, "indicator"),
        ("mine.csv", 7, "value"),
        ("mine.csv", 7, "source_id"),
        ("mine.csv", 8, "standard"),
        ("mine.csv", 9, "standard"),
        ("mine.csv", 10, "standard"),
        ("mine.csv", 11, "available_from"),
    ]
    assert "11 problems" in text
    assert "row 4, field place: 'Bac Kam': no such place in places.csv; did you mean Bắc Kạn" in text
    assert "did you mean poor_household_pct" in text
    assert "poor_household_pct is in pct" in text
    assert "poor_household_pct lies in 0 to 100" in text
    assert "rules 2010-2016, the fact is of 2019" in text
    assert "needs its poverty standard" in text
    assert "the same fact as mine.csv, row 2" in text


def test_form_and_content_are_told_together(package):
    path = package(
        GOOD.replace("19.57", "many"),
        GOOD.replace("2019,,", "MMXIX,,"),
        GOOD.replace("official", "sure"),
        GOOD + ",extra",
        GOOD.replace("19.57", "nan"),
        GOOD.replace("2019,,", "2018,2018-13,"),
        GOOD.replace("2019,,", "2017,2018-06,"),
        "",
        GOOD.replace("19.57", "1e400"),
        GOOD.replace("19.57", "300").replace("bac kan", "Atlantis").replace("article-2020-05-07", "nobody"),
        GOOD.replace("19.57", ""),
    )
    found, text = problems(path)
    said = {(row, field) for _, row, field in found}
    expected = [(2, "value"), (3, "year"), (4, "status"), (5, ""), (6, "value"), (7, "period"), (8, "period")]
    expected += [(10, "value"), (11, "value"), (11, "place"), (11, "source_id"), (12, "value")]
    assert set(expected) <= said
    assert "rows 2 and 10, field value: 'many', '1e400': expected a finite number" in text
    for part in (
        "expected 13 fields, got 14",
        "lies outside the fact's year, 2017",
        "no such place",
    ):
        assert part in text
    assert "None" not in text and "0001-01-01" not in text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "holds no table"),
        (HEADER + ",note\n" + GOOD + ",", "more than one column of this name"),
        (HEADER + "\n" + GOOD[:40], "expected 13 fields, got"),
        (HEADER + "\n" + GOOD.replace("19.57", '"19.57'), "a quote is opened and never closed"),
    ],
)
def test_a_broken_file_is_told(package, tmp_path, content, said):
    path = package()
    (tmp_path / "mine.csv").write_text(content, encoding="utf-8")
    assert said in problems(path)[1]


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + f"{HEADER}\r\n{GOOD}\r\n".encode(),
        f"{HEADER}\n{GOOD}\n".encode("utf-16"),
        (HEADER + "\n" + GOOD).replace(",", ";").replace("19.57", "19,57").encode(),
        (HEADER + "\n" + GOOD).replace(",", "\t").encode(),
        (HEADER + "\n" + GOOD.replace("19.57", '"19,57"')).encode(),
        (HEADER + "\n" + GOOD.replace(",", " , ")).encode(),
        f"{HEADER}\n{GOOD}\n\n".encode(),
    ],
)
def test_what_other_programs_write_is_read(package, tmp_path, content):
    path = package(GOOD)
    expected = ps.load_facts(path).table
    (tmp_path / "mine.csv").write_bytes(content)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    pd.testing.assert_frame_equal(ps.load_facts(path).table, expected)


def test_own_targets_join_ours_and_are_checked(package, tmp_path):
    path = package(GOOD)
    described = json.loads(path.read_text())
    described["resources"].append({"name": "targets", "path": "targets.csv"})
    path.write_text(json.dumps(described))
    header = (DATA / "targets.csv").read_text("utf-8").splitlines()[0]
    own = dict.fromkeys(header.split(","), "")
    own |= {"target": "poverty", "reading": "mine", "place": "ha giang", "where": "Hà Giang", "year": "2020"}
    own |= {
        "indicator": "poor_household_pct",
        "kind": "level",
        "direction": "at_most",
        "bound": "20",
        "unit": "pct",
    }
    own |= {
        "wording_vi": "20%",
        "wording_en": "20%",
        "source_id": "gso-bieu10",
        "available_from": "2020-01-01",
    }

    def write(**changes):
        (tmp_path / "targets.csv").write_text(f"{header}\n{','.join((own | changes).values())}\n", "utf-8")

    write()
    facts = ps.load_facts(path)
    assert len(facts.targets) == 15 and len(facts.levers) == 15
    assert [t.bound for t in ps.load_targets(facts, place="Hà Giang")] == [20.0]
    write(place="Nowhere", indicator="poor", unit="households", source_id="nobody")
    assert {f for _, _, f in problems(path)[0]} == {"place", "indicator", "source_id"}


def test_missing_columns_are_all_named(package):
    found, text = problems(package("x,1", header="indicator,value"))
    assert [f for _, _, f in found] == ["place", "year", "unit", "status", "source_id", "available_from"]
    assert text.count("this column is missing") == 6


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        ("{", "expected readable JSON"),
        ("[]", "expected a list"),
        ('{"resources": []}', "expected a list"),
        ('{"resources": [{"path": ["a.csv", "b.csv"]}]}', "one file inside the package's folder"),
        ('{"resources": [{"path": 3}]}', "one file inside the package's folder"),
        ('{"resources": [{"path": "https://example.org/a.csv"}]}', "one file inside the package's folder"),
        ('{"resources": [{"name": ["a"], "path": "a.csv"}]}', "field name: \"['a']\": expected text"),
        ('{"resources": [{"role": ["a"], "path": "a.csv"}]}', "expected text"),
        ('{"resources": [{"name": "a", "path": "gone.csv"}]}', "gone.csv"),
        ('{"resources": [{"name": "a", "path": "../a.csv"}]}', "inside the package's folder"),
        ('{"resources": [{"name": "a", "path": "a.csv", "role": "poems"}]}', "expected one of"),
    ],
)
def test_a_bad_descriptor_is_told(tmp_path, content, said):
    path = tmp_path / "datapackage.json"
    if content is not None:
        path.write_text(content)
    assert said in problems(path)[1]


def test_a_changed_file_is_noticed_by_its_checksum(tmp_path):
    for file in DATA.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    csv = tmp_path / "bac_kan.csv"
    csv.write_text(csv.read_text("utf-8").replace(",19.57,", ",15.97,"), "utf-8")
    found, text = problems(tmp_path)
    assert {file for file, _, _ in found} == {"bac_kan.csv"} and "differs from its checksum" in text


def test_illustrative_figures_are_marked_and_kept_out_of_every_view(package):
    facts = ps.load_facts(package(GOOD.replace("bac kan", "An Giang"), illustrative=True))
    assert own(facts)["illustrative"].all() and not ps.load_facts().table["illustrative"].any()
    with pytest.raises(LookupError, match="no figure"):
        facts.series("poor_household_pct", place="An Giang")
    assert facts.panel(["poor_household_pct"], places=["An Giang"], standard="any").empty
    assert len(facts.series("poor_household_pct", place="An Giang", illustrative=True).years) == 1


def test_own_places_and_indicators_join_ours(package, tmp_path):
    path = package(GOOD.replace("bac kan", "Xã Mới"))
    (tmp_path / "places.csv").write_text(
        "code,place,kind,parent,region_vi,region_en,aliases\nx1,Xã Mới,district,Bắc Kạn,,,\n"
    )
    described = json.loads(path.read_text())
    described["resources"].append({"name": "places", "path": "places.csv"})
    path.write_text(json.dumps(described))
    facts = ps.load_facts(path)
    assert facts.series("poor_household_pct", place="xa moi").place == "Xã Mới"
    assert len(facts.places.provinces) == 63


def test_two_places_of_one_name_are_told_apart_or_refused(package, tmp_path):
    path = package(GOOD)
    (tmp_path / "places.csv").write_text(
        "code,place,kind,parent,region_vi,region_en,aliases\nx1,Bac Kan,district,,,,\n"
    )
    described = json.loads(path.read_text())
    described["resources"].append({"name": "places", "path": "places.csv"})
    path.write_text(json.dumps(described))
    found, text = problems(path)
    assert found == [("mine.csv", 2, "place")] and "more than one place is called so" in text
    assert "Bắc Kạn (province in Cả nước, code 06) or Bac Kan (district, code x1)" in text
    path.with_name("mine.csv").write_text(f"{HEADER}\n{GOOD.replace('bac kan', 'tỉnh Bắc Kạn')}\n")
    assert own(ps.load_facts(path))["place"].tolist() == ["Bắc Kạn (Cả nước)"]


def test_our_files_are_those_that_were_checked():
    whole, quick = read_package(again=True), read_package()
    assert list(whole) == list(quick)
    assert whole.pop("specifications") == quick.pop("specifications")
    assert whole.pop("warnings") == quick.pop("warnings") == ()
    assert whole.pop("identity") == quick.pop("identity")
    for role, table in whole.items():
        pd.testing.assert_frame_equal(table, quick[role])


def test_ours_is_read_without_the_validator_until_a_file_changes(tmp_path, monkeypatch):
    for file in DATA.glob("*.*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(package_module, "DATA", tmp_path)
    asked = []
    read = package_module.read_resource
    monkeypatch.setattr(package_module, "read_resource", lambda *a: asked.append(a[1]["path"]) or read(*a))
    assert len(read_package()["facts"]) > 10_000 and asked == []
    sources = (tmp_path / "sources.csv").read_text("utf-8").splitlines()
    (tmp_path / "sources.csv").write_text("\n".join([*sources, sources[-1].replace(",", ",,", 1)]), "utf-8")
    with pytest.raises(DataError, match="sources.csv"):
        read_package()
    assert asked == ["sources.csv"]


def test_a_map_of_tiles_is_one_whole_and_knows_its_places(package):
    path = package(GOOD)
    assert len(ps.load_facts(path).tiles) == 65

    def with_tiles(*rows):
        text = "\n".join(["place,tile_row,tile_column,label_en,part_en", *rows])
        (path.parent / "tiles.csv").write_text(text + "\n", "utf-8")
        names = {"mine": "mine.csv", "tiles": "tiles.csv"}
        return package(GOOD, resources=[{"name": name, "path": file} for name, file in names.items()])

    tiles = ps.load_facts(with_tiles("bac kan,1,1,,", "Bắc Kạn,1,3,Isle,An isle", "ba be,2,1,,")).tiles
    assert tiles["place"].tolist() == ["Bắc Kạn", "Bắc Kạn", "Ba Bể"]
    assert tiles["tile_column"].tolist() == [1, 3, 1]
    rows = "Bắc Kạn,1,1,,", "bac kan,1,2,,", "Nowhere,1,3,,", "Ba Bể,1,1,,", "Hà Nội,1.5,0,,", "Hà Giang,,4,,"
    found, text = problems(with_tiles(*rows))
    wrong = [
        (3, "place"),
        (4, "place"),
        (5, "tile_column"),
        (6, "tile_column"),
        (6, "tile_row"),
        (7, "tile_row"),
    ]
    assert sorted(found) == [("tiles.csv", *one) for one in wrong], text


def test_standard_errors_are_read_and_checked(package):
    header = HEADER.replace("value,", "value,se,")
    row = GOOD.replace("bac kan", "An Giang").replace("19.57,", "19.57,{},")
    series = ps.load_facts(package(row.format("1.25"), header=header)).series(
        "poor_household_pct", place="An Giang"
    )
    assert (
        series.se.tolist() == [1.25]
        and own(ps.load_facts(package(row.format(""), header=header)))["se"].isna().all()
    )
    for se in ("-0.1", "inf", "often"):
        with pytest.raises(DataError) as caught:
            ps.load_facts(package(row.format(se), header=header))
        assert [(p.row, p.field, p.value) for p in caught.value.problems] == [(2, "se", se)]
