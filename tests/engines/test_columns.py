"""Columns of texts in an engine: the numbers that ``read_numbers`` reads, row by row, and the same doubts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.engines.columns import KINDS, cast, reading_problems, surely
from povertystats.files.numbers import Notation, read_numbers, read_yes_no

ibis = pytest.importorskip("ibis")
CELLS = st.one_of(
    st.from_regex(r"[-+−]?[0-9]{1,3}([.,  ']?[0-9]{2,3}){0,3}([.,][0-9]{1,4})?", fullmatch=True),
    st.sampled_from(["", "NA", "..", "-", "1e5", ".5", "5.", "many", "1_000", "1.5d", "0x1F", " 7 ", "\u00a08", "1,5 "]),
)  # fmt: skip
NOTATIONS = [
    Notation(),
    Notation(decimal=","),
    Notation(decimal="."),
    Notation(thousands=""),
    Notation(missing=("",)),
]


@pytest.mark.parametrize("notation", NOTATIONS, ids=str)
@settings(max_examples=12, deadline=None)
@given(cells=st.lists(CELLS, min_size=1, max_size=8))
def test_numbers_are_those_of_the_reader_of_small_tables(notation, cells):
    expected = read_numbers(pd.Series(cells, dtype=object), notation)
    rows = ibis.memtable(pd.DataFrame({"x": cells}))
    table, readings = cast(rows, {"x": "number"}, notation)
    np.testing.assert_allclose(table.to_pandas()["x"].to_numpy(float), expected.values, rtol=1e-15)
    assert readings["x"].wrong == expected.wrong.sum() and readings["x"].doubtful == expected.doubtful.sum()
    if readings["x"].doubtful or readings["x"].wrong:
        told = [*reading_problems({"a.csv": rows}, readings, notation)]
        assert {problem.row - 2 for problem in told} == {*np.flatnonzero(expected.wrong | expected.doubtful)}


@settings(max_examples=25, deadline=None)
@given(
    words=st.lists(
        st.sampled_from(["Có", "Co\u0301", "X", " x ", "1", "0", "KHÔNG", "ko", "?", "", "True"]), min_size=1
    )
)
def test_yes_and_no_are_those_of_the_reader_of_small_tables(words):
    composed = pd.Series(words, dtype=object).str.replace("o\u0301", "ó")
    said, wrong = read_yes_no(composed)
    table, readings = cast(ibis.memtable(pd.DataFrame({"x": words})), {"x": "yes_no"})
    assert [None if pd.isna(v) else bool(v) for v in table.to_pandas()["x"]] == [
        None if pd.isna(v) else v for v in said
    ]
    assert readings["x"].wrong == wrong.sum()


def test_words_for_yes_no_and_missing_are_chosen_a_blank_among_them():
    rows = ibis.memtable(
        pd.DataFrame({"x": ["1", "", None, "không rõ", "0"], "n": ["5", "-9", None, "", "7"]})
    )
    notation = Notation(yes=("0",), no=("1", ""), missing=("", "-9", "không rõ"))
    table, readings = cast(rows, {"x": "yes_no", "n": "whole"}, notation)
    assert table.to_pandas()["x"].tolist() == [False, False, False, None, True]
    assert table.to_pandas()["n"].fillna(0).tolist() == [5, 0, 0, 0, 7]
    assert all(reading.wrong == 0 for reading in readings.values())


def test_what_has_a_type_stays_as_it_is_and_labels_keep_their_noughts():
    rows = ibis.memtable(pd.DataFrame({"x": [1.5, 2.0], "code": [" 01840", "1840"]}))
    table, readings = cast(rows, dict(zip(["x", "code"], ["number", "label"], strict=True)))
    assert table.to_pandas().values.tolist() == [[1.5, "01840"], [2.0, "1840"]]
    assert [*readings] == ["code"] and {reading.kind for reading in readings.values()} <= set(KINDS)


def test_whole_numbers_and_labels_are_sure_as_they_are_written():
    texts = pd.DataFrame(
        {"x": ["12", "012", "+5", "-3", "0", "1e3", "5.5", " 7", "1_0", "9" * 18, "9" * 19, "", None]}
    )
    rows = ibis.memtable(texts)
    for kind, expected in (("whole", ["12", "-3", "0", "9" * 18]), ("label", ["12", "9" * 18])):
        sure, rest = (rows.select(x=of).to_pandas()["x"] for of in surely(rows["x"], kind))
        assert texts["x"][sure.notna()].tolist() == expected
        assert rest.dropna().tolist() == [x for x in texts["x"].dropna() if x not in expected]
