import pytest
from helpers.own_tables import long, written

import povertystats as ps


@pytest.fixture
def table(tmp_path):
    return str(written(tmp_path / "rates.csv", long()))


def test_from_a_table_to_the_first_answer_and_on_to_the_scorecard(run, tmp_path, table):
    folder = str(tmp_path / "mine")
    options = [
        "--target",
        "poor_pct <= 20 in 2024",
        "--for",
        "Arland",
        "--country",
        "Norland",
        "--lang",
        "en",
    ]
    code, out, err = run("start", folder, table, *options)
    assert (code, err) == (0, "") and "Poor (%) at most 20% in 2024:" in out and "Norland" in out
    code, card, err = run(
        "scorecard", "--data", folder, "--place", "Arland", "--as-of", "2023-12-31", "--lang", "en"
    )
    assert (code, err) == (0, "") and "Poor (%) at most 20% in 2024" in card
    assert run("validate", folder)[0] == 0
    code, out, err = run("start", folder, table, *options)
    assert (code, out) == (1, "") and "is there already" in err


def test_options_are_the_arguments_of_the_function(run, tmp_path, monkeypatch, table):
    given = {}
    monkeypatch.setattr(
        "povertystats.packages.start.start_package", lambda *a, **more: given.update(more) or 1 / 0
    )
    options = {
        "place": "p",
        "year": "2020",
        "parent": "q",
        "indicator": "i",
        "country": "c",
        "kind": "k",
        "source": "s",
        "published": "9 months later",
        "as-of": "2020-01-01",
        "status": "plan",
        "standard": "st",
        "fiscal": "last",
    }
    lists = {"value": "v", "target": "t", "for": "f", "driver": "d", "control": "x", "lever": "l"}
    words = [word for name, value in {**options, **lists}.items() for word in (f"--{name}", value)]
    words += [
        "--unit",
        "a=share",
        "--title",
        "a=A b",
        "--extends",
        "--decimal",
        ",",
        "--sheet",
        "1",
        "--missing",
        "?",
    ]
    assert run("start", "folder", table, *words)[0] == 70
    names = {
        "for": "for_place",
        "target": "targets",
        "driver": "drivers",
        "control": "controls",
        "lever": "levers",
    }
    for name, value in options.items():
        assert given[name.replace("-", "_")] == value
    for name, value in lists.items():
        assert given[names.get(name, name)] == [value]
    assert given["units"] == {"a": "share"} and given["titles"] == {"a": "A b"} and given["extends"] is True
    assert (given["decimal"], given["sheet"], given["missing"], given["ask"]) == (",", "1", ["?"], None)


def test_without_a_terminal_every_question_is_an_error_that_names_its_option(run, tmp_path, table):
    code, out, err = run("start", str(tmp_path / "mine"), table)
    assert (code, out) == (1, "") and "--for PLACE" in err and "Arland" in err
    assert run("start")[0] == 1 and "expected a folder" in run("start")[2]
    assert "expected NAME=UNIT" in run("start", "a", table, "--unit", "share")[2]


def test_on_a_terminal_the_questions_are_asked(run, tmp_path, monkeypatch, table):
    asked = []
    monkeypatch.setattr(
        "typer.prompt", lambda text, **more: asked.append((text, more["default"])) or "borland"
    )
    monkeypatch.setattr("povertystats.commands.start._terminal", lambda: True)
    code, out, err = run("start", str(tmp_path / "mine"), table, "--lang", "en")
    assert (code, err) == (0, "") and '--place "Borland"' in out
    assert asked[0][1] == "Arland" and asked[0][0].startswith("Of which place") and len(asked) == 1
    assert ps.load_facts(tmp_path / "mine").as_of("2023-12-31").outcome("Borland") == "poor_pct"
