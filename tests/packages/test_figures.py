import pytest
from helpers.own_tables import PLACES, RATES, YEARS, long, read_with, wide, workbook, written

from povertystats.files.problems import DataError
from povertystats.packages.columns import Wanted, columns_of
from povertystats.packages.figures import figures_of


def found(path, ask=None, wanted=None, reading=None, **said):
    read, questions = read_with(path, ask, **(reading or {}))
    columns = columns_of(read, wanted or Wanted(), questions)
    assert not questions.problems
    figures = figures_of(read, columns, questions, **said)
    return figures, questions.problems


def values(figures):
    rows = figures.table[["place", "year", "value"]].itertuples(index=False, name=None)
    return {(place, int(year)): round(value, 6) for place, year, value in rows}


def test_a_long_and_a_wide_table_hold_the_same_figures_whatever_the_file(tmp_path):
    mixed = [
        [cell if row == 0 else str(cell).replace(".", ",") for cell in cells]
        for row, cells in enumerate(wide())
    ]
    per_cent = [[c / 100 if isinstance(c, float) else c for c in row] for row in wide(name="Poor {}")]
    shown = {f"{chr(65 + column)}{row}": "0.00%" for row in range(2, 9) for column in range(1, 10)}
    titled = [
        ["Table 1. Poverty"],
        [],
        ["Province", "Poor (%)"],
        [None, *YEARS],
        *wide()[1:],
        ["Source: the office"],
    ]
    paths = [
        written(tmp_path / "long.csv", long()),
        written(tmp_path / "wide.csv", wide(name="Y{}")),
        written(tmp_path / "comma.csv", mixed, sep=";", encoding="utf-16"),
        workbook(tmp_path / "per_cent.xlsx", per_cent, formats=shown),
        workbook(tmp_path / "titled.xlsx", titled, merged=("A3:A4", "B3:J3")),
    ]
    for path in paths:
        figures, problems = found(path)
        assert not problems and values(figures) == RATES, path.name
        assert figures.places["place"].tolist() == PLACES


def test_the_country_is_told_apart_and_totals_are_left_out_or_belong_to_what_they_sum_up(tmp_path):
    for head in ("Philippines", "Cả nước", "National"):
        figures, problems = found(written(tmp_path / "a.csv", [*wide(), [head, *[9.5] * 9]]))
        assert not problems and figures.places["kind"].tolist() == ["country", *["province"] * 7], head
        assert figures.country == head and {*figures.places["parent"]} == {"", head}
    figures, _ = found(written(tmp_path / "a.csv", [*wide(), ["Total", *[9.5] * 9]]))
    assert values(figures) == RATES and "Total" in figures.notes[0]["en"]
    figures, _ = found(written(tmp_path / "a.csv", [*wide(), ["Total", *[9.5] * 9]]), country="Norland")
    assert figures.places["place"].tolist() == ["Norland", *PLACES]
    rows = [
        ["state", "county", "year", "rate"],
        ["A", "Total", 2020, 9],
        ["A", "Lee", 2020, 8],
        ["B", "Lee", 2020, 7],
    ]
    figures, _ = found(written(tmp_path / "b.csv", rows))
    assert values(figures) == {("A", 2020): 9, ("Lee, A", 2020): 8, ("Lee, B", 2020): 7}
    assert dict(zip(figures.places["label"], figures.places["kind"], strict=True)) == {
        **{"A": "province", "B": "province", "Lee, A": "district", "Lee, B": "district"}
    }


def test_a_name_that_is_a_country_among_the_others_is_asked_about(tmp_path):
    rows = [["state", "year", "rate"]]
    rows += [[state, 2020, 9] for state in ("Alabama", "Georgia", "Idaho")]
    path = written(tmp_path / "a.csv", rows)
    _, problems = found(path)
    assert "Is Georgia the whole country" in problems[0] and "--country" in problems[0]
    for answer, kinds in (("no", {"province"}), ("yes", {"country", "province"})):
        figures, problems = found(path, lambda *asked, answer=answer: answer)
        assert not problems and {*figures.places["kind"]} == kinds
    assert {*found(path, country="United States")[0].table["place"]} == {"Alabama", "Georgia", "Idaho"}
    several = written(
        tmp_path / "b.csv", [["country", "year", "rate"], ["Peru", 2020, 9], ["Chile", 2020, 8]]
    )
    figures, problems = found(several)
    assert not problems and figures.kinds["province"].many == "countries"


