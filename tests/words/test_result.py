"""Every result has a short repr and an HTML face; a long table is cut and says so."""

import pickle
from dataclasses import FrozenInstanceError, dataclass, replace

import pandas as pd
import pytest
from helpers.html import Html

from povertystats.words.result import Plotted, Result


@dataclass(frozen=True, eq=False, repr=False)
class Rates(Result):
    table: pd.DataFrame

    def _sentence(self):
        return "Rates of <all> places"


def rates(n):
    return Rates(
        pd.DataFrame({"place": [f"p{i}" for i in range(n)], "rate_pct": [i + 1 / 3 for i in range(n)]})
    )


@pytest.mark.parametrize("n", [0, 1, 10, 11, 5000])
def test_the_repr_is_at_most_fifteen_lines_of_a_hundred_characters(n):
    lines = repr(rates(n)).splitlines()
    assert lines[0] == "<Rates> Rates of <all> places"
    assert len(lines) <= 15 and max(map(len, lines)) <= 100
    assert (lines[-1] == f"... {n - 10} more rows") == (n > 10)


def test_numbers_are_rounded_for_the_eye_only():
    found = rates(2)
    assert "1.333" in repr(found) and "1.3333" not in repr(found)
    assert found.table["rate_pct"][1] == 1 + 1 / 3


def test_texts_stand_left_and_numbers_right_and_short():
    table = {
        "place": ["A", "<b>" + 90 * "x"],
        "households": [1234567.8, 12.0],
        "rate_pct": [1 / 3, float("nan")],
        "year": [2019, 2020],
        "poor": [True, False],
        "mixed": [None, 2.5],
        "day": pd.to_datetime(["2020-05-07", None]),
        "count": pd.array([3, None], "Int64"),
    }
    page = Html(Rates(pd.DataFrame(table))._repr_html_())
    for tag, rows in (("th", 1), ("td", 2)):
        sides = [
            attrs["style"].removeprefix("text-align: ").partition(";")[0] for _, attrs, _ in page.all(tag)
        ]
        assert sides == ["left", "right", "right", "right", "left", "right", "left", "right"] * rows
    assert [len(text) <= 24 for text in page.raw("td")] == [
        "nowrap" in attrs["style"] for _, attrs, _ in page.all("td")
    ]
    cells = page.raw("td")
    assert cells[:8] == ["A", "1,234,568", "0.3333", "2019", "True", "–", "2020-05-07", "3"]
    assert cells[8] == "<b>" + 76 * "x" + "…" and cells[9:] == ["12", "–", "2020", "False", "2.5", "–", "–"]
    assert "1,234,568" in repr(Rates(pd.DataFrame(table))) and "NaN" not in repr(Rates(pd.DataFrame(table)))


def test_the_html_face_escapes_its_sentence_and_says_what_is_left_out():
    face = rates(5000)._repr_html_()
    assert face.startswith("<p>Rates of &lt;all&gt; places</p>") and "4,980 more rows" in face
    assert face.count("<tr") == 21 and face.index("<p>") < face.index("<table>")


def test_without_a_table_there_is_the_sentence_alone():
    class Odd(Result):
        pass

    assert repr(Odd()) == "<Odd> Odd" and Odd()._repr_html_() == "<p>Odd</p>"


def test_only_what_has_a_picture_can_be_drawn():
    assert not hasattr(rates(1), "plot") and hasattr(Plotted(), "plot")


def test_who_changes_a_table_that_was_handed_out_changes_it_for_nobody():
    found = rates(3)
    mine = found.table
    mine["rate_pct"] = 0.0
    mine["more"] = 1
    assert found.table.columns.tolist() == ["place", "rate_pct"] and found.table["rate_pct"].gt(0).all()
    assert pickle.loads(pickle.dumps(found)).table.equals(found.table)
    assert replace(found, table=mine).table.equals(mine)
    with pytest.raises(TypeError, match="table"):
        Rates()
    with pytest.raises(FrozenInstanceError):
        found.table = mine


def test_a_long_sentence_goes_on_in_a_second_line():
    @dataclass(frozen=True, eq=False, repr=False)
    class Long(Rates):
        def _sentence(self):
            return "word " * 60

    lines = repr(Long(rates(5000).table)).splitlines()
    assert lines[1].startswith("word") and lines[1].endswith("…")
    assert len(lines) <= 15 and max(map(len, lines)) <= 100
