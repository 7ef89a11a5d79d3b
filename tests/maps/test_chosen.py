"""Which places are meant: by kind, by where they lie, or by a file in whatever form."""

import pandas as pd
import pytest

import povertystats as ps
from povertystats.files.problems import DataError
from povertystats.maps.chosen import all_places, kind_of_targets, named_places
from povertystats.words.errors import InvalidValue, MissingFile, NotFound


@pytest.fixture(scope="module")
def places():
    return ps.load_facts().places


def test_all_are_those_of_the_largest_kind_or_of_the_one_asked_for(places):
    assert all_places(places) == places.provinces
    assert len(all_places(places, within="bac kan")) == 8
    assert {*all_places(places, kind="district")} > {*all_places(places, within="bac kan")}
    assert "TP. Bắc Kạn" in all_places(places, kind="district")
    with pytest.raises(InvalidValue, match="there are province, district"):
        all_places(places, kind="county")
    for asked in ({"within": "Hà Nội"}, {"kind": "province", "within": "Bắc Kạn"}):
        with pytest.raises(NotFound, match="within"):
            all_places(places, **asked)


def test_kinds_go_by_the_words_of_the_package_and_all_are_of_the_kind_that_has_targets(tmp_path):
    (tmp_path / "rates.csv").write_text(
        "Area,2015,2018,2021p\nNorland,20,19,18\n..East,12,11,10\n....Arland,11,10,9\n....Borland,12,11,10\n"
        "..West,30,29,28\n....Corland,31,30,29\n",
        "utf-8",
    )
    said = {
        "indicator": "Poverty rate",
        "units": {"Poverty rate": "pct"},
        "country": "Norland",
        "kind": "province",
    }
    made = ps.start_package(
        tmp_path / "mine", tmp_path / "rates.csv", targets="<= 8 in 2024", for_place="Arland", **said
    )
    low = ["Arland", "Borland", "Corland"]
    assert all_places(made.facts.places, kind=kind_of_targets(made.facts)) == low
    assert all_places(made.facts.places, kind="Provinces") == low
    assert all_places(made.facts.places, kind="district") == low
    assert all_places(made.facts.places) == ["East", "West"]


FILES = {
    "lines.txt": "# of the north\nbac kan\n\nHà Giang  \nBẮC CẠN\n06\n".encode(),
    "lines16.txt": "Bắc Kạn\r\nHà Giang\r\n".encode("utf-16"),
    "comma.csv": 'stt,Địa phương,note\n1,Bắc Kạn,"a, b"\n2,02,\n'.encode(),
    "semicolon.csv": "\ufeffPlace;x\nTỉnh Bắc Kạn;1\nHa Giang;2\n".encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_names_places_in_whatever_form(places, name, tmp_path):
    (tmp_path / name).write_bytes(FILES[name])
    assert named_places(tmp_path / name, places) == ["Bắc Kạn", "Hà Giang"]


def test_a_workbook_and_a_parent_tell_places(places, tmp_path):
    pd.DataFrame({"place": ["Ba Bể", "Bắc Kạn"], "parent": ["Bắc Kạn", ""]}).to_excel(
        tmp_path / "a.xlsx", index=False
    )
    assert named_places(tmp_path / "a.xlsx", places) == ["Ba Bể", "Bắc Kạn"]
    (tmp_path / "b.txt").write_text("Ba Bể, Bắc Kạn", "utf-8")
    assert named_places(tmp_path / "b.txt", places) == ["Ba Bể"]


def test_every_row_that_is_no_place_is_told(places, tmp_path):
    file = tmp_path / "places.txt"
    file.write_text("Bắc Kạn\nBac Kann\nNowhere at all\n", "utf-8")
    with pytest.raises(DataError) as error:
        named_places(file, places)
    assert [(p.row, p.value) for p in error.value.problems] == [(2, "Bac Kann"), (3, "Nowhere at all")]
    assert "Bắc Kạn" in str(error.value)
    for content in ("", "# nothing\n", "place\n"):
        file.write_text(content, "utf-8")
        with pytest.raises(DataError):
            named_places(file, places)
    with pytest.raises(MissingFile):
        named_places(tmp_path / "none.txt", places)
