"""A register of another country, from its file to sentences, tables and a package; rates that are hidden or not there."""

from dataclasses import replace
from types import SimpleNamespace

import pandas as pd
import pytest
from helpers.criteria import ABROAD

import povertystats as ps
from povertystats.exhibits import register_tables
from povertystats.register.review_text import (
    absent_places,
    bounds_sentence,
    change_sentences,
    place_sentences,
)

pytest.importorskip("ibis")
# Rural, 1998: incomes that are ultra poor, moderately poor and neither, in both regions.
INCOMES = {"Dhaka": (5280.0, 7920.6, 7920.7), "Sylhet": (-20.0, 7590.0, 7590.01)}
COUNTS = {"Dhaka": (12, 20, 40), "Sylhet": (10, 15, 30)}


@pytest.fixture(scope="module")
def standard(tmp_path_factory):
    path = tmp_path_factory.mktemp("abroad") / "abroad.toml"
    path.write_text(ABROAD, encoding="utf-8")
    return f"{path}:abroad"


@pytest.fixture(scope="module")
def rows():
    homes = [
        (region, income)
        for region, counts in COUNTS.items()
        for income, n in zip(INCOMES[region], counts, strict=True)
        for _ in range(n)
    ]
    rows = pd.DataFrame(homes, columns=["region", "income_tk"])
    rows = rows.assign(household=[f"h{i}" for i in range(len(rows))], year=1998, urban=False)
    rows = rows.assign(province=rows["region"], district=rows["region"] + " D", commune=rows["region"] + " C")
    early = rows[rows["region"] == "Dhaka"].assign(year=1991, income_tk=9e3)
    return pd.concat([rows, early], ignore_index=True)


@pytest.fixture(scope="module")
def found(rows, standard):
    return ps.review(ps.open_register(rows, standard=standard), by="district", group="region")


def test_classes_of_any_name_are_counted_by_regional_lines(found):
    rows = found.table[(found.table["level"] == "province") & (found.table["year"] == 1998)].set_index(
        "place"
    )
    columns = ["ultra_poor_households", "moderate_poor_households", "better_off_households"]
    assert {place: tuple(of) for place, of in rows[columns].iterrows()} == COUNTS
    assert rows.loc["Dhaka", "poor_households"] == 32 and rows.loc["Dhaka", "ultra_poor_of_poor_pct"] == 37.5
    assert not [
        column
        for column in found.table
        if "deprived" in column or column.endswith("_pct") and "near" in column
    ]


def test_its_classes_and_no_dong_stand_in_sentences_and_tables(found):
    said = found.text("en").splitlines()
    assert said[0].startswith("All provinces, end of 1998: ") and said[2:4] == [
        "Dhaka, end of 1998: 32 poor households of 72 (44.44%).",
        "Of all households by class: ultra poor 16.67%; moderately poor 27.78%; better off 55.56%.",
    ]
    table = register_tables.lines(found.standard, "en")
    assert "taka a person a year" in table.caption
    assert table.frame.iloc[2].tolist() == ["upper line (Dhaka)", "6,600.5", "7,800", "yes"]
    assert register_tables.causes(found, "en").frame["Rate"].tolist() == ["0.0%", "44.9%"]


def test_its_package_brings_its_standard(found, tmp_path):
    ps.write_package(found, tmp_path / "mine", source="mine", available_from="1999-01-31")
    facts = ps.load_facts(tmp_path / "mine")
    assert facts.standards.set_index("standard").loc["abroad", ["first_year", "decision"]].tolist() == [
        1991,
        "A handbook",
    ]
    assert facts.series("poor_household_pct", place="Dhaka").latest.value == pytest.approx(100 * 32 / 72)


def test_a_place_without_a_line_and_a_year_without_prices_are_told(rows, standard):
    rows = rows[:6].assign(region=["Khulna"] * 2 + ["Dhaka"] * 4, year=[1998] * 4 + [1995] * 2)
    checks = ps.open_register(rows, standard=standard).checks
    assert checks.iloc[1:, :3].values.tolist() == [["usable", "", 2], ["no line", "region", 4]]


def test_hidden_not_published_and_no_households_are_sentences_of_their_own(found):
    """That the count itself is small is not said: whoever read it would know that it is."""
    row = {"place": "P", "province": "P", "year": 1998, "households": 50}
    told = [
        *place_sentences(found, row, "en"),
        *place_sentences(found, row | {"poor_households": 23}, "en"),
    ]
    assert told == [
        "P, end of 1998: the rate is hidden, as it, or a subtraction, would tell of fewer than 10 households.",
        "P, end of 1998: no rate is published.",
    ]
    early = found.table.assign(year=found.table["year"].where(found.table["place"] != "Sylhet", 1991))
    assert [*absent_places(replace(found, table=early), "en")] == [
        "Sylhet: no household could be counted at the end of 1998; the last year with any is 1991."
    ]


