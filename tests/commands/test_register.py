import sys

import pandas as pd
import pytest
from helpers.criteria import ABROAD
from helpers.reviews import register_rows

import povertystats as ps


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Two years of illustrative households in files, under a name of their keeper's own."""
    pytest.importorskip("ibis")
    folder = tmp_path_factory.mktemp("homes")
    rows = register_rows(households=250, years=(2018, 2019)).assign(illustrative=True)
    rows = rows.rename(columns={"household": "ma_ho"})
    for year, of_year in rows.groupby("year"):
        of_year.to_parquet(folder / f"{year}.parquet")
    return folder


def test_register_writes_tables_of_counts(run, homes, tmp_path):
    output = tmp_path / "new" / "tables"
    how = ["--by", "province", "--column", "household=ma_ho"]
    code, out, err = run("register", str(homes / "*.parquet"), "--output", str(output), *how, "--lang", "en")
    assert (code, err) == (0, "")
    register = ps.open_register(homes / "*.parquet", columns={"household": "ma_ho"})
    found, moved = ps.review(register, by="province"), ps.transitions(register, by="province")
    said = (
        found.text("en")
        + "\n"
        + moved.text("en")
        + "\nBeside these files, tables of the same records may be "
    )
    assert out.startswith(said) and out.startswith("Illustrative data")
    tables = {"review": found.table, "transitions": moved.table, "checks": found.checks}
    assert sorted(path.name for path in output.iterdir()) == sorted(f"{name}.csv" for name in tables)
    for name, table in tables.items():
        read = pd.read_csv(output / f"{name}.csv")
        assert read.columns.tolist() == table.columns.tolist() and len(read) == len(table)
        counts = [column for column in table if column.endswith("households")]
        pd.testing.assert_frame_equal(read[counts], table[counts].astype(float), check_dtype=False)
        assert "ma_ho" not in read and "household" not in read


def test_register_takes_a_key_from_a_file(run, homes, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a long secret of the office\n", "utf-8")
    how = [
        "--by",
        "province",
        "--column",
        "household=ma_ho",
        "--lang",
        "en",
        "--output",
        str(tmp_path / "out"),
    ]
    code, out, err = run("register", str(homes / "*.parquet"), *how, "--key-file", str(secret))
    assert (code, err) == (0, "") and "random noise of at most 20 households" in out and "a long" not in out
    assert "Beside these files" not in out
    assert (pd.read_csv(tmp_path / "out" / "review.csv")["noise_at_most"] == 20).all()
    missing = run("register", str(homes / "*.parquet"), *how, "--key-file", str(tmp_path / "none.txt"))
    assert missing[0] == 1 and "--key-file" in missing[2]


def test_register_of_one_year_each_by_group_in_vietnamese(run, homes, tmp_path):
    options = [
        "--output",
        str(tmp_path),
        "--by",
        "province",
        "--group",
        "ethnic",
        "--column",
        "household=ma_ho",
    ]
    code, out, err = run("register", f"2019={homes / '2019.parquet'}", *options, "--minimum", "5")
    assert (code, err) == (0, "") and "Bắc Kạn, cuối năm 2019: " in out and out.startswith("Số liệu minh họa")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checks.csv", "review.csv"]
    table = pd.read_csv(tmp_path / "review.csv")
    assert {"Tày", "Dao"} <= {*table["ethnic"].dropna()} and not table["households"].between(1, 4).any()


def test_register_refuses_records_and_small_cells_and_leaves_what_is_there(run, homes, tmp_path):
    (tmp_path / "review.csv").write_text("old", "utf-8")
    files, output = str(homes / "*.parquet"), ["--output", str(tmp_path)]
    code, out, err = run(
        "register", files, "2018=a.csv", *output, "--by", "household", "--minimum", "1", "--column", "ma_ho"
    )
    assert (code, out) == (1, "") and err.splitlines() == [
        "povertystats register: cannot count the register:",
        "- --column ma_ho: expected NAME=OWN",
        "- --by household: no file with records of households is written, only counts of places",
        "- --minimum 1: expected 2 or more; smaller cells tell of single households",
        "- some files name their year (YEAR=FILE) and some do not; expected all or none",
    ]
    for wrong, reason in {
        ("--column", "hausehold=ma_ho"): "did you mean household?",
        ("--column", "household=ho"): "no column 'ho' for 'household'",
        ("--column", "household=ma_ho", "--by", "village"): "'village' is no level of places",
        ("--column", "household=ma_ho", "--group", "urban"): "expected one of ethnic",
        ("--standard", "multidim"): "there is no standard 'multidim'",
    }.items():
        code, out, err = run("register", files, *output, *wrong)
        assert (code, out) == (1, "") and reason in err
    assert run("register", str(homes / "none*.parquet"), *output)[0] == 1
    assert run("register", files)[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["review.csv"]
    assert (tmp_path / "review.csv").read_text("utf-8") == "old"


def test_register_takes_a_standard_of_a_file_and_bounds_what_is_left_out(run, tmp_path):
    (tmp_path / "abroad.toml").write_text(ABROAD, encoding="utf-8")
    rows = pd.DataFrame(
        {"household": [f"h{i}" for i in range(60)], "year": 1998, "thu_nhap": [5.0, 9.0] * 30}
    )
    rows = rows.assign(province="P", district="D", commune="C", region="Sylhet", urban=0)
    rows.loc[:3, "thu_nhap"] = None
    rows.to_csv(tmp_path / "homes.csv", index=False)
    how = ["--standard", f"{tmp_path / 'abroad.toml'}:abroad", "--by", "province", "--lang", "en"]
    how += ["--column", "income_tk=thu_nhap", "--unit", "income_tk=tk_k"]
    code, out, err = run("register", str(tmp_path / "homes.csv"), "--output", str(tmp_path / "out"), *how)
    assert (code, err) == (0, "")
    assert out.startswith(
        "P, end of 1998: 28 poor households of 56 (50.00%).\nOf all households by class: ultra poor 50.00%;"
    )
    bounds = pd.read_csv(tmp_path / "out" / "bounds.csv")
    assert bounds[["problem", "records", "lowest_pct", "highest_pct"]].round(2).values.tolist() == [
        ["missing", 4, 46.67, 53.33], ["all", 4, 46.67, 53.33]
    ]  # fmt: skip


def test_register_writes_all_its_tables_or_none(run, homes, tmp_path):
    (tmp_path / "review.csv").write_text("old", "utf-8")
    (tmp_path / "transitions.csv").mkdir()
    how = ["--output", str(tmp_path), "--by", "province", "--column", "household=ma_ho"]
    code, out, err = run("register", str(homes / "*.parquet"), *how)
    assert (code, out) == (1, "") and "transitions.csv: not a regular file" in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["review.csv", "transitions.csv"]
    assert (tmp_path / "review.csv").read_text("utf-8") == "old"


def test_register_without_its_extra_says_what_to_install(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ibis", None)
    code, out, err = run("register", "a.csv", "--output", str(tmp_path))
    assert (code, out) == (1, "") and 'register needs ibis: pip install "povertystats[register]"' in err
