"""The options of ``brief``: one place or many, and what does not go together is said."""

import pytest

from povertystats.pages import all_places, site


@pytest.fixture
def asked(monkeypatch):
    """Return what pages were asked for, in place of making them."""
    calls = []
    for module, name in ((all_places, "write_all"), (site, "write_pages")):
        monkeypatch.setattr(module, name, lambda output, **options: calls.append((output, options)))
    return calls


def test_all_places_or_those_of_a_file(run, asked, tmp_path):
    (tmp_path / "some.txt").write_text("bac kan\nha giang\n", "utf-8")
    for arguments, places in (
        (["--all"], 63),
        (["--all", "--within", "bac kan", "--lang", "vi"], 8),
        (["--all", "--kind", "district"], 79),
        (["--places", str(tmp_path / "some.txt"), "--map", "x.json", "--again"], 2),
    ):
        assert run("brief", "--output", "out", *arguments)[0] == 0
        output, options = asked.pop()
        assert output == "out" and len(options["places"]) == places
    assert options["places"] == ["Bắc Kạn", "Hà Giang"] and options["again"] and options["shapes"] == "x.json"
    assert (
        options["as_of"] == "2020-05-07" and options["languages"] == ("vi", "en") and options["data"] is None
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--all", "--places", "x"],
        ["--all", "--place", "Bắc Kạn"],
        ["--all", "--pdf"],
        ["--all", "--executed", "x"],
        ["--map", "x.json"],
        ["--again"],
        ["--within", "Bắc Kạn"],
        ["--places", "x", "--kind", "district"],
    ],
)
def test_what_does_not_go_together_is_misuse(run, asked, arguments):
    code, _, err = run("brief", *arguments)
    assert code == 2 and "--" in err and not asked


def test_a_bad_file_or_map_is_told_in_words(run, tmp_path):
    (tmp_path / "some.txt").write_text("Bac Kann\n", "utf-8")
    (tmp_path / "map.json").write_text('{"type": "Topology"}', "utf-8")
    for arguments, told in (
        (["--places", str(tmp_path / "none.txt")], "no such file"),
        (["--places", str(tmp_path / "some.txt")], "row 1, field place: 'Bac Kann'"),
        (["--all", "--map", str(tmp_path / "none.json")], "no such file"),
        (["--all", "--map", str(tmp_path / "map.json")], "arcs and objects"),
        (["--all", "--within", "Hà Nội"], "no place within"),
        (["--all", "--output", str(tmp_path / "some.txt")], "expected a folder"),
    ):
        output = [] if "--output" in arguments else ["--output", str(tmp_path / "out")]
        code, out, err = run("brief", *arguments, *output)
        assert (code, out) == (1, "") and told in err, arguments
    assert not (tmp_path / "out").exists()
