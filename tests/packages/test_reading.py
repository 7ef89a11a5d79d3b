import pytest
from helpers.own_tables import long, read_with, written

from povertystats.files.problems import DataError
from povertystats.packages.headers import is_month
from povertystats.packages.reading import (
    all_years,
    holding,
    lies_over,
    nested,
    one_each,
    only_rows,
    parted_by,
    read_in_units,
    turned,
    written_cells,
)


def test_units_settle_what_is_doubtful_in_a_column(tmp_path):
    path = written(tmp_path / "a.csv", [["place", "rate (%)"], ["A", 0.305], ["B", 0.2]])
    assert read_in_units(path, {}, {}).findings.errors
    assert not read_in_units(path, {"Rate (%)": "share", "of another": "pct"}, {}).findings.errors
    years = written(tmp_path / "a.csv", [["place", "year", "rate"], ["A", 2018, 9], ["A", "2021p", 8]])
    assert read_in_units(years, {}, {}).table["year"].tolist() == ["2018", "2021p"]
    with pytest.raises(DataError, match="a.csv"):
        read_in_units(written(tmp_path / "a.csv", [[]]), {}, {})


def test_rows_keep_their_numbers_in_the_file(tmp_path):
    read, questions = read_with(written(tmp_path / "a.csv", long()))
    some = only_rows(read, {"Province": "borland", "year": "2020"}, questions)
    assert (
        some.table["poor_pct"].tolist() == [long()[15][2]] and some.rows == (16,) and not questions.problems
    )
    assert only_rows(read, {}, questions) is read and turned(read, "Arland") is read


def test_what_cells_tell_of_columns(tmp_path):
    rows = [["state", "county", "code", "y", "sex"], ["A", "Lee", 1, 2019, "f"], ["A", "Lee", 1, 2020, "m"]]
    rows += [["A", "Clay", 2, 2020, "m"], ["B", "Rex", 3, 2020, "f"]]
    read, _ = read_with(written(tmp_path / "a.csv", rows))
    assert all_years(read, "y") and not all_years(read, "sex") and not all_years(read, "county")
    assert one_each(read, "county", "code") and not one_each(read, "state", "code")
    assert lies_over(read, "state", "county") and not lies_over(read, "county", "state")
    assert holding(read, ["state", "county"], "LEE") == ["county"]
    assert parted_by(read, [2, 3], {"county"}) == ("sex", ["f", "m"])
    assert parted_by(read, [3, 4], {"county", "code"}) is None
    months = ("2020-03", "2020Q1", "2020M12", "2020", "rate")
    assert [is_month(text) for text in months] == [True, True, True, False, False]


AREAS = ["Norland 1/", "..East", "....Arland a/, b/", "....Borland", "..West 2/", "....Corland", "....West"]


def levels(path, names, **said):
    rows = [["Area", "2015", "2018", "2021p"]] + [
        [name, 30 - i, 29 - i, 28 - i] for i, name in enumerate(names)
    ]
    read, questions = read_with(written(path, rows, sep=";"))
    return nested(read, written_cells(path, {}), questions, **said), questions.problems


def test_dots_or_blanks_before_names_show_what_they_lie_in(tmp_path):
    for sign in (".", " ", "\u2013", "\u00a0"):
        found, problems = levels(tmp_path / "a.csv", [n.replace(".", sign) for n in AREAS], country="Norland")
        above = [cell if isinstance(cell, str) else "" for cell in found.read.table[found.parent]]
        assert above == ["", "", "East", "East", "", "West (area)", "West (area)"] and not problems, sign
        names = ["Norland", "East", "Arland a/, b/", "Borland", "West (area)", "Corland", "West"]
        assert found.read.table["Area"].tolist() == names and found.country == "Norland"
    # A blank by chance, or a table of one level, shows nothing; names are as they are.
    for names in (["A", " B", "C", "D"], ["- A", "- B", "- C"]):
        found, problems = levels(tmp_path / "a.csv", names)
        assert found.parent == "" and not problems
        assert found.read.table["Area"].tolist() == [name.strip(" -") for name in names]


def test_rows_beside_a_country_and_totals_are_left_out_and_told(tmp_path):
    beside = ["Special computation:", "Norland without Corland"]
    found, _ = levels(tmp_path / "a.csv", [*AREAS, *beside], country="Norland")
    assert found.read.rows == tuple(range(2, 9))
    assert [note["en"] for note in found.notes][1].endswith("Special computation:, Norland without Corland.")
    found, _ = levels(tmp_path / "a.csv", [*AREAS[1:], "Total"])
    assert len(found.read.table) == 6 and "Totals, left out: Total" in found.notes[1]["en"]
    found, _ = levels(tmp_path / "a.csv", ["Total", *AREAS[1:]], country="Norland")
    assert found.read.table["Area"].iloc[0] == "Norland"


def test_what_dots_or_letters_may_mean_is_asked(tmp_path):
    assert "Is Norland the whole country?" in levels(tmp_path / "a.csv", AREAS)[1][0]
    assert "3 levels" in levels(tmp_path / "a.csv", AREAS, country="Erewhon")[1][0]
    assert "1 of 4 names begin" in levels(tmp_path / "a.csv", ["A", ".B", "C", "D"])[1][0]
    assert not levels(tmp_path / "a.csv", AREAS, parent="Area")[1]
    read, questions = read_with(written(tmp_path / "b.csv", [["Area", "2015r", "2015u"], ["A", 9, 8]]))
    nested(read, written_cells(tmp_path / "b.csv", {}), questions)
    assert "letters behind years (r, u)" in questions.problems[0]
