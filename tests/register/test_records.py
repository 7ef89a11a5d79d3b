"""Raw rows of every kind: what can be read as a record, what is wrong with the others, which options are refused."""

import numpy as np
import pandas as pd
import pytest
from helpers.reviews import register_rows

from povertystats.facts.standards import national_standard
from povertystats.files.numbers import Notation
from povertystats.register.columns import COVERAGE, LIMITS, OPTIONAL, TEXTS, columns_of
from povertystats.register.records import kept, read_records, rests

ibis = pytest.importorskip("ibis")
STANDARD = national_standard()
COLUMNS = [*columns_of(STANDARD)[0]]
# In one frame for all cases below: one query tells of all of them.
GOOD = register_rows(households=5, years=(2016,)).iloc[0].to_dict()


def read(frame, **options):
    """Return the typed rows and, for each, the problems found in it."""
    typed, problems = read_records(ibis.memtable(frame), STANDARD, **options)
    typed = typed.to_pandas()
    told = [[(kind, c) for kind, c, name in problems if typed.at[i, name]] for i in typed.index]
    return typed, told


CASES = [
    # what stands in the file, what is read, what is wrong
    ("head_age", "45", 45, None),
    ("head_age", " 45.0 ", 45, None),
    ("head_age", "300", 300, "impossible"),
    ("head_age", "9", 9, "impossible"),
    ("head_age", "ba mươi", None, "unreadable"),
    ("head_age", "30.5", None, "unreadable"),
    ("head_age", "1e300", None, "unreadable"),
    ("head_age", "inf", None, "unreadable"),
    ("head_age", "", None, "missing"),
    ("persons", "0", 0, "impossible"),
    ("persons", "50", 50, None),
    ("income_vnd_k", "650.5", 650.5, None),
    ("income_vnd_k", "-5", -5, None),
    ("income_vnd_k", "-1000000", -1_000_000, None),
    ("income_vnd_k", "-1000000.1", -1_000_000.1, "impossible"),
    ("income_vnd_k", "1000000", 1_000_000, None),
    ("income_vnd_k", "1000000.1", 1_000_000.1, "impossible"),
    ("income_vnd_k", "0", 0, None),
    ("income_vnd_k", "1,5", None, "unreadable"),
    ("income_vnd_k", "nan", None, "missing"),
    ("income_vnd_k", "inf", None, "unreadable"),
    ("income_vnd_k", "   ", None, "missing"),
    ("year", "99999999999999999999", None, "unreadable"),
    ("year", "2014", 2014, "outside the standard"),
    ("year", "2015", 2015, None),
    ("year", "2021", 2021, None),
    ("year", "2022", 2022, "outside the standard"),
    ("urban", "có", True, None),
    ("urban", " Không ", False, None),
    ("urban", "TRUE", True, None),
    ("urban", "0", False, None),
    ("urban", "1.0", True, None),
    ("urban", "?", None, "unreadable"),
    ("urban", None, None, "missing"),
    ("dep_water", "Y", True, None),
    ("dep_water", "2", None, "unreadable"),
    ("commune", " 01840 ", "01840", None),
    ("commune", "  ", None, "missing"),
    ("commune", None, None, "missing"),
    ("household", "", None, "missing"),
    ("borrower", "n", False, None),
]


@pytest.fixture(scope="module")
def cases():
    good = {column: str(value) for column, value in GOOD.items()}
    return read(pd.DataFrame([{**good, column: value} for column, value, *_ in CASES]))


@pytest.mark.parametrize("case", range(len(CASES)), ids=lambda i: f"{CASES[i][0]}={CASES[i][1]}")
def test_what_stands_in_a_file_is_read_or_told(cases, case):
    column, raw, expected, problem = CASES[case]
    typed, told = cases
    value = typed.at[case, column]
    if column in TEXTS and isinstance(value, str):
        value = value.strip() or None  # the register does so, where there are any blanks
    assert pd.isna(value) if expected is None else value == expected
    assert told[case] == ([(problem, column)] if problem else [])
    if problem == "unreadable":
        assert typed.at[case, f"raw_{column}"] == raw


