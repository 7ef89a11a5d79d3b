"""The columns of a record: which a standard asks for, what they are read as, options that fit, and those of a survey."""

import pandas as pd
import pytest
from helpers.criteria import ABROAD
from helpers.reviews import register_rows

from povertystats.facts.standards import national_standard
from povertystats.register.columns import columns_of, kind_of, limits_of, raw_columns
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.register.transitions import transitions
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


def test_names_that_are_kept_as_floats_are_those_of_whole_numbers():
    """As pandas and workbooks keep them where one is missing: the same households and communes as in another year."""
    rows = register_rows(households=40, years=(2017, 2018)).assign(commune=1840)
    rows["household"] = rows["household"].astype(int)
    files = {year: of for year, of in rows.groupby("year")}
    plain = transitions(open_register(files), minimum=0).table
    files[2018] = files[2018].astype({"household": float, "commune": float})
    pd.testing.assert_frame_equal(transitions(open_register(files), minimum=0).table, plain)
    assert {*plain["commune"]} == {"1840", ""}


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
