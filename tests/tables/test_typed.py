"""Workbooks, Stata and Parquet: cells as they are typed, what is merged, hidden, broken or shown in per cent."""

import datetime
import io

import openpyxl
import pandas as pd
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.styles import Font

import povertystats as ps
from povertystats.tables.table import read_cells

TITLES = [["UBND TỈNH HÀ GIANG"], ["Kết quả rà soát"], []]
HEADER = [
    ["TT", "Tỉnh", "Hộ nghèo", None, None, None],
    [None, None, 2018, None, 2019, None],
    [None, None, "Số hộ", "Tỷ lệ", "Số hộ", "Tỷ lệ"],
]
ROWS = [["A", "B", 1, 2, 3, 4], [1, "Bắc Kạn", 1234, 0.305, 1100, 0.07], [2, None, 99, 0.57, 98, 0.05]]
REMARKS = [[None, "Tổng số", 1333, None, 1198, None], ["Nguồn: Sở LĐTBXH"]]


def workbook(path, *sheets, merged=(), percent=(), errors=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for area in merged:
            sheet.merge_cells(area)
        for cell in percent:
            sheet[cell].number_format = "0.0%"
        for cell in errors:
            sheet[cell].data_type = "e"
    book.save(path)
    return book


@pytest.fixture
def path(tmp_path):
    return tmp_path / "review.xlsx"


def test_a_sheet_of_an_office(path):
    merged = ("A1:F1", "A4:A6", "B4:B6", "C4:F4", "C5:D5", "E5:F5", "B8:B9")
    percent = ("D8", "D9", "F8", "F9")
    book = workbook(path, ("Biểu 1", [*TITLES, *HEADER, *ROWS, *REMARKS]), merged=merged, percent=percent)
    book["Biểu 1"].row_dimensions[9].hidden = True
    book["Biểu 1"].column_dimensions["E"].hidden = True
    book.save(path)
    cells = read_cells(path)
    groups = [f"Hộ nghèo: {year}: {what}" for year in (2018, 2019) for what in ("Số hộ", "Tỷ lệ")]
    assert [*cells.frame] == ["TT", "Tỉnh", *groups]
    assert cells.frame.loc[8].tolist() == [1, "Bắc Kạn", 1234, 30.5, 1100, 7.0]
    assert cells.frame.loc[9].tolist() == [2, "Bắc Kạn", 99, 57.0, 98, 5.0]  # merged over two rows
    assert cells.percent == {groups[1], groups[3]} and cells.understood["header"] == "4, 5, 6, 7"
    assert not cells.problems
    assert [(p.row, p.value) for p in cells.warnings] == [
        (None, "rows 9"),
        (None, "column E"),
        (10, "Tổng số"),
    ]


def test_a_group_may_stand_over_its_columns_without_being_merged(path):
    rows = [["Kết quả"], ["Tỉnh", "Hộ nghèo", None], [None, "Số hộ", "Tỷ lệ"], ["Hà Giang", 5, 30.5]]
    workbook(path, ("Biểu 1", rows), merged=("A1:C1",))
    assert [*read_cells(path).frame] == ["Tỉnh", "Hộ nghèo: Số hộ", "Hộ nghèo: Tỷ lệ"]


def test_what_cannot_be_read_as_a_value_is_a_problem(path):
    rows = [
        ["place", "n", "rate"],
        ["A", "=1+1", 0.5],
        ["B", "#REF!", 5],
        ["C", "#N/A", 0],
        ["D", 1.234, 0.25],
    ]
    workbook(path, ("Sheet", rows), errors=("B3", "B4"), percent=("C2", "C5"))
    cells = read_cells(path)
    told = {(p.row, p.field): p.rule for p in cells.problems}
    assert told == {
        (2, "n"): "a formula without its value",
        (3, "n"): "an error of the spreadsheet",
        (3, "rate"): "some cells of the column are shown in per cent and some are not",
    }
    assert cells.frame["n"].tolist() == [None, None, None, 1.234]
    workbook(path, ("Sheet", [["place", "n"], ["A", 1], ["B", None]]), merged=("B2:B3",))
    assert read_cells(path).problems[0].rule.startswith("a figure in a cell that is merged")


def test_figures_are_read_as_they_are_shown(path):
    """Leading zeros, thousands; a year that is shown as a day, a raised footnote, a line struck out: named."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["Mã", "Năm", "Số hộ (nghìn)", "Tỷ lệ (%)"], [6, 2019, 1200, 19.5], [12, 2020, 980, 21]]:
        sheet.append(row)
    for cell, form in {"A2": "00", "A3": "00", "B2": "dd/mm/yyyy", "C2": "0.0,", "C3": "0.0,"}.items():
        sheet[cell].number_format = form
    sheet["D2"] = CellRichText("19,5", TextBlock(InlineFont(vertAlign="superscript"), "1"))
    sheet["A3"].font = Font(strike=True)
    book.save(path)
    read = ps.read_table(path)
    assert read.table["Mã"].tolist() == ["06", "12"]
    assert read.table["Số hộ (nghìn)"].tolist() == [1.2, 0.98]
    assert {problem.value for problem in read.findings.errors} == {"1905-07-11", "19,5¹"}
    assert {problem.value for problem in read.findings.warnings} == {"column C", "row 3"}


def test_a_sheet_is_named_where_several_hold_tables(path):
    one, two = [["a", "b"], [1, 2]], [["a", "b"], [3, 4]]
    workbook(path, ("Biểu 1", one), ("Biểu 2", two), ("Ghi chú", [["only words"]]))
    (asked,) = read_cells(path).problems
    assert asked.rule == "holds several tables" and 'sheet="Biểu 1" or sheet="Biểu 2"' in asked.suggestion
    for sheet in (" biểu 2", 1):
        assert read_cells(path, sheet=sheet).frame["a"].tolist() == [3]
    for sheet in ("Biểu 3", 9):
        assert "its sheets" in read_cells(path, sheet=sheet).problems[0].suggestion
    workbook(path, ("Biểu 1", one), ("Ghi chú", [["only words"]]))
    assert read_cells(path).understood["sheet"] == "Biểu 1"


def test_files_that_are_something_else_are_named(path):
    workbook(path, ("Sheet", [["a", "b"], [1, 2]]))
    whole = path.read_bytes()
    for content, rule in {
        whole[: len(whole) // 2]: "is a damaged workbook",
        b"PK\x03\x04": "is a damaged workbook",
        b"\xd0\xcf\x11\xe0 old": "is an old workbook (.xls)",
        b"<html><table></table>": "is a web page",
        b"%PDF-1.7": "is a PDF",
        b'[{"place": "A"}]': "is JSON",
        b"BZh91AY": "is packed",
    }.items():
        path.write_bytes(content)
        cells = read_cells(path)
        assert rule in cells.problems[0].rule and cells.frame.empty
    workbook(path, ("Sheet", []))
    assert read_cells(path).problems[0].rule == "holds no table"
    workbook(path, ("Sheet", [["TØnh", "n"], ["B¾c K¹n", 1]]))
    assert "TCVN3" in read_cells(path).problems[0].rule


def test_names_do_not_matter_and_types_stay(tmp_path):
    content = io.BytesIO()
    workbook(content, ("Sheet", [["id", "day"], ["007", datetime.date(2020, 5, 7)]]))
    (tmp_path / "a.csv").write_bytes(content.getvalue())
    cells = read_cells(tmp_path / "a.csv")
    assert cells.frame.iloc[0].tolist() == ["007", datetime.datetime(2020, 5, 7)]


def test_stata_and_parquet(tmp_path):
    kinds = pd.Categorical(["Bắc Kạn", "Hà Giang"])
    frame = pd.DataFrame({"place": kinds, "year": [2019, 2020], "rate": [0.5, None]})
    rows = {
        1: {"place": "Bắc Kạn", "year": 2019, "rate": 0.5},
        2: {"place": "Hà Giang", "year": 2020, "rate": None},
    }
    frame.to_stata(tmp_path / "a.dta", write_index=False, version=118)
    frame.to_parquet(tmp_path / "a.parquet")
    for name in ("a.dta", "a.parquet"):
        assert read_cells(tmp_path / name).frame.to_dict("index") == rows
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[:-200])
        assert "damaged" in read_cells(tmp_path / name).problems[0].rule, name
    old = frame.assign(place=["Málaga, Cádiz, León, Ávila", "Bouvetøya"])
    old.iloc[:1].to_stata(tmp_path / "a.dta", write_index=False, version=114)
    assert read_cells(tmp_path / "a.dta").frame["place"].tolist() == ["Málaga, Cádiz, León, Ávila"]
    old.iloc[1:].to_stata(tmp_path / "a.dta", write_index=False, version=114)
    assert "encoding=" in read_cells(tmp_path / "a.dta").problems[0].suggestion
    assert read_cells(tmp_path / "a.dta", encoding="cp1252").frame["place"].tolist() == ["Bouvetøya"]


def test_large_whole_numbers_and_bytes_of_parquet_are_kept(tmp_path):
    frame = pd.DataFrame(
        {"household": [2**63 - 1, 5], "place": [b"A", "Bắc".encode()], "poor_pct": [float("inf"), 2.5]}
    )
    frame.to_parquet(tmp_path / "a.parquet")
    read = ps.read_table(tmp_path / "a.parquet")
    assert read.table[["household", "place"]].values.tolist() == [[str(2**63 - 1), "A"], ["5", "Bắc"]]
    assert [problem.value for problem in read.findings.errors] == ["inf"]
