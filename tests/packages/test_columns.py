from helpers.own_tables import PLACES, YEARS, long, read_with, wide, written

from povertystats.packages.columns import Wanted, columns_of


def chosen(path, ask=None, wanted=None):
    read, questions = read_with(path, ask)
    return columns_of(read, wanted or Wanted(), questions), questions.problems


def told(columns):
    return {m.name: (m.role, [*m.cells]) for m in columns.measures}


def test_long_semi_long_and_wide_tables_are_told_by_their_headers(tmp_path):
    columns, problems = chosen(written(tmp_path / "a.csv", long()))
    assert not problems and (columns.place, columns.year, columns.kind.many) == (
        "province",
        "year",
        "provinces",
    )
    assert told(columns) == {"poor_pct": ("outcome", ["poor_pct"])}
    columns, problems = chosen(written(tmp_path / "b.csv", wide(name="Poor {} (%)")))
    assert not problems and columns.year == ""
    assert told(columns) == {"Poor (%)": ("outcome", [f"Poor {year} (%)" for year in YEARS])}
    rows = [["code", "tỉnh", "năm", "nghèo", "việc làm", "đất"]]
    rows += [[11 + at, place, 2020, 30 - at, 5, 7] for at, place in enumerate(PLACES)]
    wanted = Wanted(roles={"outcome": ("nghèo",), "driver": ("Viec lam",)})
    columns, problems = chosen(written(tmp_path / "c.csv", rows), wanted=wanted)
    assert not problems and (columns.code, columns.place, columns.unused) == ("code", "tỉnh", ("đất",))
    assert told(columns) == {"nghèo": ("outcome", ["nghèo"]), "việc làm": ("driver", ["việc làm"])}


def test_a_column_of_indicators_parts_the_figures(tmp_path):
    rows = [["province", "indicator", "unit", "period", "obs_value"]]
    rows += [[place, name, "%", 2020, 9] for place in PLACES for name in ("Poverty", "Work", "Land")]
    wanted = Wanted(targets=("poverty",), roles={"control": ("Land",)})
    columns, problems = chosen(written(tmp_path / "a.csv", rows), wanted=wanted)
    assert not problems and (columns.indicator, columns.unit, columns.unused) == (
        "indicator",
        "unit",
        ("Work",),
    )
    assert told(columns) == {"Poverty": ("outcome", ["obs_value"]), "Land": ("control", ["obs_value"])}


def test_the_larger_of_two_kinds_of_place_is_what_the_other_lies_in(tmp_path):
    rows = [
        ["state", "county", "year", "rate"],
        ["A", "Lee", 2020, 9],
        ["B", "Lee", 2020, 8],
        ["B", "Clay", 2020, 7],
    ]
    columns, _ = chosen(written(tmp_path / "a.csv", rows))
    assert (columns.place, columns.parent) == ("county", "state")
    assert (columns.kind.kind, columns.parent_kind.kind) == ("district", "province")
    rows = [["zone", "name", "year", "rate"], *rows[1:]]
    columns, _ = chosen(written(tmp_path / "b.csv", rows), wanted=Wanted(place="name", parent="zone"))
    assert (columns.kind.kind, columns.parent_kind.kind) == ("district", "province")


def test_a_name_instead_of_a_column_is_a_place_of_the_table_or_its_only_one(tmp_path):
    columns, problems = chosen(written(tmp_path / "a.csv", long()), wanted=Wanted(place="arland"))
    assert not problems and (columns.place, columns.chosen) == ("province", "arland")
    columns, problems = chosen(
        written(tmp_path / "b.csv", [["year", "rate"], [2020, 9]]), wanted=Wanted(place="Arland")
    )
    assert not problems and (columns.place, columns.only) == ("", "Arland")
    _, problems = chosen(
        written(tmp_path / "a.csv", long()), wanted=Wanted(place="Arlnd", year="yer", parent="x")
    )
    assert [problem.split(":")[0] for problem in problems] == ["--year", "--place", "--parent"]
    assert "did you mean Arland" in problems[1] and "did you mean year" in problems[0]


def test_what_is_open_is_asked_with_the_likely_answer(tmp_path):
    rows = [
        ["tên", "ghi chép", "income", "poor"],
        *[[f"a{at}", place, 9, 8] for at, place in enumerate(PLACES)],
    ]
    asked = []

    def ask(question, choices, likely):
        asked.append((question.split("?")[0], likely))
        return {"Which column holds the years": "2020"}.get(question.split("?")[0], likely)

    path = written(tmp_path / "a.csv", rows)
    columns, problems = chosen(path, ask, Wanted(year="2020"))
    assert not problems and columns.year == "2020"
    assert told(columns) == {"poor": ("outcome", ["poor"])}
    assert asked[-1] == ("Which figures are the rate that is to be looked at", "poor")
    _, problems = chosen(path)
    assert len(problems) >= 2 and all("answer with --" in problem for problem in problems)


def test_households_and_years_of_two_calendar_years_are_refused_with_what_to_do(tmp_path):
    _, problems = chosen(
        written(tmp_path / "a.csv", [["household", "province", "year", "poor"], [1, "A", 2020, 1]])
    )
    assert any("povertystats register" in problem for problem in problems)
    path = written(tmp_path / "b.csv", [["Province", "2015/16", "2016/17"], ["Arland", 9.5, 9.1]])
    _, problems = chosen(path)
    assert problems == [
        "'2015/16' is of two calendar years; say which of them counts with --fiscal first or --fiscal last"
    ]
    columns, problems = chosen(path, wanted=Wanted(fiscal="last"))
    assert not problems and [*columns.measures[0].cells.values()] == [2016, 2017]
