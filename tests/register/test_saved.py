"""Records that are handed out: a register that was saved tells what its files told, and is read without its texts."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.reviews import register_rows

from povertystats.files.problems import DataError
from povertystats.register.reader import open_register
from povertystats.register.review import review
from povertystats.words.errors import FileProblem, InvalidValue, Refused

pytest.importorskip("ibis")
SPOILED = {
    "income_vnd_k": ["abc", "1.5.2", "", "-30", "9000000", "NA"],
    "persons": ["2,5", "0", "", "two"],
    "dep_water": ["?", "", "2"],
    "commune": ["", "NA"],
    "year": ["20l8", "2031", ""],
    "household": ["", "household 1"],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A CSV with decimal commas, words for yes and no, and whatever may be wrong with a record."""
    rows = register_rows(households=60, years=(2017, 2018)).astype(object)
    yes_no = [c for c in rows if c.startswith("dep_")]
    rows[yes_no] = np.where(rows[yes_no].astype(bool), "Có", "Không")
    rows["income_vnd_k"] = [f"{income:.1f}".replace(".", ",") for income in rows["income_vnd_k"]]
    at = iter(rows.index[3:])
    for column, values in SPOILED.items():
        for value in values:
            rows.loc[next(at), column] = value
    path = tmp_path_factory.mktemp("written") / "register.csv"
    rows.to_csv(path, index=False, sep=";")
    return path


def copies():
    return {*Path(tempfile.gettempdir()).glob(f"povertystats-engine-{os.getpid()}-*/rows.parquet")}


def told(register):
    """Return what a register tells: checks, counts, bounds, and how many rejects have each problem."""
    found, problems = review(register, by="province", minimum=0), register.rejects.to_pandas()["problem"]
    counts = problems.str.replace("[“”]", "", regex=True).value_counts().sort_index().reset_index()
    return [register.checks, found.table, found.bounds, counts]


def test_a_saved_register_tells_what_its_file_told(written, tmp_path):
    register = open_register(written, decimal=",")
    assert (
        register.save(tmp_path / "typed.parquet")
        == register.checks["records"][0]
        == register.save(tmp_path / "years")
    )
    assert {file.name for file in (tmp_path / "years").iterdir()} == {"2017.parquet", "2018.parquet", "2031.parquet", "no-year.parquet"}  # fmt: skip
    assert not [*tmp_path.glob(".*")]
    first, typed, before = told(register), open_register(tmp_path / "typed.parquet"), copies()
    for one, another in zip(first, told(typed), strict=True):
        pd.testing.assert_frame_equal(one, another)
    pd.testing.assert_frame_equal(first[0], open_register(tmp_path / "years").checks)
    # Nothing is read from texts again: it is not kept a second time.
    assert copies() == before
    kinds = pd.read_parquet(tmp_path / "typed.parquet").dtypes
    assert (str(kinds["income_vnd_k"]), str(kinds["dep_toilet"])) == ("float64", "bool")
    lost = pd.read_parquet(tmp_path / "typed.parquet").filter(like="rest_")
    assert lost.apply(lambda texts: {*texts.dropna()}).to_dict() == {
        "rest_year": {"“20l8”"},
        "rest_income_vnd_k": {"“abc”", "“1.5.2”"},
        "rest_persons": {"“2,5”", "“two”"},
        "rest_dep_water": {"“?”", "“2”"},
    }


def test_incomes_are_saved_in_the_unit_of_the_standard_and_a_year_of_another_file_is_none(tmp_path):
    rows = register_rows(households=40, years=(2017, 2018))
    files = {year: of.assign(income_vnd_k=of["income_vnd_k"] * 1000) for year, of in rows.groupby("year")}
    files[2017] = files[2017].assign(year=[2018, *files[2017]["year"][1:]])
    register = open_register(files, units={"income_vnd_k": "vnd"})
    register.save(tmp_path / "typed.parquet")
    again = open_register(tmp_path / "typed.parquet")
    assert ("mixed years", "year") in {
        *register.checks[["problem", "column"]].itertuples(index=False, name=None)
    }
    assert again.rejects.to_pandas()["problem"].tolist() == ["unreadable: year is “2018”"]
    rest = open_register(rows.drop(index=rows.index[rows["year"] == 2017][0]))
    pd.testing.assert_frame_equal(
        review(again, by="province", minimum=0).table, review(rest, by="province", minimum=0).table
    )


def test_what_cannot_be_saved(written, tmp_path):
    with pytest.raises(DataError, match="may part thousands or be a decimal sign|decimal"):
        open_register(pd.DataFrame(register_rows(households=20)).assign(income_vnd_k="1.250")).save(tmp_path / "a.parquet")  # fmt: skip
    register = open_register(written, decimal=",")
    with pytest.raises(InvalidValue, match="register.csv is no Parquet"):
        register.save(written)
    with pytest.raises(FileProblem, match="there is no folder"):
        register.save(tmp_path / "none" / "a.parquet")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "a").touch()
    with pytest.raises(FileProblem, match="new or empty folder"):
        register.save(tmp_path / "full")
    register_rows(households=20).to_parquet(tmp_path / "own.parquet")
    with pytest.raises(Refused, match="it is read from"):
        open_register(tmp_path / "own.parquet").save(tmp_path / "own.parquet")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["full", "own.parquet"]
