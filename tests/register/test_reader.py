"""Registers opened from every source: the same records, every bad one told and kept, nothing half-written."""

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from helpers.reviews import classified, register_rows

from povertystats.facts.standards import national_standard
from povertystats.register.published_counts import checks_text
from povertystats.register.reader import Register, open_register
from povertystats.register.review import review

ibis = pytest.importorskip("ibis")
KEYS = ["household", "year"]


@pytest.fixture(scope="module")
def rows():
    return register_rows(households=200)


@pytest.fixture(scope="module")
def expected(rows):
    """The records that can be counted, by plain pandas."""
    return classified(rows).sort_values(KEYS, ignore_index=True)


def records(register):
    return register.records.to_pandas().sort_values(KEYS, ignore_index=True)


def assert_records(register, expected):
    found = records(register)
    assert len(found) == len(expected) == register.checks.set_index("problem").at["usable", "records"]
    for column in expected:
        assert found[column].tolist() == expected[column].tolist(), column
    assert found["poor_pct"].tolist() == (100.0 * expected["poor"]).tolist()


def write(rows, folder, kind):
    """Write one file a year."""
    for year, of_year in rows.groupby("year"):
        if kind == "parquet":
            of_year.to_parquet(folder / f"{year}.parquet", index=False)
        else:
            of_year.to_csv(folder / f"{year}.csv", index=False)
    return str(folder / f"*.{kind}")


# The same records from every source


def test_a_frame(rows, expected):
    register = open_register(rows)
    assert isinstance(register, Register) and register.files == ()
    assert_records(register, expected)


def test_parquet_in_parts(rows, expected, tmp_path):
    register = open_register(write(rows, tmp_path, "parquet"))
    assert [os.path.basename(f) for f in register.files] == [f"{year}.parquet" for year in range(2016, 2020)]
    assert_records(register, expected)


def test_csv_files_by_year_keep_codes_and_diacritics_and_need_not_name_their_year(rows, expected, tmp_path):
    assert rows["household"].str.startswith("0").all() and "01840" in set(rows["commune"])
    rows[rows["year"] == 2018].to_csv(tmp_path / "with.csv", index=False)
    rows[rows["year"] == 2019].drop(columns="year").to_csv(tmp_path / "without.csv", index=False)
    register = open_register(
        {np.int64(2018): [tmp_path / "with.csv"], 2019: tmp_path / "without.csv"}, threads=1
    )
    assert_records(register, expected[expected["year"] >= 2018].reset_index(drop=True))


def test_years_whose_columns_are_of_different_types(rows, expected):
    numbered = {year: of_year for year, of_year in rows[rows["year"] > 2017].groupby("year")}
    numbered[2019] = numbered[2019].assign(household=numbered[2019]["household"].astype(int))
    numbered[2019] = numbered[2019].astype({"urban": str, "income_vnd_k": int, "persons": float})
    expected = expected[expected["year"] > 2017].sort_values("year", kind="stable", ignore_index=True)
    expected.loc[expected["year"] == 2019, "household"] = (
        expected["household"].str.lstrip("0").replace("", "0")
    )
    assert_records(open_register(numbered), expected.sort_values(KEYS, ignore_index=True))


def test_an_ibis_table_and_the_standard_of_2022_2025():
    rows = register_rows(3, 200, (2022, 2023), "multidim_2022_2025")
    expected = classified(rows).sort_values(KEYS, ignore_index=True)
    assert set(expected["class"]) == {"poor_multidim", "near_poor", "not_poor"}
    connection = ibis.duckdb.connect()
    table = connection.create_view("homes", ibis.memtable(rows))
    register = open_register(table, standard=national_standard("multidim_2022_2025"), engine=connection)
    assert_records(register, expected)


def test_what_is_true_of_no_record_is_told_of_an_empty_register(rows):
    register = open_register(rows.iloc[:0])
    assert register.checks["records"].tolist() == [0, 0] and register.checks["share_pct"].tolist() == [0, 0]


# Bad records


BAD = {  # row: what is changed in it
    0: {"commune": None},
    1: {"head_age": "300"},
    2: {"head_age": "ba mươi"},
    3: {"income_vnd_k": -2e6},
    4: {"commune": "Trung Hoà"},
    5: {"year": 2031},
    6: {"urban": "?"},
    7: {"commune": "", "head_age": "7", "urban": "hai"},
    8: {"district": np.nan, "persons": 0},
}


