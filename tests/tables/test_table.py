"""Tables as they stand in their files, and columns cast to what they are said to be."""

import gzip
import os

import numpy as np
import openpyxl
import pandas as pd
import pytest

from povertystats.files.numbers import Notation
from povertystats.tables.table import TOTAL, cast, problems_of, read_cells


def test_cells_stand_as_they_are_with_their_rows(tmp_path):
    path = tmp_path / "a.csv.gz"
    text = "Rà soát 2019\r\n\r\nmã;Tỷ lệ\r\n01; 30,5\r\n\r\n02;..\r\n"
    path.write_bytes(gzip.compress(text.encode("utf-16")))
    cells = read_cells(path)
    assert cells.frame.to_dict("index") == {4: {"mã": "01", "Tỷ lệ": " 30,5"}, 6: {"mã": "02", "Tỷ lệ": ".."}}
    assert (
        cells.understood["header"] == "3"
        and cells.understood["titles"] == "Rà soát 2019"
        and not cells.problems
    )


def test_what_is_no_table_is_a_problem_and_never_raised(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "empty.csv").write_bytes(b"")
    for name, rule in {
        "pipe.csv": "no regular file",
        "empty.csv": "holds no table",
        "no.csv": "cannot be read",
    }.items():
        cells = read_cells(tmp_path / name)
        assert rule in cells.problems[0].rule and cells.frame.empty
    assert read_cells(tmp_path).problems and read_cells("no\0file").problems


def test_ragged_rows_and_columns_of_one_name_are_problems(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,b,a\n1,2,3\n1,2\n", "utf-8")
    assert [p.row for p in read_cells(path).problems] == [1, 3]


@pytest.mark.parametrize(
    ("kind", "cells", "values", "wrong"),
    [
        ("text", ["01", " Bắc  Kạn ", "", 7.0], ["01", "Bắc Kạn", None, "7"], []),
        ("number", ["1,5", "x", "", "2"], [1.5, np.nan, np.nan, 2], [1]),
        ("integer", ["1", "2,5", "..", 3.0], [1, pd.NA, pd.NA, 3], [1]),
        ("year", ["2019", "last", "", 2020.0], [2019, pd.NA, pd.NA, 2020], [1]),
        ("boolean", ["Có", "maybe", "", True], [True, pd.NA, pd.NA, True], [1]),
        ("date", ["2020-05-07", "07/05/2020", "", pd.Timestamp("2020-01-02")], None, [1]),
    ],
)
def test_columns_are_cast_and_what_does_not_fit_is_told(kind, cells, values, wrong):
    column = pd.Series(cells, index=[2, 3, 4, 5], dtype=object, name="field")
    made = cast(column, kind)
    values = values or [pd.Timestamp("2020-05-07"), pd.NaT, pd.NaT, pd.Timestamp("2020-01-02")]
    pd.testing.assert_series_equal(
        made.values.astype(object), pd.Series(values, column.index, object), check_names=False
    )
    told = [*problems_of("a.csv", column, made)]
    assert [(p.row, p.field) for p in told] == [(2 + at, "field") for at in wrong]


def test_options_settle_how_values_are_written():
    assert cast(pd.Series(["07/05/2020"]), "date", pattern="%d/%m/%Y").values[0] == pd.Timestamp("2020-05-07")
    assert cast(pd.Series(["1.500"]), "number").faults[0][2].startswith("say which")
    assert cast(pd.Series(["1.500"]), "number", Notation(decimal=",")).values[0] == 1500
    assert cast(pd.Series(["ja"]), "boolean", Notation(yes=("ja",))).values[0]


def test_a_figure_at_the_very_end_may_be_cut_off(tmp_path):
    path = tmp_path / "a.csv"
    for text, warned in (("a,b\n1,2.5", True), ("a,b\n1,2.5\n", False), ("a,b\n1,x", False)):
        path.write_text(text, "utf-8")
        assert [p.row for p in read_cells(path).warnings] == [2] * warned


def test_a_broken_cell_of_a_workbook_is_told_in_its_own_column(tmp_path):
    book = openpyxl.Workbook()
    for row in (["place", "poor", "year"], ["A", "#DIV/0!", 2019], ["B", 7, 2019]):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    (problem,) = read_cells(tmp_path / "a.xlsx").problems
    assert (problem.row, problem.field) == (2, "poor")


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("Tổng số toàn huyện", True),
        ("Cộng (12 xã)", True),
        ("TOTAL (all)", True),
        ("(12 xã)", False),
        ("Tổng Cọt", False),
    ],
)
def test_a_row_is_a_total_by_its_words_whatever_stands_in_brackets_behind_them(text, sums):
    assert bool(TOTAL.fullmatch(text)) == sums
