"""Numbers as people write them: read by a column's own signs, asked about where they mean two things."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.files.numbers import Notation, read_numbers, read_yes_no
from povertystats.words.errors import Refused


def column(*cells):
    return pd.Series(cells, dtype=object)


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (("1.234.567", "1.500"), (1234567, 1500)),
        (("12,5", "1.500"), (12.5, 1500)),
        (("0.125", "1.500"), (0.125, 1.5)),
        (("1,234.5", "2"), (1234.5, 2)),
        (("1.234,5", "1,5"), (1234.5, 1.5)),
        (("1 234,5", "1\u202f234 567"), (1234.5, 1234567)),
        (("1,23,456.5", "12"), (123456.5, 12)),
        (("1e5", "−2", "+3"), (1e5, -2, 3)),
        ((1.234, "12,5", None, ".."), (1.234, 12.5, np.nan, np.nan)),
    ],
)
def test_a_columns_own_signs_tell_how_it_is_written(cells, values):
    read = read_numbers(column(*cells))
    np.testing.assert_array_equal(read.values, values)
    assert not read.doubt and not read.wrong.any() and not read.doubtful.any()


@pytest.mark.parametrize(
    "cells", [("1.500", "650"), ("1,500",), ("12.5", "12,5"), ("1.500", "1,500"), ("1.234.567", "0.5")]
)
def test_what_means_two_things_is_no_number_until_somebody_says_which(cells):
    read = read_numbers(column(*cells))
    assert read.doubt and read.doubtful.any() and read.values[read.doubtful].isna().all()


@pytest.mark.parametrize(
    ("notation", "value"),
    [({"decimal": ","}, 1500), ({"decimal": "."}, 1.5), ({"thousands": "."}, 1500), ({"thousands": ""}, 1.5)],
)
def test_a_sign_that_is_named_settles_it(notation, value):
    assert read_numbers(column("1.500", "650"), Notation(**notation)).values.tolist() == [value, 650]


@pytest.mark.parametrize("text", ["12,34.5", "1.5.3", "inf", "12a", "1..2", "--3", "1,2,3"])
def test_what_is_no_number_is_wrong(text):
    read = read_numbers(column(text, "7"))
    assert (read.wrong | read.doubtful).tolist()[0] and np.isnan(read.values[0])


@given(
    st.lists(st.decimals(-(10**9), 10**9, places=2), min_size=1),
    st.sampled_from([(".", ","), (",", "."), (",", " ")]),
)
def test_what_is_written_with_named_signs_comes_back(numbers, signs):
    decimal, thousands = signs
    texts = [f"{number:,.2f}".translate({ord(","): thousands, ord("."): decimal}) for number in numbers]
    read = read_numbers(column(*texts), Notation(decimal, thousands))
    assert read.values.tolist() == [float(number) for number in numbers]


@given(
    st.lists(st.decimals(-(10**6), 10**6, places=2), min_size=1), st.sampled_from([(".", ","), (",", ".")])
)
def test_unnamed_signs_are_found_or_asked_about_never_mistaken(numbers, signs):
    decimal, thousands = signs
    texts = [f"{number:,.2f}".translate({ord(","): thousands, ord("."): decimal}) for number in numbers]
    read = read_numbers(column(*texts))
    assert read.values.tolist() == [float(number) for number in numbers]


def test_signs_that_cannot_be_are_refused():
    with pytest.raises(Refused, match="both"):
        Notation(".", ".")
    with pytest.raises(Refused, match="decimal is ';'"):
        Notation(";")


def test_yes_and_no():
    said, wrong = read_yes_no(column("Có", "co", "X", 1, 1.0, True, "không", 0, "", None, "perhaps"))
    assert said.tolist()[:8] == [True] * 6 + [False] * 2 and said[8:].isna().all()
    assert wrong.tolist() == [False] * 10 + [True]
    assert read_yes_no(column("oui", ""), Notation(yes=("oui",), no=("",)))[0].tolist() == [True, False]
