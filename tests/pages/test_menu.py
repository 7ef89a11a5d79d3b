"""The menu shows the reader's pages and one entry for all others; what is hidden stands in none."""

import json

import pytest

from povertystats.pages import menu
from povertystats.words.wording import LANGUAGES, language_name, say


@pytest.fixture
def put(tmp_path, monkeypatch):
    monkeypatch.setattr(menu, "NOTEBOOKS", tmp_path)

    def put(**told):
        for lang in LANGUAGES:
            (tmp_path / lang).mkdir(exist_ok=True)
            for name, of in told.items():
                text = json.dumps({"metadata": {"povertystats": {"name": name, **of}}})
                (tmp_path / lang / f"{name}.ipynb").write_text(text, "utf-8")
        return list(told)

    return put


def pages(links):
    return [link["href"] for link in links]


def test_the_readers_pages_stand_first_in_their_order_and_the_annex_is_one_entry(put):
    names = put(**{
        "00_brief": {}, "01_targets": {}, "02_other": {}, "03_of_this": {"layer": "reader"}, "04_what_if": {"layer": "reader"},
        "06_made": {"layer": "hidden"}, "08_case": {"only": ["place"]}, "09_case": {"only": ["data"], "layer": "annex"},
        "10_districts": {},
    })  # fmt: skip
    home, *links, annex, other = menu.menu(names, "en", LANGUAGES, "02_other")
    order = ["brief", "targets", "districts", "what-if", "of-this"]
    assert home["href"] == "index.html" and pages(links) == [f"{name}.en.html" for name in order]
    assert pages(annex["pages"]) == ["other.en.html", "case.en.html", "case.en.html"] and annex["current"]
    assert [page.get("heads", "") for page in annex["pages"]] == ["", say("page.examples", "en"), ""]
    assert [page["current"] for page in annex["pages"]] == [True, False, False]
    assert other == {"href": "other.vi.html", "text": language_name("vi"), "lang": "vi"}


def test_without_other_pages_there_is_no_annex(put):
    names = put(**{"00_brief": {}, "06_made": {"layer": "hidden"}})
    links = menu.menu(names, "vi", ["vi"], "06_made")
    assert pages(links) == ["index.html", "brief.vi.html"] and not any(link.get("current") for link in links)


def test_every_notebook_of_the_project_has_a_layer_that_is_known_the_same_in_each_language():
    told = []
    for lang in LANGUAGES:
        names = sorted(path.stem for path in (menu.NOTEBOOKS / lang).glob("*.ipynb"))
        told.append(menu.layers(names, lang))
        assert sorted(sum(told[-1].values(), [])) == names and told[-1]["reader"][0] == menu.BRIEF
    assert told[0] == told[1]
