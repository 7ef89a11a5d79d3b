"""Names of another table are given the spelling that they have there; what a schema asks of its fields is checked."""

import pandas as pd
import pytest

import povertystats as ps
from povertystats.facts.package import read_package
from povertystats.tables.roles import conformed, keyed, respell


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


@pytest.mark.parametrize(
    ("values", "limits", "broken"),
    [
        ([30.5, 2.0], {"maximum": 20}, [0]),
        ([30.5, None], {"minimum": "31"}, [0]),
        ([2015, 2016], {"enum": [2016]}, [0]),
        (["Arland", "B"], {"minLength": 2, "maxLength": 5}, [0, 1]),
        (["Arland", "B"], {"enum": ["B", "arland"]}, []),
        (["01", "x"], {"pattern": "[0-9]+"}, [1]),
        (["A ", "a"], {"unique": True}, [1]),
        (pd.to_datetime(["2016-03-01", "2018-01-01"]), {"minimum": "2017-01-01"}, [0]),
    ],
)
def test_constraints_of_a_field_are_held_against_its_figures_texts_and_days(values, limits, broken):
    column = pd.Series(values)
    _, faults = conformed(column, column.isna(), limits)
    assert sorted(at for mask, *_ in faults for at in mask.index[mask.astype(bool)]) == broken


def test_a_primary_key_stands_once_and_types_are_known():
    frame = pd.DataFrame({"place": ["A", "A", "B"], "year": [2015, 2016, 2015]}, index=[2, 3, 4])
    for key, rows in (("place", [3]), (["place", "year"], []), ("code", [1])):
        resource = {
            "path": "a.csv",
            "schema": {"primaryKey": key, "fields": [{"name": "place", "type": "string"}]},
        }
        assert [problem.row for problem in keyed(frame, resource)] == rows
    (problem,) = keyed(frame, {"path": "a.csv", "schema": {"fields": [{"name": "place", "type": "txt"}]}})
    assert problem.value == "txt"
