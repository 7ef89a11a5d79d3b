"""Names of another table are given the spelling that they have there."""

import pandas as pd

import povertystats as ps
from povertystats.facts.package import read_package
from povertystats.tables.roles import respell


def test_names_are_told_as_in_their_own_table():
    tables = read_package()
    tables["drivers"] = tables["drivers"].assign(outcome=" Poor_Income_PCT", benchmark="nobody")
    tables["indicators"] = tables["indicators"].assign(peers="POOR_income_pct;Poor_multidim_pct")
    respell(tables)
    assert set(tables["drivers"]["outcome"]) == {"poor_income_pct"} and set(
        tables["drivers"]["benchmark"]
    ) == {"nobody"}
    assert set(tables["indicators"]["peers"]) == {"poor_income_pct;poor_multidim_pct"}
    pd.testing.assert_series_equal(
        tables["facts"]["indicator"], ps.load_facts().table["indicator"], check_dtype=False
    )
