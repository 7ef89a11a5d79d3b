"""What the README shows works: its examples, its data package, its commands."""

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import povertystats as ps
from povertystats.cli import main
from povertystats.packages.phrase import read_phrase
from povertystats.pages import all_places, site
from povertystats.words.languages import LANGUAGES, own_sentences

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def test_examples():
    result = doctest.testfile(str(ROOT / "README.md"), module_relative=False)
    assert result.attempted > 8 and result.failed == 0


def test_every_recipe_is_a_file_that_its_commands_take(tmp_path, monkeypatch, capsys):
    section = README.partition("### Recipes")[2].partition("\n### ")[0]
    monkeypatch.chdir(tmp_path)
    Path("office").mkdir()
    blocks = re.findall(r"([^\n]+)\n\n```(?:json|csv|toml)\n(.*?)```", section, re.S)
    files = [(re.search(r"`(office/[\w.]+|id\.toml)`", told)[1], text) for told, text in blocks]
    for name, text in files:
        Path(name).write_text(text, "utf-8")
    names = ("sources", "targets", "figures", "places", "indicators", "standards")
    assert {name for name, _ in files} == {
        *("office/datapackage.json", "id.toml"),
        *(f"office/{name}.csv" for name in names),
    }
    pages = []
    for module, name in ((site, "write_pages"), (all_places, "write_all")):
        monkeypatch.setattr(module, name, lambda output, **how: pages.append((output, how)))
    said = []
    for line in re.findall(r"^povertystats (.+?)(?:  +#.*)?$", section, flags=re.M):
        assert main(shlex.split(line)) == 0, line
        said.append(capsys.readouterr().out)
    valid, province, district, *_ = said
    assert valid.startswith("valid: 3 facts on 3 indicators in 2 places, 16 targets, 3 of them illustrative")
    assert re.search(r"Down by 4 points: probability \d+ in 100", province) and Path("card.xlsx").exists()
    assert "Giảm" not in district and "As known on 7 Mei 2020, Ba Bể" in district
    (_, one), (_, every) = pages
    assert one["place"] == "Cao Bằng" and one["languages"] == ("id.toml",) and len(every["places"]) == 63
    office = ps.load_facts("office")
    assert "roads_pct" in office.indicators.query("role == 'driver'")["indicator"].tolist()
    assert "Trùng Khánh" in office.places.table["place"].tolist()
    assert office.panel(["roads_pct"]).empty  # what is illustrative reaches no finding
    card = ps.scorecard(office.as_of("2020-05-07"), place="Cao Bằng")
    assert re.match(r"Down by 4 points: \d+ dari 100", card.headline("id.toml"))


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
        heads = {
            re.sub(r"[^\w -]", "", head).lower().replace(" ", "-")
            for head in re.findall("^#+ (.+)$", text, flags=re.M)
        }
        for link in re.findall(r"\]\(([^)]+)\)", text):
            assert link[1:] in heads if link.startswith("#") else (ROOT / link).exists(), link


def test_its_picture_is_there_and_small():
    (picture,) = re.findall(r"!\[[^]]{40,}\]\((.+?)\)", README)
    content = (ROOT / picture).read_bytes()
    assert content.startswith(b"\x89PNG") and 20_000 < len(content) < 150_000
    assert f"docs/{Path(picture).stem}.png" in README and "make picture" in README


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
