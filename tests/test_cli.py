import json
import os
import re
import shlex
import signal
import subprocess
import sys
import unicodedata

import openpyxl
import pandas as pd
import pytest
from helpers.packages import foreign, written

import povertystats as ps
from povertystats.cli import main
from povertystats.commands.options import AS_OF, PLACE
from povertystats.files import writing
from povertystats.pages import site
from povertystats.words.errors import Failed
from povertystats.words.wording import say

HEADER = "place,indicator,year,period,value,bound,unit,status,standard,source_id,available_from"
GOOD = "bac kan,poor_household_pct,{},,{},,pct,official,multidim_2016_2020,article-2020-05-07,2020-05-07"


@pytest.fixture
def package(tmp_path):
    def write(*rows, **more):
        (tmp_path / "mine.csv").write_text("\n".join([HEADER, *rows, ""]), "utf-8")
        descriptor = {
            "name": "mine",
            "extends": "povertystats",
            "resources": [{"name": "mine", "path": "mine.csv"}],
            **more,
        }
        (tmp_path / "datapackage.json").write_text(json.dumps(descriptor), "utf-8")
        return str(tmp_path / "datapackage.json")

    return write


# What is served


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_scorecard_prints_what_the_object_says(run, known, lang):
    expected = ps.scorecard(known, place=PLACE).text(lang) + "\n"
    assert run("scorecard", "--lang", lang) == (0, expected, "")
    assert run("scorecard", "--lang", lang, "--place", "bac kan", "--as-of", AS_OF) == (0, expected, "")


def test_scorecard_speaks_vietnamese_unless_told_otherwise(run, known):
    assert run("scorecard") == (0, ps.scorecard(known).text("vi") + "\n", "")


def test_scorecard_of_another_place_and_day(run, facts):
    later = facts.as_of("2021-12-31")
    expected = ps.scorecard(later).text("en") + "\n"
    assert run("scorecard", "--as-of", "2021-12-31", "--lang", "en") == (0, expected, "")
    code, out, err = run("scorecard", "--place", "Ha Giang", "--lang", "en")
    assert (code, err) == (0, "") and out == ps.scorecard(facts.as_of(AS_OF), place="Hà Giang").text(
        "en"
    ) + "\n"


def test_scorecard_from_a_package_of_ones_own(run, package):
    path = package(GOOD.format(2019, 19.57))
    code, out, err = run("scorecard", "--data", path, "--lang", "en")
    card = ps.scorecard(ps.load_facts(path).as_of(AS_OF))
    assert (code, out, err) == (0, card.text("en") + "\n", "")
    assert (
        card.table["latest_value"].tolist()
        == ps.scorecard(ps.load_facts().as_of(AS_OF)).table["latest_value"].tolist()
    )


def test_a_package_that_stands_alone_is_asked_of_its_own_place_and_last_day(run, tmp_path):
    path = written(tmp_path / "mine", foreign(), extends=False)
    known = ps.load_facts(path).as_of("2024-07-15")
    code, out, err = run("scorecard", "--data", str(path), "--lang", "en")
    assert (code, out, err) == (0, ps.scorecard(known, place="Nusaaa").text("en") + "\n", "")
    assert "2024" in out and ps.scorecard(known) is ps.scorecard(known, place="nusaaa")


def test_csv_is_the_table(run, known, tmp_path):
    path = tmp_path / "card.csv"
    path.write_text("old", "utf-8")
    code, out, err = run("scorecard", "--csv", str(path))
    assert (code, err) == (0, "") and out == ps.scorecard(known).text("vi") + "\n"
    assert [p.name for p in tmp_path.iterdir()] == ["card.csv"]
    read, table = pd.read_csv(path), ps.scorecard(known).table
    assert read.columns.tolist() == table.columns.tolist()
    assert read["places"].tolist() == table["places"].tolist()
    pd.testing.assert_series_equal(read["probability"], table["probability"].astype(float))
    assert b"\r" not in path.read_bytes()


