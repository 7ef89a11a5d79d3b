import pytest
from helpers.own_tables import read_with, written

from povertystats.files.problems import DataError
from povertystats.packages.columns import Wanted, columns_of
from povertystats.packages.figures import figures_of
from povertystats.packages.indicators import indicators_of
from povertystats.packages.phrase import read_phrase
from povertystats.packages.reading import read_in_units


def made(tmp_path, header, cells, wanted=None, ask=None, **said):
    path = written(
        tmp_path / "a.csv", [["province", "year", *header], ["A", 2020, *cells], ["B", 2021, *cells]], sep=";"
    )
    _, questions = read_with(path, ask)
    read = read_in_units(path, said.get("units") or {}, {})
    columns = columns_of(read, wanted or Wanted(roles={"outcome": tuple(header)}), questions)
    table = figures_of(read, columns, questions).table
    found, rows = indicators_of(read, columns, table, questions, **said)
    return [(one.code, one.title, one.unit) for one in found], rows["value"].tolist(), questions.problems


def test_units_and_titles_are_those_that_headers_tell(tmp_path):
    header = [
        "poor_pct",
        "Tỷ lệ hộ nghèo (%)",
        "Số hộ nghèo",
        "Thu nhập (nghìn đồng)",
        "Poverty rate",
        "Gini index",
    ]
    found, _, problems = made(tmp_path, header, [9.5, 8, 1200, 950, 9.5, 0.4])
    assert not problems and found == [
        ("poor_pct", "Poor (%)", "pct"),
        ("ty_le_ho_ngheo_pct", "Tỷ lệ hộ nghèo", "pct"),
        ("so_ho_ngheo", "Số hộ nghèo", "households"),
        ("thu_nhap", "Thu nhập", "vnd_k"),
        ("poverty_rate_pct", "Poverty rate", "pct"),
        ("gini_index", "Gini index", "index"),
    ]


def test_what_no_header_tells_is_said_by_a_target_or_an_option_or_asked(tmp_path):
    nameless = Wanted()
    phrases = (read_phrase("poor people <= 9% in 2022"),)
    assert made(tmp_path, ["value"], [9.5], nameless, phrases=phrases)[0] == [
        ("poor_people_pct", "Poor people", "pct")
    ]
    found, _, problems = made(
        tmp_path, ["value"], [9.5], nameless, name="poor", units={"poor": "pct"}, titles={"poor": "The poor"}
    )
    assert not problems and found == [("poor_pct", "The poor", "pct")]
    _, _, problems = made(tmp_path, ["value"], [9.5], nameless)
    assert "--indicator NAME" in problems[0] and "such as 'a'" in problems[0]
    _, _, problems = made(tmp_path, ["poor"], [9.5])
    assert problems == [
        "In which unit are the figures of 'poor' (9.5 to 9.5)? pct, share, persons, households, index, … "
        "(answer with --unit \"poor=UNIT\"; such as 'pct')"
    ]
    found, values, problems = made(tmp_path, ["poor"], [0.095], ask=lambda question, choices, likely: likely)
    assert not problems and found[0][2] == "pct" and values == [9.5, 9.5]


def test_shares_become_per_cent_where_it_is_said_and_never_what_exceeds_one(tmp_path):
    found, values, problems = made(tmp_path, ["Poverty rate"], [0.305], units={"Poverty rate": "share"})
    assert not problems and values == [30.5, 30.5]
    found, values, problems = made(tmp_path, ["Poverty rate"], [0.305], units={"Poverty rate": "pct"})
    assert not problems and values == [0.305, 0.305]
    assert "are no shares" in made(tmp_path, ["poor"], [30.5], units={"poor": "share"})[2][0]
    with pytest.raises(DataError, match="shares may be meant"):
        made(tmp_path, ["Poverty rate"], [0.305])


def test_a_file_without_a_table_is_refused(tmp_path):
    for text in ("", "only a title", "a,b"):
        path = tmp_path / "a.csv"
        path.write_text(text, "utf-8")
        with pytest.raises(DataError, match="a.csv"):
            read_in_units(path, {}, {})