def test_what_has_its_type_already_is_taken_as_it_is():
    rows = register_rows(households=9, years=(2016,)).head(3)
    rows["head_age"] = [40.0, np.nan, 12.0]
    typed, told = read(rows)
    assert told == [[], [("missing", "head_age")], []]
    assert typed["urban"].tolist() == rows["urban"].tolist()
    assert typed[[*STANDARD.columns]].equals(rows[[*STANDARD.columns]].reset_index(drop=True))
    assert typed["household"].tolist() == rows["household"].tolist()


def test_numbers_of_places_become_texts_and_flags_of_0_and_1_are_read():
    rows = register_rows(households=5, years=(2016,)).assign(commune=1840, urban=1, dep_water=0.0)
    typed, told = read(rows)
    assert set(typed["commune"]) == {"1840"} and typed["urban"].all() and not typed["dep_water"].any()
    assert not any(told)


def test_a_record_may_have_several_problems():
    rows = pd.DataFrame([{**GOOD, "commune": None, "head_age": 300, "income_vnd_k": -1e7, "year": 2030}])
    expected = {("missing", "commune"), ("impossible", "head_age"), ("impossible", "income_vnd_k")}
    assert set(read(rows)[1][0]) == expected | {("outside the standard", "year")}


def test_codes_that_exist_and_limits_of_ones_own():
    rows = pd.DataFrame([{**GOOD, "commune": "01840"}, {**GOOD, "commune": "1840", "persons": 12}])
    codes = {"commune": {"01840", "01841"}, "household": [GOOD["household"]]}
    assert read(rows, codes=codes, limits={"persons": (1, 10)})[1] == [
        [],
        [("unknown code", "commune"), ("impossible", "persons")],
    ]
    assert LIMITS["persons"] == (1, 50)
    numbered = pd.DataFrame([{**GOOD, "household": 5}, {**GOOD, "household": 6}])
    typed, told = read(numbered, codes={"household": [5, 7]})
    assert typed["household"].tolist() == [5, 6] and told == [[], [("unknown code", "household")]]


def test_ones_own_names_and_names_made_of_several():
    rows = pd.DataFrame([GOOD, GOOD]).rename(columns={"household": "ho", "head_age": "tuổi chủ hộ"})
    rows = rows.assign(xa=["01", " "], ho=["5", "6"])
    columns = {"household": ["xa", "ho"], "head_age": "tuổi chủ hộ", "ethnic": None}
    typed, told = read(rows, columns=columns)
    assert typed.at[0, "household"] == "01/5" and typed.at[0, "head_age"] == GOOD["head_age"]
    assert told == [[], [("missing", "household")]], "without its commune a number tells no household"
    assert "ethnic" not in typed and "ho" not in typed


def test_the_year_of_a_file_may_be_left_out_and_must_be_the_one_of_its_rows():
    rows = pd.DataFrame([GOOD, {**GOOD, "year": 2017}, {**GOOD, "year": 2030}])
    mixed, outside = ("mixed years", "year"), ("outside the standard", "year")
    assert read(rows, year=2016)[1] == [[], [mixed], [outside, mixed]]
    typed, told = read(rows.drop(columns="year"), year=2016)
    assert typed["year"].tolist() == [2016] * 3 and not any(told)


def test_columns_needed_and_optional():
    needed, optional = columns_of(national_standard("multidim_2022_2025"))
    assert {"dep_employment", "dep_nutrition", "household"} <= {*needed} and "dep_health_care" not in needed
    assert {*COVERAGE, "ethnic", "illustrative"} <= {*optional} == {*OPTIONAL}
    rows = pd.DataFrame([GOOD])[COLUMNS]
    assert [c for c in read(rows)[0] if not c.startswith(("raw_", "problem_"))] == COLUMNS


