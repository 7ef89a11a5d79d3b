"""A register of another country, from its file to sentences, tables and a package; rates that are hidden or not there."""

import pandas as pd
import pytest
from helpers.criteria import ABROAD

import povertystats as ps
from povertystats.exhibits import register_tables
from povertystats.register.review_text import absent_places, place_sentences

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
    assert said[:2] == [
        "Dhaka, end of 1998: 32 poor households of 72 (44.44%).",
        "Of all households by class: ultra poor 16.67%; moderately poor 27.78%; better off 55.56%.",
    ]
    table = register_tables.lines(found.standard, "en")
    assert "taka a person a year" in table.caption
    assert table.frame.iloc[2].tolist() == ["upper line (Dhaka)", "6,600.5", "7,800", "yes"]
    assert register_tables.causes(found, "en").frame["Rate"].tolist() == ["0.0%", "44.4%", "45.5%"]


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


def test_hidden_not_published_and_no_households_are_three_sentences(found):
    row = {"place": "P", "year": 1998, "households": 50}
    told = {
        " ".join(place_sentences(found, row, "en")),
        " ".join(place_sentences(found, row | {"poor_households": 3}, "en")),
        *absent_places(type(found)(**{**vars(found), "table": found.table[found.table["year"].eq(1998) | found.table["place"].eq("Dhaka")].assign(year=lambda t: t["year"].where(t["place"] != "Sylhet", 1991))}), "en"),
    }  # fmt: skip
    assert told == {
        "P, end of 1998: too few households for a rate to be published: it is hidden, as a count of fewer than 10 "
        "households would follow from it.",
        "P, end of 1998: no rate is published.",
        "Sylhet: no household could be counted at the end of 1998; the last year with any is 1991.",
    }


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
