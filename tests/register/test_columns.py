"""The columns of a record under a standard: which it must have, what they are read as, and the options that fit."""

import pandas as pd
import pytest
from helpers.criteria import ABROAD

from povertystats.facts.standards import national_standard
from povertystats.register.columns import columns_of, kind_of, limits_of, raw_columns
from povertystats.words.errors import Refused

ibis = pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def abroad(tmp_path_factory):
    path = tmp_path_factory.mktemp("abroad") / "abroad.toml"
    path.write_text(ABROAD, encoding="utf-8")
    return national_standard(f"{path}:abroad")


def test_a_standard_says_which_columns_a_record_must_have(abroad):
    needed, optional = columns_of(abroad)
    assert needed == ("household", "year", "province", "district", "commune", "urban", "region", "income_tk")
    assert "urban" not in optional and {*optional} == {*columns_of(national_standard())[1]}


def test_urban_is_not_needed_where_no_line_differs_by_it(tmp_path):
    path = tmp_path / "one.toml"
    path.write_text(
        ABROAD.replace("{ rural = 4400, urban = 5200 }", "4400").replace(
            "{ rural = 6600.5, urban = 7800 }", "6600.5"
        )
    )
    needed, optional = columns_of(national_standard(str(path)))
    assert "urban" not in needed and "urban" in optional


def test_an_income_of_any_name_is_a_number_with_limits_of_its_own(abroad):
    assert [kind_of(name) for name in ("income_tk", "region", "year", "dep_water")] == [
        "number",
        "label",
        "whole",
        "yes_no",
    ]
    low, high = limits_of(abroad)["income_tk"]
    # A thousand times the highest line at the highest prices.
    assert (low, high) == (-high, pytest.approx(1000 * 7800 * 1.265))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"units": {"income_tk": "vnd_k"}}, "units: 'income_tk': 'vnd_k'; expected tk, tk_k or tk_m"),
        ({"units": {"persons": "tk"}}, "units: 'persons' is none of income_tk, which may have units"),
        ({"limits": {"income_tk": (2, 1)}}, "limits: 'income_tk': (2, 1); expected (lowest, highest)"),
        ({"columns": {"income_vnd_k": "x"}}, "columns: a record has no 'income_vnd_k'"),
    ],
)
def test_options_speak_of_the_income_of_the_standard(abroad, options, told):
    table = ibis.memtable(pd.DataFrame({name: ["1"] for name in columns_of(abroad)[0]}))
    with pytest.raises(Refused) as wrong:
        raw_columns(table, abroad, **options)
    assert any(problem.startswith(told) for problem in wrong.value.problems)
