"""Lines by area and place, prices by place and year: amounts as they are written, alike on pandas and ibis."""

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from povertystats.criteria.lines import (
    AREAS,
    Income,
    Line,
    Prices,
    chosen,
    described,
    looked_up,
    priced,
    rounded,
)
from povertystats.words.languages import Words
from povertystats.words.wording import LANGUAGES

LINE = Line.of({"place": "region", "everywhere": 4000, "amounts": {"Dhaka": {"rural": 4400, "urban": 5200}}})
PRICES = Prices.of(
    {
        "years": {"1991": 1, "1998": 1.15},
        "place": "region",
        "indexes": {"Dhaka": {"1998": 1.2}, "Sylhet": 1.1},
    }
)
HOMES = pd.DataFrame(
    [("Dhaka", 1998, False), ("Dhaka", 1998, True), ("Dhaka", 1991, True), ("Sylhet", 1998, True), ("Khulna", 1998, True)],
    columns=["region", "year", "urban"],
)  # fmt: skip
# Dhaka has no prices of 1991, Khulna none at all.
EXPECTED = [5280, 6240, None, 5060, None]


def test_a_line_has_the_amount_of_its_place_and_area_else_that_of_all_others():
    assert (LINE.place, LINE.by_area, LINE.places, LINE.span()) == (
        "region",
        True,
        ["Dhaka", None],
        (4000, 5200),
    )
    assert list(LINE.amounts(HOMES)) == [4400, 5200, 5200, 4000, 4000]
    assert [LINE.of_place(place, "rural") for place in ("Dhaka", "Sylhet", None)] == [4400, 4000, 4000]
    plain = Line.of({"everywhere": 7})
    assert plain == {"rural": 7, "urban": 7} and not plain.by_area and plain.amounts(HOMES) == 7


def test_lines_are_multiplied_by_prices_alike_on_pandas_and_ibis():
    ibis = pytest.importorskip("ibis")
    told = pd.Series(priced(LINE, PRICES, HOMES)).astype(object)
    assert told.where(told.notna(), None).tolist() == EXPECTED
    rows = ibis.memtable(HOMES.reset_index(names="row"))
    found = rows.select("row", line=priced(LINE, PRICES, rows)).to_pandas().sort_values("row")["line"]
    assert found.astype(object).where(found.notna(), None).tolist() == EXPECTED
    assert PRICES.by_year and PRICES.span == (pytest.approx(1.1), pytest.approx(1.265))


@settings(max_examples=100, deadline=None)
@given(st.decimals(1, 10**7, places=2), st.decimals("0.5", 3, places=4))
def test_a_product_has_the_digits_of_the_decimals(line, index):
    """The line that a decision has, times an index as it is printed, is met by an income of just that amount."""
    assert rounded(float(line) * float(index)) == float(Decimal(line) * Decimal(index))


@pytest.mark.parametrize(
    ("unit", "written", "times"), [("vnd_k", "vnd", 0.001), ("vnd_k", "triệu đồng", 1000), ("tk", "tk_k", 1000), ("idr_m", "idr", 1e-6)]
)  # fmt: skip
def test_incomes_may_be_written_in_another_unit_of_the_currency(unit, written, times):
    assert Income(unit=unit).factor(written) == times


def test_incomes_of_another_currency_are_refused():
    with pytest.raises(ValueError, match="incomes in 'tk' cannot be made of 'vnd_k'"):
        Income(unit="tk").factor("vnd_k")


def test_an_amount_has_its_own_digits():
    income = Income.of({"column": "income_tk", "unit": "tk_k", "en": "taka"})
    assert income.amount(6600.5, "en", income.times) == "6,600,500" and income.amount(0.25, "en") == "0.25"
    assert Income().times == 1 and Income().amount(None, "en") == ""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_where_the_currency_is_not_named_no_other_stands_there(lang):
    said = described({"up_to": LINE}, {"up_to": Words(en="lower line")}, Income(), lang)
    assert "4" in said and not {"dong", "đồng", "taka"} & set(said.replace(")", " ").split())


def test_looking_up_and_choosing():
    column = pd.Series(["a", "b"])
    assert list(looked_up(column, {"a": 1}, 2)) == [1, 2] and looked_up(column, {}, 5) == 5
    assert list(chosen(column == "a", 1, 0)) == [1, 0] and AREAS == ("rural", "urban")
