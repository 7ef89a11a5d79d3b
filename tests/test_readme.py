"""What the README shows works: its examples, its data package, its commands."""

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import povertystats as ps
from povertystats.cli import main
from povertystats.packages.phrase import read_phrase
from povertystats.words.languages import LANGUAGES, own_sentences

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_examples():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted > 8 and result.failed == 0


def test_the_data_package_it_shows_is_valid(tmp_path, capsys):
    descriptor, facts, sources = re.findall(r"```(?:json|csv)\n(.*?)```", README, re.S)
    for name, text in (("datapackage.json", descriptor), ("mine.csv", facts), ("sources.csv", sources)):
        (tmp_path / name).write_text(text, "utf-8")
    facts = ps.load_facts(tmp_path)
    shown = facts.series("poor_household_pct", place="ha giang", illustrative=True)
    assert shown.years.tolist() == [2018, 2019]
    assert facts.panel(["poor_household_pct"], places=["Hà Giang"], standard="any").empty
    assert main(["validate", str(tmp_path)]) == 0
    assert "valid: 2 facts" in capsys.readouterr().out


def test_its_own_tables_become_packages_with_an_answer(tmp_path, monkeypatch, capsys):
    section = README.partition("## Your own table in five minutes")[2].partition("\n## ")[0]
    monkeypatch.chdir(tmp_path)
    for name, text in re.findall(r"`([\w.-]+)`:\n\n```text\n(.*?)```", section, re.S):
        Path(name).write_text(text, "utf-8")
    starts = [shlex.split(line) for line in re.findall(r"^povertystats (start .*)$", section, flags=re.M)]
    for words in starts:
        assert main(words) == 0, words
        said = capsys.readouterr().out
        place = words[words.index("--for") + 1]
        assert f'povertystats brief --data {words[1]} --place "{place}"' in said
        card = ps.scorecard(ps.load_facts(words[1]), place=place)
        assert card.targets and len(card.targets) == words.count("--target")
    forms = re.findall(r"`(NAME [^`…]+)`", section)
    assert len(starts) == 2 and len(forms) > 12 and all(read_phrase(form).year == 2025 for form in forms)


def test_every_command_and_link_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in re.findall(r"make (\w+)  ?#", README):
        assert f"\n{target}:" in makefile
    for text in (README, (ROOT / "CONTRIBUTING.md").read_text("utf-8")):
        for link in re.findall(r"\]\(([^)]+)\)", text):
            assert (ROOT / link).exists(), link


def test_every_file_that_a_change_touches_is_there_and_so_is_what_it_names():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = re.findall(r"^\| (?!change|-)([^|]+) \| ([^|]+) \| (.+) \|$", text, flags=re.M)
    changes = {change for change, _, _ in table}
    assert (
        len(table) == len(changes) == 10 and {"a driver", "an engine", 'a reason "not assessable"'} <= changes
    )
    sentences = {key for lang in LANGUAGES for key in own_sentences(lang)}
    for change, where, what in table:
        paths = re.findall(r"`([^`]+)`", where)
        assert paths and all((ROOT / path).exists() for path in paths), change
        held = "".join((ROOT / path).read_text("utf-8") for path in paths if path.endswith(".py"))
        for name in re.findall(r"`([A-Z]+)`", what):
            assert re.search(rf"^{name}\b.* = ", held, flags=re.M), (change, name)
        for key in re.findall(r"under `([\w.]+)`", what):
            assert any(sentence.startswith(f"{key}.") for sentence in sentences), (change, key)
    # Every path that the rest of the text names, but for what a command makes.
    for path in re.findall(r"`((?:povertystats|data|docs|tests|notebooks)/[\w./*]+)`", text):
        assert list(ROOT.glob(path)), path
    rooms = re.findall(r"^[├└]── (\w+)(?:/|\.py)", text, flags=re.M)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    assert rooms == layers
