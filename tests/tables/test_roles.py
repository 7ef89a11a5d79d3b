"""Names of another table are given the spelling that they have there; what a schema asks of its fields is checked."""

import pandas as pd
import pytest

import povertystats as ps
from povertystats.facts.package import read_package
from povertystats.files.units import Reading
from povertystats.tables.roles import conformed, keyed, limits_of, linked, respell


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


def test_unique_keys_and_categories_are_held_to_as_primary_keys_and_choices_are():
    frame = pd.DataFrame({"place": ["A", "A", "", ""], "code": ["1", "2", "3", "4"]}, index=[2, 3, 4, 5])
    schema = {"uniqueKeys": [["place"], ["place", "code"], ["nowhere"]]}
    found = [(p.row, p.field) for p in keyed(frame, {"path": "a.csv", "schema": schema})]
    assert found == [(3, "place"), (1, "nowhere")]
    fields = [
        {"name": "a", "categories": ["x", "y"]},
        {"name": "b", "categories": [{"value": 1, "label": "l"}]},
    ]
    assert limits_of({"schema": {"fields": fields}}) == {"a": {"enum": ["x", "y"]}, "b": {"enum": [1]}}


@pytest.mark.parametrize(
    ("fields", "to", "others", "found"),
    [
        ("place", "places", "name", [("a.csv", 4, "place", "Hà Nôi 2")]),
        (["place", "year"], "places", ["name", "year"], [("a.csv", 4, "place, year", "Hà Nôi 2, 2020")]),
        ("parent", "", "place", [("a.csv", 2, "parent", "Nowhere")]),
        ("place", "plces", "name", [("a.csv", None, "foreignKeys", "plces")]),
        ("plce", "places", "nme", [("a.csv", 1, "plce", ""), ("b.csv", 1, "nme", "")]),
        (["place", "year"], "places", "name", [("a.csv", None, "foreignKeys", None)]),
    ],
)  # fmt: skip
def test_a_foreign_key_is_held_to_within_a_file_and_between_two(tmp_path, fields, to, others, found):
    (tmp_path / "a.csv").write_text(
        "place,parent,year\nHà Nội,Nowhere,2020\nhue,,2020\nHà Nôi 2,hue,2020\n,,\n"
    )
    (tmp_path / "b.csv").write_text("name,year\nHuế,2020.0\nHA NOI,2020\n")
    kinds = [{"name": "year", "type": "integer"}]
    key = {"fields": fields, "reference": {"resource": to, "fields": others}}
    resources = [
        {"name": "facts", "path": "a.csv", "schema": {"fields": kinds, "foreignKeys": [key]}},
        {"name": "places", "path": "b.csv", "schema": {"fields": kinds}},
    ]
    told = [(p.file, p.row, p.field, p.value) for p in linked(tmp_path, resources, Reading())]
    assert [one[:3] for one in told] == [one[:3] for one in found]
    assert all(value in (None, seen[3]) for (*_, value), seen in zip(found, told, strict=True))


@pytest.mark.parametrize("key", ["place", {"fields": "place"}, {"fields": "place", "reference": "places"}])
def test_a_foreign_key_that_means_nothing_is_named(tmp_path, key):
    resource = {"name": "facts", "path": "a.csv", "schema": {"foreignKeys": [key]}}
    assert [p.rule for p in linked(tmp_path, [resource], Reading())] == ["is not understood"]