def test_a_missing_flag_loses_a_household_only_where_its_class_hangs_on_it():
    flags = ps.national_standard().columns
    # Income, flags set, flags missing: poor by income; over all lines; deprived without them; out of reach; hanging.
    cases = [(650.0, 0, 10), (1500.0, 0, 10), (900.0, 3, 7), (900.0, 0, 2), (900.0, 2, 1)]
    rows = pd.DataFrame(
        {"household": list("abcde"), "year": 2019, "province": "P", "district": "D", "commune": "C"}
    )
    rows = rows.assign(urban=False, income_vnd_k=[income for income, _, _ in cases])
    for place, flag in enumerate(flags):
        rows[flag] = [True if place < n else None if place < n + m else False for _, n, m in cases]
    register = ps.open_register(rows)
    found = register.records.to_pandas().set_index("household")["class"]
    assert found.to_dict() == {"a": "income_poor", "b": "not_poor", "c": "deprivation_poor", "d": "near_poor"}
    checks = register.checks.groupby("problem")["records"].sum()
    assert checks["usable"] == 4 and checks["missing"] == 1 and checks["counted without"] == 10 + 10 + 7 + 2
    assert register.rejects.to_pandas()["problem"].tolist() == [f"missing: {flags[2]}"]


def homes(n, year, poor):
    rows = pd.DataFrame({"household": [f"h{i}" for i in range(n)], "year": year, "income_vnd_k": 1500.0})
    rows.loc[: poor - 1, "income_vnd_k"] = 650.0
    rows = rows.assign(province="P", district="D", commune="C", urban=False)
    return rows.assign(**dict.fromkeys(ps.national_standard().columns, False))


def test_what_is_left_out_bounds_the_rate_by_kind():
    rows = pd.concat([homes(100, 2018, 40), homes(100, 2019, 30), homes(1, 2018, 0)], ignore_index=True)
    rows = rows.astype({"year": float})
    rows.loc[100:109, "income_vnd_k"] = None  # ten of those who had been poor in 2019
    rows.loc[190:194, "income_vnd_k"] = 5e6
    rows.loc[195, "commune"] = None
    rows.loc[196:197, "year"] = None
    found = ps.review(ps.open_register(rows), by="province")
    told = found.bounds.set_index(["year", "problem"])
    # 2019: 82 households of which 20 are poor are left; two records are of no year, and might be of either.
    assert told["records"].to_dict() == {
        (2018, "missing"): 2, (2018, "duplicated"): 1, (2018, "all"): 3,
        (2019, "missing"): 13, (2019, "impossible"): 5, (2019, "all"): 18,
    }  # fmt: skip
    rates = told.loc[(2019, "all"), ["poor_household_pct", "lowest_pct", "highest_pct"]].tolist()
    assert rates == pytest.approx([100 * 20 / 82, 20.0, 38.0])
    assert told.loc[(2019, "impossible"), "highest_pct"] == pytest.approx(100 * 25 / 87)
    assert (told["lowest_pct"] <= told["poor_household_pct"]).all() and (
        told["highest_pct"] >= told["poor_household_pct"]
    ).all()
    assert found.text("en").splitlines()[-1] == (
        "Of 2019, 18 records were left out: with them the rate of poor households, 24.39%, would lie between 20.00% (if none "
        "of these were poor) and 38.00% (if all were): missing (13) 21.05% to 34.74%; impossible (5) 22.99% to 28.74%."
    )


def test_bounds_of_a_rate_that_is_hidden_are_not_told():
    rows = homes(60, 2019, 4)
    rows.loc[50:, "income_vnd_k"] = None
    found = ps.review(ps.open_register(rows), by="province")
    assert found.bounds["records"].tolist() == [10, 10] and found.bounds["highest_pct"].isna().all()
    assert [*bounds_sentence(found.bounds, "en")] == [
        "Of 2019, 10 records were left out; what they may change of the rate is not told, as it is hidden."
    ]
    assert ps.review(ps.open_register(homes(60, 2019, 20))).bounds is None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"escaped_households": 52, "fell_households": 31}, "P: 52 households poor at the end of 2016 and found in both reviews had left poverty by the end of 2018; 31 that had not been poor became so. Their shares are not published."),
        ({"escaped_households": 52}, "P, end of 2018: the changes are hidden, as they, or a subtraction, would tell of fewer than 10 households."),
    ],
)  # fmt: skip
def test_changes_that_are_hidden_say_so(row, told):
    row = row | {"place": "P", "province": "P", "year": 2018, "year_before": 2016}
    assert [*change_sentences(SimpleNamespace(minimum=10), row, "en")] == [told]