@pytest.fixture(scope="module")
def spoilt(rows):
    """Records with every problem, some with several; three stand twice, one of these in another file."""
    rows = rows.astype({"head_age": object, "urban": object, "commune": object}).reset_index(drop=True)
    for row, changes in BAD.items():
        for column, value in changes.items():
            rows.loc[row, column] = value
    again = rows.loc[[20, 21, 0]].assign(persons=8)
    return pd.concat([rows, again], ignore_index=True)


@pytest.fixture(scope="module")
def rejects(opened):
    return opened.rejects.to_pandas()


@pytest.fixture(scope="module")
def kept(opened):
    return records(opened)


def problems_of(rows):
    """Which problems each record has, by plain Python: {index: {(problem, column)}}."""
    known = set(register_rows()["commune"])
    found = {i: set() for i in rows.index}
    for i, row in rows.iterrows():
        for column in ("commune", "district"):
            if not isinstance(row[column], str) or not row[column].strip():
                found[i].add(("missing", column))
        if isinstance(row["commune"], str) and row["commune"] and row["commune"] not in known:
            found[i].add(("unknown code", "commune"))
        if not str(row["head_age"]).isdigit():
            found[i].add(("unreadable", "head_age"))
        elif not 10 <= int(row["head_age"]) <= 120:
            found[i].add(("impossible", "head_age"))
        if row["urban"] not in (True, False):
            found[i].add(("unreadable", "urban"))
        if row["income_vnd_k"] < -1e6:
            found[i].add(("impossible", "income_vnd_k"))
        if row["persons"] < 1:
            found[i].add(("impossible", "persons"))
        if not 2015 <= row["year"] <= 2021:
            found[i].add(("outside the standard", "year"))
    for i in rows.index[rows.duplicated(KEYS, keep=False)]:
        found[i].add(("duplicated", "household"))
    return found


@pytest.fixture(scope="module")
def opened(spoilt, tmp_path_factory):
    folder = tmp_path_factory.mktemp("spoilt")
    spoilt.iloc[:300].to_csv(folder / "1.csv", index=False)
    spoilt.iloc[300:].to_csv(folder / "2.csv", index=False)
    return open_register(folder / "*.csv", codes={"commune": register_rows()["commune"].unique()})


def test_every_problem_is_counted_by_its_kind(opened, spoilt):
    found = problems_of(spoilt)
    counts = pd.Series([problem for of in found.values() for problem in of]).value_counts().to_dict()
    assert {problem for problem, _ in counts} == {
        "missing", "unreadable", "impossible", "unknown code", "outside the standard", "duplicated",
    }  # fmt: skip
    checks = opened.checks.set_index(["problem", "column"])["records"].to_dict()
    assert checks.pop(("read", "")) == len(spoilt)
    assert checks.pop(("usable", "")) == sum(not of for of in found.values())
    assert checks == counts
    assert opened.checks["share_pct"].tolist() == pytest.approx(100 * opened.checks["records"] / len(spoilt))


def test_no_record_is_dropped_and_every_reject_says_why(opened, spoilt, rejects, kept):
    found = problems_of(spoilt)
    assert len(rejects) + len(kept) == len(spoilt)
    sound = spoilt[[not of for of in found.values()]]
    assert sorted(map(tuple, kept[KEYS].values)) == sorted(map(tuple, sound[KEYS].values))
    told = rejects["problem"].str.split("; ").explode()
    assert {"unreadable: head_age is ba mươi", "unreadable: urban is ?"} <= set(told)
    counts = told.str.replace(r" is .*", "", regex=True).value_counts().to_dict()
    assert counts == {f"{p}: {c}": n for p, c, n, _ in opened.checks.iloc[2:].itertuples(index=False)}
    (several,) = rejects.loc[rejects["problem"].str.contains("hai"), "problem"]
    expected = {"missing: commune", "impossible: head_age", "unreadable: urban is hai"}
    assert set(several.split("; ")) == expected


def test_both_records_of_a_household_that_stands_twice_are_left_out(spoilt, rejects, kept):
    twice = spoilt.loc[[20, 21, 0], KEYS].apply(tuple, axis=1).tolist()
    assert not set(twice) & set(map(tuple, kept[KEYS].values))
    assert all((rejects[KEYS].apply(tuple, axis=1) == key).sum() == 2 for key in twice)