def test_texts_are_kept_as_what_they_surely_are_and_the_rest_as_it_stands():
    cells = {"household": ["12", "012", None], "urban": ["Có", "x\x1fy", ""], "persons": ["4", "4.0", "many"]}
    cells |= {"income_vnd_k": ["650", "12.5", "1.500"], "commune": ["01840", " ", None]}
    rows = pd.DataFrame([{**GOOD, **{c: of[i] for c, of in cells.items()}} for i in range(3)])
    how = {"notation": Notation(), "year": None, "packed": True}
    table = kept(ibis.memtable(rows.astype({"year": str})), STANDARD, **how)
    sure, rest = table.to_pandas(), table.select(**rests(table)).to_pandas()
    read = {
        c: [None if pd.isna(v) else v for v in sure[c]]
        for c in ("household", "urban", "persons", "income_vnd_k")
    }
    assert read == {
        "household": [12, None, None],
        "urban": [True, None, None],
        "persons": [4, None, None],
        "income_vnd_k": [650.0, 12.5, None],
    }
    left = {c: [None if pd.isna(v) else v for v in rest[c]] for c in read}
    assert left == {
        "household": [None, "012", None],
        "urban": [None, "x y", None],
        "persons": [None, "4.0", "many"],
        "income_vnd_k": [None, ".0", "1.500"],
    }
    assert sure["commune"].tolist()[:2] == ["01840", " "] and "commune" not in rest
    typed = kept(ibis.memtable(pd.DataFrame([GOOD])), STANDARD, **how)
    assert not rests(typed), "what has its types is not kept twice"


def refused(frame, **options):
    with pytest.raises(ValueError, match="^cannot read the register:\n") as error:
        read_records(ibis.memtable(frame), STANDARD, **options)
    return error.value.problems


def test_all_that_is_wrong_with_the_options_is_told_at_once():
    rows = pd.DataFrame([GOOD]).rename(columns={"commune": "comune", "year": "nam"}).drop(columns="ethnic")
    problems = refused(
        rows,
        columns={
            "hausehold": "ho",
            "persons": 5,
            "trained": [],
            "head_age": None,
            "urban": None,
            "district": "huyen",
        },
        codes={"comune": ["01"], "year": [2016], "province": "abc", "ethnic": ["Kinh"]},
        limits={"urban": (0, 1), "persons": 5, "head_age": (90, 10), "income": (0, 1)},
    )
    assert problems == [
        "columns: a record has no 'hausehold'; did you mean household?",
        "columns: 'persons': 5; expected a name, a list of names, or None",
        "columns: 'trained': []; expected a name, a list of names, or None",
        "codes: a record has no 'comune'; did you mean commune?",
        "codes: 'year' is none of household, province, district, commune, region, ethnic, stratum, psu, which may have codes",
        "codes: 'province': 'abc'; expected a list of the values that exist",
        "limits: 'urban' is none of year, persons, head_age, income_vnd_k, which may have limits",
        "limits: 'persons': 5; expected (lowest, highest)",
        "limits: 'head_age': (90, 10); expected (lowest, highest)",
        "limits: a record has no 'income'",
        "'urban' is needed; expected a column, not None",
        "codes: the register has no 'ethnic', or it is not used",
        "limits: the register has no 'head_age', or it is not used",
        "no column 'year' for 'year'",
        "no column 'huyen' for 'district' (columns={'district': …})",
        "no column 'commune' for 'commune'; did you mean comune?",
        f"the register has the columns {', '.join(rows.columns)}",
    ]


@pytest.mark.parametrize("option", ["columns", "codes", "limits"])
def test_options_are_dictionaries(option):
    with pytest.raises(TypeError, match=f"^{option} must be a dictionary of columns, not list$"):
        read_records(ibis.memtable(pd.DataFrame([GOOD])), STANDARD, **{option: ["head_age"]})