def test_headings_among_the_rows_are_what_the_others_lie_in(tmp_path):
    rows = [
        ["TT", "Đơn vị", "Hộ nghèo 2018 (%)"],
        ["I", "Huyện Mèo Vạc"],
        [1, "Xã A", "45,67"],
        [2, "Xã B", "38,9"],
    ]
    rows += [["II", "Huyện Bắc Mê", "30,1"], [1, "Xã A", "20,5"], [None, "Tổng cộng", "33,3"]]
    figures, problems = found(workbook(tmp_path / "a.xlsx", rows))
    assert not problems and values(figures) == {
        **{("Huyện Bắc Mê", 2018): 30.1, ("Xã A, Huyện Mèo Vạc", 2018): 45.67},
        **{("Xã B", 2018): 38.9, ("Xã A, Huyện Bắc Mê", 2018): 20.5},
    }
    assert {kind: of.many for kind, of in figures.kinds.items()} == {
        "commune": "communes",
        "district": "districts",
    }


def test_gaps_codes_and_marks_of_footnotes(tmp_path):
    rows = [
        ["code", "province", "2015", "2017", "2021"],
        ["07", "Arland*", 9.5, None, ".."],
        ["09", "Borland 1)", None, 8.1, 7.5],
    ]
    rows += [["11", "Corland", None, None, None]]
    figures, _ = found(written(tmp_path / "a.csv", rows))
    assert values(figures) == {("Arland", 2015): 9.5, ("Borland", 2017): 8.1, ("Borland", 2021): 7.5}
    assert figures.places["code"].tolist() == ["07", "09"] and "Corland" in figures.notes[1]["vi"]
    assert "2 names: *, 1)" in figures.notes[0]["en"]


def test_what_cannot_be_is_refused_with_its_rows(tmp_path):
    wrong = {
        "a figure without a place; write": [
            ["province", "year", "rate"],
            ["A", 2020, 9],
            ["", 2021, 8],
            ["B", 2021, 7],
        ],
        "2 figures of one year (2020: 9, 8)": [["province", "year", "rate"], ["A", 2020, 9], ["A", 2020, 8]],
        "one name in two spellings; 'Hà Nội'": [
            ["province", "year", "rate"],
            *(["Hà Nội", 2020, 9], ["Huế", 2020, 9], ["Hanoi", 2021, 8]),
        ],
        "--fiscal first": [["province", "year", "rate"], ["A", "2020/21", 9], ["B", "2020/21", 8]],
        "expected a year": [["province", "year", "rate"], ["A", 2020, 9], ["B", "then", 8]],
        "leave out rows that are of no year": [["province", "year", "rate"], ["A", "", 9], ["B", "2020", 8]],
        "may part thousands": [["province", "year", "poor"], ["A", 2020, "1.234"], ["B", 2020, "987"]],
    }
    for why, rows in wrong.items():
        with pytest.raises(DataError) as refused:
            found(written(tmp_path / "a.csv", rows))
        assert why in str(refused.value) and refused.value.problems[0].row > 1, why


def test_marks_tell_the_status_of_figures_and_names_that_would_be_one_are_refused(tmp_path):
    wide = [
        ["province", "2019*", "2020", "2021", "2021p"],
        ["Arland (a)", 9, 8, 7, 7.5],
        ["Borland", 6, 5, 4, 4.5],
    ]
    long = [
        ["province", "year", "rate"],
        ["Arland*", "2019", 9],
        ["Arland", "2020", 8],
        ["Arland", "2021p", 7.5],
    ]
    for rows, statuses in ((wide, ["", "", "", "preliminary"]), (long, ["", "", "preliminary"])):
        types = {"types": {"year": "text"}} if rows is long else {}
        figures, problems = found(written(tmp_path / "a.csv", rows), reading=types)
        of = figures.table[figures.table["place"] == "Arland"]
        assert not problems and of["status"].tolist() == statuses
        assert of["year"].tolist() == [*[2019, 2020, 2021][: len(of) - 1], 2021]
        told = " ".join(note["en"] for note in figures.notes)
        assert "Preliminary, by the mark of the year: 2021p." in told and "1 name: " in told
    for names in (("Quezon (a)", "Quezon (b)"), ("Quezon", "Quezon*")):
        rows = [
            ["province", "2019", "2020"],
            *([name, 9 - i, None if i else 8] for i, name in enumerate(names)),
        ]
        with pytest.raises(DataError, match="would be one place with 'Quezon"):
            found(written(tmp_path / "a.csv", rows))
