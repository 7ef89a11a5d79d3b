"""A register that is a survey: its weights, strata and primary sampling units, which nobody counts as households."""

import pytest
from helpers.reviews import register_rows

from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.register.transitions import transitions
from povertystats.words.errors import Refused

pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def rows():
    rows = register_rows(households=60, years=(2018, 2019))
    return rows.assign(
        w9=[0.5, 120.0] * (len(rows) // 2) + [7.0] * (len(rows) % 2), xa=rows["commune"], dia=3
    )


def test_own_names_of_the_design_are_read_and_bad_weights_left_out(rows):
    register = open_register(
        rows.assign(w9=[0.0, None, -3.0, *rows["w9"][3:]]),
        weight="w9",
        stratum=["province", "urban"],
        psu=["xa", "dia"],
    )
    found = register.checks.set_index(["problem", "column"])["records"]
    assert found["impossible", "weight"] == 2 and found["missing", "weight"] == 1
    records = register.records.to_pandas()
    assert records["psu"].str.endswith("/3").all() and records["stratum"].str.contains("/").all()
    assert records["weight"].sum() == pytest.approx(rows["w9"][3:].sum())


def test_texts_of_weights_are_read_as_numbers(rows):
    texts = rows.assign(
        w9=[f"{weight:,.2f}".replace(".", ";").replace(",", ".").replace(";", ",") for weight in rows["w9"]]
    )
    records = open_register(texts, weight="w9", decimal=",").records.to_pandas()
    assert records["weight"].sum() == pytest.approx(rows["w9"].sum())


def test_interviewed_households_are_never_counted_as_if_they_were_all(rows):
    told = rows.rename(columns={"w9": "weight"})
    surveys = open_register(rows, weight="w9"), open_register(told), open_register(rows, psu="xa")
    for verb, register in zip((review, review, transitions), surveys, strict=True):
        with pytest.raises(Refused, match="survey_rates or survey_transitions"):
            verb(register, by="province")
    assert len(review(open_register(told, columns={"weight": None}), by="province").table)


def test_a_column_named_twice_is_refused(rows):
    with pytest.raises(Refused, match="weight: named 'w9' and, in columns, 'persons'"):
        open_register(rows, weight="w9", columns={"weight": "persons"})
    with pytest.raises(Refused, match="no column 'w8'"):
        open_register(rows, weight="w8")
