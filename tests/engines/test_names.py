"""Names of an engine's columns in one form, and names that may be one."""

import unicodedata

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.engines.names import alike, tidied, tidy

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


def test_names_that_differ_in_a_mark_or_a_letter_are_no_one():
    assert alike(["Yên Hân", "Yên Hán", "Yên Hận", "Tân Lập", "Tân Lạp", "100", "10"]) == []
    assert alike(["yên hân", "YÊN HÂN"]) == [["YÊN HÂN", "yên hân"]]
