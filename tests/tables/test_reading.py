"""Any table read for use: the same values however they are written, or a question; what was understood is said."""

import unicodedata
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import povertystats as ps
from povertystats.words.errors import Refused

PLACES = ["Bắc Kạn", "Hà Giang", "Cao Bằng", "Thừa Thiên Huế"]


def written(number, decimal, thousands):
    text = f"{number:,.2f}" if number % 1 else f"{number:,.0f}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)


@given(
    st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10_000)), min_size=1, max_size=4),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"]),
    st.sampled_from([(".", ""), (",", ""), (",", "."), (".", ","), (",", " ")]),
    st.sampled_from(["NFC", "NFD"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["", "BÁO CÁO\n\n"]),
)
@settings(max_examples=80)
def test_whatever_the_writing_the_values_are_the_same_or_asked_about(
    tmp_path_factory, rows, mark, encoding, signs, form, end, title
):
    counts, rates = [count for count, _ in rows], [rate / 100 for _, rate in rows]
    table = {"Tỉnh": PLACES[: len(rows)], "n": counts, "x": rates}
    lines = [mark.join(table)] + [
        mark.join([place, *(f'"{written(value, *signs)}"' for value in values)])
        for place, *values in zip(*table.values(), strict=True)
    ]
    path = tmp_path_factory.mktemp("read") / "a.csv"
    path.write_bytes(
        unicodedata.normalize(form, title.replace("\n", end) + end.join(lines) + end).encode(encoding)
    )
    options = {"decimal": signs[0], "thousands": signs[1]}
    told = ps.read_table(path, **options)
    assert not told.findings.errors, told.findings.text()
    assert told.table["Tỉnh"].tolist() == table["Tỉnh"]
    np.testing.assert_allclose(told.table[["n", "x"]].astype(float), np.column_stack([counts, rates]))
    seen = ps.read_table(path)
    for name in ("n", "x"):
        if seen.columns.set_index("column").loc[name, "kind"] == "text":
            assert any(problem.field == name for problem in seen.findings.errors)
        else:
            np.testing.assert_allclose(seen.table[name].astype(float), told.table[name].astype(float))


def test_a_sheet_of_an_office_is_read_and_what_is_not_is_asked(tmp_path):
    book = openpyxl.Workbook()
    rows = [["UBND TỈNH"], [], ["TT", "Đơn vị", "Hộ nghèo 2018", None], [None, None, "Số hộ", "Tỷ lệ (%)"]]
    rows += [["I", "Huyện Mèo Vạc", None, None], [1, "Xã A", "1.234", "45,67"], [2, "Xã B", "987", "38,9"]]
    for row in [*rows, [None, "Tổng cộng", 2221, "42,4"]]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    read = ps.read_table(tmp_path / "a.xlsx")
    (asked,) = read.findings.errors
    assert (asked.row, asked.value, asked.field) == (6, "1.234", "Hộ nghèo 2018: Số hộ")
    assert asked.suggestion.endswith("in Hộ nghèo 2018: Tỷ lệ (%) it is a comma")
    assert [problem.value for problem in read.findings.warnings] == ["Tổng cộng"]
    told = ps.read_table(tmp_path / "a.xlsx", decimal=",")
    assert told.table["Hộ nghèo 2018: Số hộ"].tolist() == [pd.NA, 1234, 987, 2221] and told.rows == (
        5,
        6,
        7,
        8,
    )
    assert told.table["Hộ nghèo 2018: Tỷ lệ (%)"].dropna().tolist() == [45.67, 38.9, 42.4]
    assert "Hộ nghèo 2018: Tỷ lệ (%): numbers, pct, decimal sign" in told.text("en")
    assert "phía trên tiêu đề: UBND TỈNH" in told.text("vi") and "1 cảnh báo" in told.text("vi")


def test_options_that_mean_nothing_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("place,rate\nA,1.5\n", "utf-8")
    for options, word in {
        "did you mean rate": {"units": {"Rates": "pct"}},
        "types: there is no column 'b'": {"types": {"b": "text"}},
        "'float'": {"types": {"rate": "float"}},
        "decimal is ';'": {"decimal": ";"},
        "expected one sign": {"delimiter": ";;"},
        "both": {"decimal": ",", "thousands": ","},
    }.items():
        with pytest.raises(Refused, match=options):
            ps.read_table(path, **word)
    assert ps.read_table(path, types={" rate ": "text"}).table["rate"].tolist() == ["1.5"]
    missing = ps.read_table(tmp_path / "no.csv")
    assert missing.table.empty and missing.findings.errors and missing.text("en")


def test_tables_that_come_along_are_read_without_a_question():
    """All twelve: no error; of their columns in per cent and counts none is doubted."""
    folder = Path(__file__).resolve().parents[2] / "data"
    for path in sorted(folder.glob("*.csv")):
        read = ps.read_table(path)
        assert not read.findings.errors, read.findings.text()


@pytest.mark.parametrize(("said", "unit"), [("%", "pct"), ("hộ", "households"), ("hộ, %", ""), ("lần", "")])
def test_the_unit_above_a_table_is_that_of_figures_that_tell_none(tmp_path, said, unit):
    (tmp_path / "a.csv").write_text(
        f"Đơn vị tính: {said};;\nHuyện;2018;2019\nBa Bể;28;25\nNa Rì;31;30\n", "utf-8"
    )
    columns = ps.read_table(tmp_path / "a.csv").columns
    assert columns["unit"].tolist() == ["", unit, unit]
