"""Days of publication are told once for all figures: as an assumption, and never over a day that is given."""

import pandas as pd
import pytest
from helpers.packages import foreign, written

import povertystats as ps
from povertystats.files.lags import published

ENDS = pd.to_datetime(pd.Series(["2020-12-31", "2023-06-30", "2024-02-10"]))


@pytest.mark.parametrize(
    ("said", "days"),
    [
        ("9 months later", ["2021-09-30", "2024-03-31", "2024-11-10"]),
        ("9 tháng sau", ["2021-09-30", "2024-03-31", "2024-11-10"]),
        ("2 months after the end of the year", ["2021-02-28", "2023-08-31", "2024-04-10"]),
        ("1 year later", ["2021-12-31", "2024-06-30", "2025-02-10"]),
        ("45  days  later", ["2021-02-14", "2023-08-14", "2024-03-26"]),
        ("0 days later", ["2020-12-31", "2023-06-30", "2024-02-10"]),
        ("2 tuần sau", ["2021-01-14", "2023-07-14", "2024-02-24"]),
        ("07-15", ["2020-07-15", "2023-07-15", "2024-07-15"]),
        ("03-31 next year", ["2021-03-31", "2024-03-31", "2025-03-31"]),
    ],
)
def test_what_people_say_is_a_day_of_each_figure(said, days):
    assert published(ENDS, said).dt.strftime("%Y-%m-%d").tolist() == days


@pytest.mark.parametrize(
    "said", ["", "soon", "9", "months later", "-1 months later", "02-30", "9 months earlier", "2024-03-01"]
)
def test_what_is_no_lag_is_refused_with_the_forms(said):
    with pytest.raises(ValueError, match="9 months later"):
        published(ENDS, said)


def facts(folder, change, **about):
    files = foreign(4, range(2018, 2022))
    files["mine"] = change(files["mine"])
    return ps.load_facts(written(folder, files, extends=False, **about))


def test_a_package_says_it_once_or_in_a_column(tmp_path):
    days = facts(
        tmp_path / "a", lambda rows: rows.drop(columns="available_from"), published="9 months later"
    ).table
    assert (days["available_from"].dt.strftime("%m-%d") == "09-30").all() and days[
        "available_from_assumed"
    ].all()
    assert (days["available_from"].dt.year == days["year"] + 1).all() and "published" not in days

    def some(rows):
        told = rows["year"] == 2018
        late = {2019: "1 year later"}
        return rows.assign(
            available_from=rows["available_from"].where(told, ""),
            published=rows["year"].map(late).fillna(""),
            period="",
        )

    table = facts(tmp_path / "b", some, published="30 days later").table.groupby("year").first()
    assert table["available_from"].dt.strftime("%Y-%m-%d").tolist() == [
        "2019-07-15",
        "2020-12-31",
        "2021-01-30",
        "2022-01-30",
    ]
    assert table["available_from_assumed"].tolist() == [False, True, True, True]

    def monthly(rows):
        return rows.assign(available_from="", period=rows["year"].astype(str) + "-03")

    table = facts(tmp_path / "c", monthly, published="4 months later").table
    assert (table["available_from"].dt.strftime("%m-%d") == "07-31").all()


@pytest.mark.parametrize(
    ("change", "about", "field", "said"),
    [
        (lambda rows: rows.drop(columns="available_from"), {}, "available_from", "this column is missing"),
        (lambda rows: rows.assign(available_from=""), {}, "available_from", "the cell is empty"),
        (
            lambda rows: rows.assign(available_from="", published=""),
            {},
            "available_from",
            "the cell is empty",
        ),
        (lambda rows: rows.assign(available_from=""), {"published": "later"}, "published", "9 months later"),
        (
            lambda rows: rows.assign(available_from="31/12"),
            {"published": "1 day later"},
            "available_from",
            "year-month-day",
        ),
        (lambda rows: rows, {"published": 9}, "published", "expected text"),
        (lambda rows: rows, {"publised": "1 day later"}, "publised", "did you mean published?"),
    ],
)
def test_what_is_missing_or_wrong_names_the_key(tmp_path, change, about, field, said):
    with pytest.raises(ps.DataError) as error:
        facts(tmp_path / "a", change, **about)
    assert {problem.field for problem in error.value.problems} == {field}
    text = str(error.value)
    assert said in text and (field != "available_from" or '"published": "9 months later"' in text or about)
