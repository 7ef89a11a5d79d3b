import openpyxl
import pytest
from helpers.own_tables import PLACES, RATES, long, written

import povertystats as ps
from povertystats.packages.form import SHEETS, read_form
from povertystats.words.wording import say


def filled(path, lang, **sheets):
    """Write a form, add rows to its sheets, and return its path."""
    ps.write_form(path, lang)
    book = openpyxl.load_workbook(path)
    for name, rows in sheets.items():
        for row in rows:
            book[name].append(row)
    for row, answer in enumerate(("Norland", "The office", "9 months later", None), start=2):
        book["about"].cell(row, 2, answer)
    book.save(path)
    return path


def test_what_is_filled_in_is_the_same_package_as_by_options(tmp_path, lang="vi"):
    figures = [[place, year, "poor", rate] for (place, year), rate in RATES.items()]
    figures += [[place, 2020, "work", 60 + at] for at, place in enumerate(PLACES)]
    goals = [
        ["Borland", "poor <= 20 in 2024"],
        ["Borland", "poor giảm 1/2 từ 2020 đến 2024"],
        ["Arland", "poor <= 19 in 2024"],
    ]
    path = filled(
        tmp_path / "a.xlsx",
        lang,
        figures=figures,
        places=[[place, "Uplands", "county"] for place in PLACES],
        targets=goals[::2],
        drivers=[["poor", "outcome", "pct", "The poor"], ["work", "driver", "pct", "Work"]],
    )
    made = ps.start_package(tmp_path / "mine", path, lang=lang)
    rows = made.facts.table[made.facts.table["indicator"] == "poor_pct"]
    assert {(row.place, row.year): row.value for row in rows.itertuples()} == RATES
    assert made.facts.indicators[["role", "title_en"]].values.tolist() == [
        ["outcome", "The poor"],
        ["driver", "Work"],
    ]
    assert made.facts.targets[["where", "bound"]].values.tolist() == [["Borland", 20.0], ["Arland", 19.0]]
    assert (made.place, made.as_of) == ("Borland", "2024-09-30") and made.facts.country["en"] == "Norland"
    places = made.facts.places.table.set_index("place")["parent"]
    assert places["Arland"] == "Uplands" and made.facts.places.word("district", "en", many=True) == "counties"
    assert "The office" in made.text(lang)


def test_a_form_is_offered_with_examples_that_are_passed_over_and_lists_to_choose_from(tmp_path):
    for lang in ("vi", "en"):
        path = tmp_path / f"{lang}.xlsx"
        ps.write_form(path, lang)
        book = openpyxl.load_workbook(path)
        assert book.sheetnames == ["readme", *SHEETS]
        for name in ("figures", "places", "targets", "drivers"):
            rows = [[cell.value for cell in row] for row in book[name].iter_rows(min_row=2)]
            assert rows and all(row[len(SHEETS[name]) - 1] == say("start.form.example", lang) for row in rows)
            assert all(cell.font.color.rgb == "FF808080" for cell in book[name][2])
        assert {rule.type for rule in book["figures"].data_validations.dataValidation} == {"list", "whole"}
        with pytest.raises(ps.DataError, match="no figures are filled in"):
            read_form(path)


def test_any_other_file_is_no_form(tmp_path):
    assert read_form(written(tmp_path / "a.csv", long())) is None
    assert read_form(tmp_path / "none.xlsx") is None
    book = openpyxl.Workbook()
    book.save(tmp_path / "b.xlsx")
    assert read_form(tmp_path / "b.xlsx") is None


def test_what_is_wrong_in_a_filled_form_is_told(tmp_path):
    figures = [["Arland", 2020, "poor", 9.5], ["Arland", "then", "poor", 8]]
    path = filled(tmp_path / "a.xlsx", "en", figures=figures, drivers=[["poor", "outcome", "pct", None]])
    with pytest.raises(ps.DataError, match="row 6, field year: 'then'"):
        ps.start_package(tmp_path / "mine", path)
    path = filled(
        tmp_path / "b.xlsx",
        "en",
        figures=figures[:1],
        targets=[["Arland", "poor < 9 in 2024"], ["Nowhere", "poor <= 9 in 2024"]],
        drivers=[["poor", "outcome", "pct", None]],
    )
    with pytest.raises(ValueError, match="leaves open"):
        ps.start_package(tmp_path / "mine", path)
