"""A register's own options: words, rejects that no spreadsheet runs, no record left."""

import unicodedata

import pandas as pd
import pytest
from helpers.reviews import register_rows

from povertystats.facts.standards import national_standard
from povertystats.register.columns import COVERAGE
from povertystats.register.reader import open_register
from povertystats.register.review import review

pytest.importorskip("ibis")


@pytest.fixture(scope="module")
def rows():
    return register_rows(households=60, years=(2018, 2019))


def test_yes_and_no_in_any_words(rows, tmp_path):
    """Records of one file may differ in their words; a word of one's own takes the place of the usual ones."""
    path, flags = tmp_path / "a.csv", [*national_standard().columns, *COVERAGE, "urban"]
    expected = review(open_register(rows), by="district", minimum=0).table
    usual = [("Có", "Không"), ("x", "0"), ("CO", "ko"), ("1.0", "0.0")]
    for words, options in (
        (usual, {}),
        ([("ja", "nein")], {"yes": ["ja"], "no": ["nein"]}),
        ([("x", "")], {"no": ["", "0"]}),
    ):
        written = rows.assign(
            **{
                c: [words[(i + k) % len(words)][not met] for i, met in enumerate(rows[c])]
                for k, c in enumerate(flags)
            }
        )
        written.to_csv(path, index=False)
        table = review(open_register(path, **options), by="district", minimum=0).table
        pd.testing.assert_frame_equal(table, expected)


def test_names_in_either_form_of_unicode_are_one_place(rows, tmp_path):
    names = ["province", "district", "commune", "ethnic"]
    mixed = rows.copy()
    mixed.loc[mixed.index % 3 == 0, names] = mixed[names].map(lambda n: f" {unicodedata.normalize('NFD', n)}")
    mixed["province"] = mixed["province"].str.replace("đ", "ð")
    mixed.to_csv(tmp_path / "a.csv", index=False)
    expected = review(open_register(rows), group="ethnic", minimum=0).table
    for source in (mixed, tmp_path / "a.csv"):
        found = review(open_register(source), group="ethnic", minimum=0).table
        pd.testing.assert_frame_equal(found, expected)


def test_years_are_dates_or_numbers(rows):
    dated = rows.assign(year=pd.to_datetime(rows["year"].astype(str) + "-12-31"))
    found, expected = (review(open_register(of), by="province").table for of in (dated, rows))
    pd.testing.assert_frame_equal(found, expected)


def test_no_spreadsheet_runs_what_a_rejected_record_says(rows, tmp_path):
    bad = rows.assign(
        head_age="=1+1", commune=["=cmd()", "+1", "-1", "@A"] * (len(rows) // 4) + ["C"] * (len(rows) % 4)
    )
    path = tmp_path / "rejects.csv"
    assert open_register(bad).write_rejects(path) == len(rows)
    cells = pd.read_csv(path, dtype=str)
    assert not cells.apply(lambda column: column.str.startswith(("=", "+", "-", "@"), na=False)).any(
        axis=None
    )


def test_no_record_left_says_why(rows):
    why = rf"no record to be counted: of {len(rows)} read, {len(rows)} outside the standard \(year\)"
    with pytest.raises(ValueError, match=why):
        review(open_register(rows.assign(year=2009)))