def test_another_year_than_the_one_of_the_file(rows):
    source = {2016: rows[rows["year"] == 2016], 2017: rows[rows["year"].isin([2017, 2018])]}
    checks = open_register(source).checks.set_index("problem")["records"]
    assert checks["mixed years"] == (rows["year"] == 2018).sum()
    assert checks["usable"] == rows["year"].isin([2016, 2017]).sum()


def test_the_checks_in_sentences(opened):
    for lang, kinds in {
        "vi": ["thiếu (commune)", "mã không tồn tại"],
        "en": ["missing (commune)", "unknown code"],
    }.items():
        text = opened.text(lang)
        assert text == checks_text(opened.checks, lang)
        assert len(text.splitlines()) == len(opened.checks) - 1
        assert all(kind in text for kind in kinds)
    with pytest.raises(ValueError, match="'fr'"):
        opened.text("fr")
    once = checks_text(opened.checks.assign(records=[2, 1, *[1] * (len(opened.checks) - 2)]), "en")
    assert "1 record." in once and "1 records" not in once


def test_its_face_reads_nothing(tmp_path):
    """A register of files that cannot be read shows itself all the same: no scan is made for a repr."""
    (tmp_path / "a.csv").write_text(
        register_rows(households=5).to_csv(index=False) + "only,three,cells\n", "utf-8"
    )
    register = open_register(tmp_path / "*.csv", columns={"ethnic": None})
    assert repr(register).startswith(
        "<Register> Household records under multidim_2016_2020 from 1 file(s): household,"
    )
    assert (
        register._repr_html_().startswith("<p>Household records under")
        and "ethnic" not in register._repr_html_()
    )
    with pytest.raises(ValueError, match=r"a\.csv"):
        register.checks  # noqa: B018


# The file of rejects


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_rejects_are_written_whole(opened, rejects, tmp_path, kind):
    path = tmp_path / f"rejects.{kind}"
    path.write_bytes(b"old")
    assert opened.write_rejects(path) == len(rejects) > 10
    assert os.listdir(tmp_path) == [path.name]
    read = pd.read_parquet(path) if kind == "parquet" else pd.read_csv(path, dtype={"household": str})
    order = [*KEYS, "problem", "persons"]
    assert read.columns.tolist() == rejects.columns.tolist() and "problem" in read
    a, b = (t.sort_values(order)[order].values.tolist() for t in (read, rejects))
    assert a == b


def test_what_stood_there_stays_when_writing_fails(opened, tmp_path, monkeypatch):
    path = tmp_path / "rejects.csv"
    path.write_text("old", "utf-8")

    def fails(table, part, **options):
        part.write_text("half", "utf-8")
        raise OSError("no space left on device")

    monkeypatch.setattr(ibis.expr.types.Table, "to_csv", fails)
    with pytest.raises(OSError, match="no space"):
        opened.write_rejects(path)
    assert os.listdir(tmp_path) == ["rejects.csv"] and path.read_text("utf-8") == "old"
    with pytest.raises(OSError, match="there is no folder .*none"):
        opened.write_rejects(tmp_path / "none" / "rejects.csv")
    with pytest.raises(ValueError, match=r"^rejects\.xlsx is neither Parquet nor CSV; expected"):
        opened.write_rejects(tmp_path / "rejects.xlsx")


KILLED = """
import sys, time
from povertystats.register.reader import open_register
import ibis
whole = ibis.expr.types.Table.to_csv
def slow(table, part, **options):
    whole(table, part, **options)
    print("written", flush=True)
    time.sleep(60)
ibis.expr.types.Table.to_csv = slow
open_register(sys.argv[1]).write_rejects(sys.argv[2])
"""