def test_validate_counts_what_is_there(run, facts, package):
    code, out, err = run("validate")
    assert (code, err) == (0, "")
    assert out.startswith(
        f"valid: {len(facts.table)} facts on {facts.table['indicator'].nunique()} indicators"
    )
    assert f"{facts.table['place'].nunique()} places, {len(facts.targets)} targets" in out
    path = package(GOOD.format(2019, 19.57), GOOD.format(2018, 21.88), illustrative=True)
    expected = "valid: 2 facts on 1 indicator in 1 place, {} targets, 2 of them illustrative (they reach no finding)\n"
    expected = expected.format(len(ps.load_facts(path).targets))
    assert run("validate", path) == (0, expected, "")
    path = package(GOOD.format(2019, 19.57), illustrative=True)
    assert run("validate", path)[1].endswith("1 of them illustrative (it reaches no finding)\n")


@pytest.mark.parametrize(
    ("lang", "languages"),
    [([], ("vi", "en")), (["--lang", "en"], ("en",)), (["--lang", "both"], ("vi", "en"))],
)
def test_brief_hands_its_options_to_the_pages(run, monkeypatch, tmp_path, lang, languages):
    calls = []
    monkeypatch.setattr(site, "write_pages", lambda *given, **options: calls.append((given, options)))
    assert (
        run("brief", "--output", str(tmp_path), "--place", "ha giang", "--as-of", "2019-12-31", *lang)[0] == 0
    )
    ((given, options),) = calls
    options.pop("report")("a line")
    assert given == (str(tmp_path),)
    known = {"place": "Hà Giang", "as_of": "2019-12-31", "data": None, "pdf": False, "executed": None}
    assert options == known | {"languages": languages}


def test_the_brief_is_printed_when_asked_for(run, monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(site, "write_pages", lambda *_, **options: calls.append(options["pdf"]))
    assert run("brief", "--pdf", "--output", str(tmp_path))[0] == 0 and calls == [True]


def test_the_scorecard_is_written_as_a_workbook(run, tmp_path):
    path = tmp_path / "card.xlsx"
    code, out, err = run("scorecard", "--xlsx", str(path), "--lang", "en")
    assert (code, err) == (0, "") and re.search(r"\b(5\d|6\d|7[0-5])%", out)
    assert say("workbook.sheet.card", "en") in openpyxl.load_workbook(path).sheetnames
    code, _, err = run("scorecard", "--xlsx", str(tmp_path / "no" / "card.xlsx"))
    assert code == 1 and f"no folder {tmp_path / 'no'}" in err


# What is refused


@pytest.mark.parametrize("command", ["scorecard", "brief"])
@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--place", "Bac Kam"], "there is no place 'Bac Kam'; did you mean Bắc Kạn"),
        (["--place", "Atlantis"], "there is no place 'Atlantis'"),
        (["--place", ""], "there is no place ''"),
        (["--as-of", "7/5/2020"], "'7/5/2020' is not a date; expected year-month-day"),
        (["--as-of", "2020-02-30"], "'2020-02-30' is not a date"),
        (["--data", "no-such-folder"], "no-such-folder: there is no such file"),
        (["--data", "no-such-folder/datapackage.json"], "there is no such file"),
        (["--data", __file__], "expected readable JSON"),
    ],
)
def test_a_bad_request_is_told_in_words(run, monkeypatch, tmp_path, command, wrong, told):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(command, *wrong)
    assert (code, out) == (1, "") and err.startswith(f"povertystats {command}: ") and told in err
    assert not list(tmp_path.iterdir()), "nothing is made before the request is known to be good"


def test_validate_says_what_it_understands_of_a_table_and_what_not(run, tmp_path):
    path = tmp_path / "review.csv"
    path.write_text("Tỉnh;Số hộ;Tỷ lệ (%)\nHà Giang;1.234;45,67\nBac Kann;987;38,9\n", "utf-16")
    code, out, err = run("validate", str(path))
    assert (code, err) == (1, "") and "Errors (1):" in out and "Warnings (1):" in out
    assert "Tỷ lệ (%): numbers, pct" in out and "Tỉnh: 1 of 2 places" in out and "Bắc Kạn" in out
    code, out, err = run(
        "validate", str(path), "--decimal", ",", "--unit", "Số hộ=households", "--lang", "vi"
    )
    assert (code, err) == (0, "") and "Số hộ: số nguyên, households" in out
    code, out, err = run("validate", str(path), "--json")
    found = json.loads(out)
    assert (
        code == 1 and found["errors"][0]["value"] == "1.234" and found["warnings"][0]["value"] == "Bac Kann"
    )
    path.write_bytes(b"a,b\n1,\0\n")
    code, out, err = run("validate", str(path))
    assert (code, err) == (1, "") and "zero bytes" in out


