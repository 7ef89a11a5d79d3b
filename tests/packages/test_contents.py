import json

import pandas as pd
import pytest
from helpers.own_tables import RATES, long, read_with, written

import povertystats as ps
from povertystats.packages.contents import with_days


def started(tmp_path, rows=None, **said):
    path = written(tmp_path / "rates.csv", rows or long())
    return ps.start_package(tmp_path / "mine", path, **{"for_place": "Arland", **said})


def test_a_package_stands_alone_and_is_the_same_bytes_each_time(tmp_path):
    made = started(tmp_path, country="Norland", source="The office", targets="poor_pct <= 14 in 2024")
    about = json.loads((made.folder / "datapackage.json").read_text("utf-8"))
    assert about["extends"] is False and about["country"] == "Norland"
    assert about["kinds"] == {"province": {"en": ["province", "provinces"], "vi": "tỉnh"}}
    facts = pd.read_csv(made.folder / "facts.csv", encoding="utf-8-sig")
    assert {(row.place, row.year): row.value for row in facts.itertuples()} == RATES
    assert {*facts["status"]} == {"official"} and about["published"] == "0 days later"
    read = made.facts.table
    assert read["available_from_assumed"].all() and "available_from" not in facts
    assert (read["available_from"].dt.strftime("%Y-%m-%d") == read["year"].astype(str) + "-12-31").all()
    assert ps.load_facts(made.folder).warnings == ()
    again = tmp_path / "again"
    again.mkdir()
    other = started(again, country="Norland", source="The office", targets="poor_pct <= 14 in 2024")
    for file in made.folder.iterdir():
        assert file.read_bytes() == (other.folder / file.name).read_bytes()


@pytest.mark.parametrize(("lang", "words"), [("en", "## A new year"), ("vi", "## Thêm một năm")])
def test_its_readme_says_in_its_language_how_to_go_on_and_its_row_for_a_new_year_fits(tmp_path, lang, words):
    made = started(tmp_path, lang=lang)
    readme = (made.folder / "README.md").read_text("utf-8")
    assert words in readme and "povertystats brief --data mine --place" in readme and "{" not in readme
    header, example = readme.split("```csv\n")[1].split("\n```")[0].splitlines()
    facts = made.folder / "facts.csv"
    text = facts.read_text("utf-8-sig")
    assert text.splitlines()[0] == header and example in text
    facts.write_text(text + example.replace("2023", "2024") + "\n", "utf-8-sig")
    assert ps.load_facts(made.folder).table["year"].max() == 2024


def test_beside_ours_only_what_is_new_is_written(tmp_path):
    rows = [
        ["Tỉnh", "Năm", "poor_household_pct"],
        ["Cao Bằng", 2018, 30.8],
        ["Cao Bằng", 2019, 26.1],
        ["Nowhere", 2019, 9],
    ]
    with pytest.raises(ValueError, match="--standard income_2006_2010 or"):
        started(tmp_path, rows, extends=True, for_place="Cao Bằng")
    made = started(
        tmp_path,
        rows,
        extends=True,
        for_place="Cao Bằng",
        standard="multidim_2016_2020",
        targets="giảm 3 điểm năm 2020",
    )
    places = pd.read_csv(made.folder / "places.csv", encoding="utf-8-sig")
    assert places["place"].tolist() == ["Nowhere"] and not (made.folder / "indicators.csv").exists()
    known = ps.load_facts(made.folder).as_of("2020-05-07")
    assert known.series("poor_household_pct", place="Cao Bằng").values.tolist() == [30.8, 26.1]
    assert len(known.table) > 10_000 and "2 figures" not in made.text("en").splitlines()[0]


def test_what_is_wrong_with_its_facts_is_told_of_the_table_that_they_are_from(tmp_path):
    rows = [["note"], [], ["province", "year", "poor (%)"], ["Arland", 2019, 9.5], ["Arland", 2020, 109.5]]
    with pytest.raises(ps.DataError) as refused:
        started(tmp_path, rows)
    (problem,) = refused.value.problems
    assert (problem.file, problem.row, problem.value) == ("rates.csv", 5, "109.5")
    assert [path.name for path in tmp_path.iterdir()] == ["rates.csv"]


TABLE = [
    ["place", "year", "rate", "out", "no day"],
    ["A", 2019, 9, "2020-07-15", "soon"],
    ["A", 2020, 8, "2021-07-20", "soon"],
]


def days(tmp_path, said):
    read, questions = read_with(written(tmp_path / "a.csv", TABLE))
    rows, words = with_days(pd.DataFrame({"row": [3, 2], "year": [2020, 2019]}), read, said, questions)
    return rows["available_from"].dt.strftime("%Y-%m-%d").tolist(), words, questions.problems


def test_a_column_one_day_or_so_long_after_the_end_of_the_year(tmp_path):
    said = {
        "out": (["2021-07-20", "2020-07-15"], ""),
        "2021-05-01": (["2021-05-01", "2021-05-01"], ""),
        "": (["2020-12-31", "2019-12-31"], "0 days later"),
        "9 months later": (["2021-09-30", "2020-09-30"], "9 months later"),
        "07-15": (["2020-07-15", "2019-07-15"], "07-15"),
    }
    for text, expected in said.items():
        assert days(tmp_path, text) == (*expected, []), text


def test_what_says_no_day_is_noted(tmp_path):
    for text, why in {
        "soon": "a column of days",
        "2019-12-31": "before 2020",
        "no day": "holds no day (year-month-day) for 2 figures",
    }.items():
        _, _, (problem,) = days(tmp_path, text)
        assert problem.startswith("--published") and why in problem
