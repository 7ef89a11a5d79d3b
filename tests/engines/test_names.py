"""Names of an engine's columns in one form, and those of households that changed their type."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.engines.names import respelled, tidy
from povertystats.frames.spellings import tidied

ibis = pytest.importorskip("ibis")


@given(name=st.text(alphabet="ăâđêôơư ấằỏõọĐÐKạn\u00a0-01", max_size=12))
def test_every_unicode_form_of_a_name_is_one(name):
    forms = {tidied(unicodedata.normalize(form, name)) for form in ("NFC", "NFD")}
    assert len(forms) == 1 and tidied(forms.copy().pop()) in forms


def test_a_column_is_tidied_and_its_other_columns_stay():
    rows = pd.DataFrame(
        {"n": [1, 2, 3, 4], "place": ["Bắc Kạn", unicodedata.normalize("NFD", " Bắc  Kạn"), None, "Ðà Bắc"]}
    )
    found = tidy(ibis.memtable(rows), ["place"]).to_pandas().sort_values("n")
    assert found["place"].fillna("").tolist() == ["Bắc Kạn", "Bắc Kạn", "", "Đà Bắc"] and [*found] == [*rows]


@pytest.mark.parametrize("write", [lambda i: str(i), lambda i: f"{i}.0"])
def test_names_of_some_places_that_changed_their_type_are_told(write):
    """Of three districts one lost its noughts (or became decimal numbers) in the last year; another has names of both kinds."""
    rows = [
        ("P", f"D{d}", year, write(i) if d == 1 and year == 2019 else f"{i:04}")
        for d in range(2)
        for year in (2017, 2018, 2019)
        for i in range(1 + 100 * d, 21 + 100 * d)
    ]
    rows += [("Q", "D", year, name) for year in (2017, 2019) for name in ("7", "007", "8")]
    table = ibis.memtable(pd.DataFrame(rows, columns=["province", "district", "year", "home"]))
    found = respelled(table, "home", ["province", "district"], "year")
    assert found.values.tolist() == [["P", 20, "0101", write(101)]]
    assert respelled(table.filter(table["year"] < 2019), "home", ["province", "district"], "year").empty
    assert respelled(table.mutate(home=table["home"].cast("float64")), "home", ["province"], "year").empty
