import pytest
from helpers.own_tables import long, read_with, written

from povertystats.files.problems import DataError
from povertystats.packages.headers import is_month
from povertystats.packages.reading import (
    all_years,
    holding,
    lies_over,
    one_each,
    only_rows,
    parted_by,
    read_in_units,
    turned,
)


def test_units_settle_what_is_doubtful_in_a_column(tmp_path):
    path = written(tmp_path / "a.csv", [["place", "rate (%)"], ["A", 0.305], ["B", 0.2]])
    assert read_in_units(path, {}, {}).findings.errors
    assert not read_in_units(path, {"Rate (%)": "share", "of another": "pct"}, {}).findings.errors
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