def test_validate_as_json_and_with_what_is_said_of_the_figures(run, package, tmp_path):
    path = package(GOOD.format(2019, 0.1957), GOOD.format(2018, 0.2188), our_office="x")
    code, out, err = run("validate", path, "--json")
    found = json.loads(out)
    assert (code, err) == (1, "") and [p["row"] for p in found["errors"]] == [2, 3]
    assert [p["field"] for p in found["warnings"]] == ["our_office"]
    code, out, err = run("validate", path, "--unit", "poor_household_pct=share")
    assert (code, err) == (0, "") and "Warnings (1):" in out and "our_office" in out
    assert run("validate", path, "--json", "--unit", "poor_household_pct=share")[0] == 0
    assert "expected NAME=UNIT" in run("validate", path, "--unit", "share")[2]


@pytest.mark.parametrize(
    "command", [["validate", "{}"], ["scorecard", "--data", "{}"], ["brief", "--data", "{}"]]
)
def test_a_broken_package_is_told_with_every_problem(run, package, monkeypatch, tmp_path, command):
    path = package(GOOD.format(2019, 195.7), GOOD.format(2018, 1.0).replace("bac kan", "Bac Kam"))
    code, out, err = run(*(word.format(path) for word in command))
    assert (code, out) == (1, "") and "2 problems" in err
    assert "mine.csv, row 2, field value" in err and "mine.csv, row 3, field place" in err


def test_a_package_that_is_no_text_is_told(run, tmp_path):
    (tmp_path / "datapackage.json").write_bytes(b"\xff\xfe\x00\x81")
    code, out, err = run("validate", str(tmp_path))
    assert (code, out) == (1, "") and "expected readable JSON" in err


@pytest.mark.parametrize("kind", ["folder missing", "a folder itself", "under a file"])
def test_a_csv_that_cannot_be_written_is_told_with_its_folder_and_leaves_nothing(run, tmp_path, kind):
    path = {"folder missing": tmp_path / "no" / "card.csv", "a folder itself": tmp_path / "card.csv"}.get(
        kind
    )
    if kind == "a folder itself":
        path.mkdir()
    if kind == "under a file":
        (tmp_path / "file").write_text("x", "utf-8")
        path = tmp_path / "file" / "card.csv"
    before = sorted(tmp_path.rglob("*"))
    code, out, err = run("scorecard", "--csv", str(path))
    assert code == 1 and err.startswith("povertystats scorecard: ") and str(path.parent) in err
    assert sorted(tmp_path.rglob("*")) == before
    assert out == ""