def test_a_process_that_is_killed_leaves_no_file_and_the_next_one_writes_it(opened, rejects, tmp_path):
    path = tmp_path / "rejects.csv"
    command = [sys.executable, "-c", KILLED, opened.files[0], str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"written\n"
        os.kill(process.pid, signal.SIGKILL)
    (left,) = os.listdir(tmp_path)
    assert left.startswith(".povertystats-")
    assert opened.write_rejects(path) == len(rejects)
    assert len(pd.read_csv(path)) == len(rejects) and os.listdir(tmp_path) == ["rejects.csv"]


# What is refused


def test_files_that_cannot_be_read_are_told_by_name_and_line(rows, tmp_path):
    write(rows, tmp_path, "csv")
    path = tmp_path / "2017.csv"
    lines = path.read_text("utf-8").splitlines()
    lines[41] = "only,three,cells"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(ValueError, match=r"2017\.csv.*[Ll]ine: 42"):
        open_register(tmp_path / "*.csv").checks  # noqa: B018


def test_a_sound_csv_is_not_blamed_for_a_broken_one_beside_it(rows, tmp_path):
    """Registers are read as text: a code that comes late, after thousands of numbers, is no fault of its file."""
    sound = rows.iloc[[0] * 25_001].assign(household=[*range(25_000), "HN-7"])
    sound.to_csv(tmp_path / "sound.csv", index=False)
    lines = rows[rows["year"] == 2017].to_csv(index=False).splitlines()
    lines[41] = "only,three,cells"
    (tmp_path / "broken.csv").write_text("\n".join(lines) + "\n", "utf-8")
    for ask in (lambda register: register.checks, lambda register: review(register, by="province")):
        with pytest.raises(ValueError, match=r"broken\.csv.*Line: 42") as error:
            ask(open_register(tmp_path / "*.csv"))
        assert len(error.value.problems) == 1 and "sound.csv" not in str(error.value)


def test_a_parquet_file_that_was_cut_off(rows, tmp_path):
    pattern = write(rows, tmp_path, "parquet")
    path = tmp_path / "2018.parquet"
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(ValueError, match=r"2018\.parquet") as error:
        open_register(pattern)
    assert "2017.parquet" not in str(error.value)


def test_a_parquet_file_whose_data_are_damaged(rows, tmp_path):
    pattern = write(rows, tmp_path, "parquet")
    path = tmp_path / "2018.parquet"
    data = bytearray(path.read_bytes())
    data[200:2000] = bytes(1800)
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"2018\.parquet") as error:
        records(open_register(pattern))
    assert "2017.parquet" not in str(error.value)


def test_problems_of_all_years_are_told_at_once(rows, tmp_path):
    rows.drop(columns="commune").to_parquet(tmp_path / "2018.parquet")
    source = {2016: tmp_path / "none.csv", 2017: str(tmp_path / "no*.csv"), 2018: tmp_path / "2018.parquet"}
    with pytest.raises(ValueError, match="^cannot open the register:\n") as error:
        open_register(source)
    kinds = [p.split("'")[0] for p in error.value.problems]
    assert kinds[:3] == ["2016: no file matches ", "2017: no file matches ", "2018: no column "]


def test_years_with_different_columns(rows):
    by_year = {year: of_year for year, of_year in rows.groupby("year")}
    by_year[2018] = by_year[2018].drop(columns=["ethnic", "head_age"])
    with pytest.raises(ValueError, match="^cannot open the register:\n") as error:
        open_register(by_year)
    assert error.value.problems == [
        "2018: not there in this year or in 2016: ethnic, head_age; "
        "columns={'ethnic': None, 'head_age': None} leaves them out"
    ]


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        ({}, {}, r"there is no file; expected \{year: files\}"),
        ("none/*.parquet", {}, "no file matches 'none/"),
        ([], {}, "the list of files is empty"),
        (None, {"standard": "multidim"}, "there is no standard 'multidim'; the file has income_2006_2010, "),
        (None, {"codes": {"xa": []}}, "codes: a record has no 'xa'"),
        (None, {"engine": "duck"}, "engine 'duck' is not known"),
    ],
)
def test_sources_and_options_that_do_not_fit(rows, source, options, message):
    with pytest.raises(ValueError, match=message):
        open_register(rows if source is None else source, **options)


@pytest.mark.parametrize(
    ("source", "options", "message"),
    [
        (None, {"standard": 2019}, "^standard must be the name of one or a NationalStandard, not int$"),
        ({"2019": "a.csv"}, {}, "expected {year: files} with years such as 2019, not '2019'"),
        ({True: "a.csv"}, {}, "expected {year: files} with years such as 2019, not True"),
        (5, {}, "^source must be .*, not int"),
        (None, {"columns": "household=ma_ho"}, "^columns must be a dictionary"),
        (None, {"engine": 3}, "^engine must be"),
    ],
)
def test_wrong_types(rows, source, options, message):
    with pytest.raises(TypeError, match=message):
        open_register(rows if source is None else source, **options)


def test_registers_of_generated_households_say_so(rows):
    assert not open_register(rows).illustrative
    assert not open_register(rows.assign(illustrative=False)).illustrative
    assert open_register(rows.assign(illustrative=rows.index == 3)).illustrative