def test_a_csv_is_whole_or_as_it_was(run, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    path = tmp_path / "card.csv"
    path.write_text("old", "utf-8")
    monkeypatch.setattr(os, "replace", full)
    code, _, err = run("scorecard", "--csv", str(path))
    assert code == 1 and "No space left on device" in err
    assert [p.name for p in tmp_path.iterdir()] == ["card.csv"] and path.read_text("utf-8") == "old"


def test_an_output_that_is_a_file_is_told(run, tmp_path):
    (tmp_path / "build").write_text("x", "utf-8")
    code, out, err = run("brief", "--output", str(tmp_path / "build"))
    assert (code, out) == (1, "") and "build" in err and (tmp_path / "build").read_text("utf-8") == "x"


def test_a_notebook_that_fails_is_told(run, monkeypatch, tmp_path):
    def fail(*_, **__):
        raise Failed("notebook 03_forecast.ipynb, cell 4: ValueError: too short")

    monkeypatch.setattr(site, "write_pages", fail)
    expected = "povertystats brief: notebook 03_forecast.ipynb, cell 4: ValueError: too short\n"
    assert run("brief", "--output", str(tmp_path)) == (1, "", expected)


@pytest.mark.parametrize("step", ["before", "while files are moved", "after"])
def test_an_interruption_is_130_and_says_what_is_true(run, monkeypatch, tmp_path, step):
    path = tmp_path / "card.csv"
    path.write_text("old", "utf-8")
    whole = os.replace

    def stop(*_, **__):
        raise KeyboardInterrupt

    def interrupted(*given):
        signal.raise_signal(signal.SIGINT)
        whole(*given)

    if step == "before":
        monkeypatch.setattr(writing, "write_together", stop)
    elif step == "after":
        monkeypatch.setattr(ps.Scorecard, "text", stop)
    else:
        monkeypatch.setattr(os, "replace", interrupted)
    code, out, err = run("scorecard", "--csv", str(path))
    assert (code, out) == (130, "")
    changed = path.read_text("utf-8-sig") != "old"
    assert err == "povertystats scorecard: interrupted; {}\n".format(
        "the files had been written by then" if changed else "nothing was changed"
    )
    assert changed == (step != "before") and os.listdir(tmp_path) == ["card.csv"]


def test_a_fault_of_the_program_is_one_line_and_shows_where_when_asked(run, monkeypatch):
    def fault(*_, **__):
        raise IndexError("list index\nout of range")

    monkeypatch.setattr(site, "write_pages", fault)
    code, out, err = run("brief")
    said = "a fault of this program (IndexError: list index out of range); with POVERTYSTATS_TRACEBACK=1 it shows where"
    assert (code, out, err) == (70, "", f"povertystats brief: {said}\n")
    monkeypatch.setenv("POVERTYSTATS_TRACEBACK", "1")
    with pytest.raises(IndexError):
        main(["brief"])


# Terminals of every kind


def process(*arguments, shell="", **variables):
    """Run the command as a process of its own; return its exit code, output and errors as bytes."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    code = "import sys; from povertystats.cli import main; sys.exit(main())"
    command = shlex.join([sys.executable, "-c", code, *arguments]) + f" {shell}"
    done = subprocess.run(command, shell=True, capture_output=True, env=environment | variables)
    assert b"Traceback" not in done.stderr and b"Exception ignored" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


EARLY = ("scorecard", "--as-of", "2019-01-01")
WRONG = ("validate", "--", "no such Đắk Lắk")


@pytest.mark.parametrize("encoding", ["ascii", "cp1258"])
def test_a_terminal_without_vietnamese_letters_is_written_to_as_nearly_as_it_can_be(encoding):
    code, out, err = process("scorecard", "--help", PYTHONIOENCODING=encoding)
    assert (code, err) == (0, b"") and "default: Bac Kan" in plain_of(out, encoding)
    code, out, err = process("scorecard", "--lang", "Đắk Lắk", PYTHONIOENCODING=encoding)
    assert (code, out) == (2, b"") and "'Dak Lak'" in plain_of(err, encoding)


def plain_of(data, encoding):
    """Return a text without diacritics, its capitals kept; click takes ASCII for a mistake that hides UTF-8."""
    text = unicodedata.normalize("NFD", data.decode(encoding.replace("ascii", "utf-8"))).replace("Đ", "D")
    return "".join(letter for letter in text if not unicodedata.combining(letter))


@pytest.mark.parametrize(
    ("arguments", "shell", "expected"),
    [
        (EARLY, "<&- >&- 2>&-", {0}),
        (WRONG, ">&- 2>/dev/full", {1}),
        (["--help"], "2>&-", {0}),
        (["--help"], ">/dev/full", {1}),
        (["--help"], ">&-", {0}),
        (["--nothing"], "2>/dev/full", {1, 2}),
    ],
)
def test_a_stream_that_is_closed_or_full_is_no_traceback(arguments, shell, expected):
    code, out, err = process(*arguments, shell=shell)
    assert code in expected and (b"No space left" in err) == (shell == ">/dev/full")
