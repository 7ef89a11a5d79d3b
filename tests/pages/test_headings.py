"""Headings can be linked to, by names that stay, and a page of many sections says what it contains."""

import pytest
from bs4 import BeautifulSoup

from povertystats.pages.headings import add_contents, entries, mark_headings, slug, spread, tell_apart
from povertystats.words.wording import LANGUAGES, say

BODY = (
    "<main><h1>Một</h1><p>before</p><h2>Cơ sở &amp; số liệu</h2><p>first</p><h3>Đã biết?</h3><p>more</p>"
    '<div class="box"><h2>Cơ sở - số liệu!</h2><p>inside</p></div><p>after</p><h2 id="mine">Own</h2><h2>?!</h2></main>'
)


def marked(body=BODY, lang="vi"):
    page = BeautifulSoup(body, "html.parser")
    mark_headings(page, page.main, lang)
    return page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_second_heading_has_its_section_with_all_that_follows(lang):
    page = marked(lang=lang)
    told = {s["id"]: s.get_text(" ", strip=True) for s in page("section")}
    assert told == {
        "co-so-so-lieu": "Cơ sở & số liệu first Đã biết? more",
        "co-so-so-lieu-2": "Cơ sở - số liệu! inside",
        "mine": "Own",
        "section": "?!",
    }
    assert page.h1.find_parent("section") is None and page.h3["id"] == "da-biet"
    assert len({e["id"] for e in page.find_all(id=True)}) == len(page.find_all(id=True)) == 5


def test_nothing_is_lost_and_nothing_changes_places():
    assert marked().get_text() == BeautifulSoup(BODY, "html.parser").get_text()


def test_a_link_to_a_heading_leads_there_and_says_where_it_leads():
    page = marked()
    for link in page("a", class_="anchor"):
        target = page.find(id=link["href"].removeprefix("#"))
        words = link.parent.get_text(" ", strip=True)
        assert target is (link.parent if link.parent.name == "h3" else link.find_parent("section"))
        assert link["aria-label"] == say("page.link_here", "vi", heading=words) and not link.text
    assert len(page("a", class_="anchor")) == 4  # what had a name of its own is left as it was


def test_a_name_is_whole_words_and_not_too_long_in_any_alphabet():
    long = slug("Điều gì " * 30, set())
    assert len(long) <= 60 and set(long.split("-")) == {"dieu", "gi"}
    assert slug("數據與方法", set()) == "數據與方法" and len(slug("x" * 200, set())) == 60
    assert slug("a", {"a", "a-2"}) == "a-3" and slug("", set()) == "section"


def test_the_list_names_every_section_and_few_have_none():
    page = marked()
    add_contents(page, page.main, "en")
    listed = page.find("nav", class_="contents")
    assert listed["aria-label"] == listed.summary.text == say("page.contents", "en")
    links = {a["href"]: a.text for a in listed("a")}
    assert links == {
        "#co-so-so-lieu": "Cơ sở & số liệu",
        "#co-so-so-lieu-2": "Cơ sở - số liệu!",
        "#mine": "Own",
        "#section": "?!",
    }
    assert listed.find_next("section")["id"] == "co-so-so-lieu"
    few = marked("<main><h2>A</h2><h2>B</h2></main>")
    add_contents(few, few.main, "en")
    assert few.nav is None


SHEET = "<main><h1>Title</h1><aside>known</aside><p>day</p><blockquote>answer</blockquote><div>picture</div>{}</main>"


@pytest.mark.parametrize("sections", [0, 1, 3, 4, 6])
def test_a_sheet_has_its_first_sections_beside_the_answer_and_the_others_below(sections):
    body = SHEET.format("".join(f"<section>{n}</section><p>of {n}</p>" for n in range(sections)))
    page = BeautifulSoup(body, "html.parser")
    before = page.get_text()
    spread(page, page.main)
    assert page.get_text() == before
    told = {
        name: [part.get_text() for part in page("div", class_=name)] for name in ("answer", "beside", "rest")
    }
    if not sections:
        assert not any(told.values())
        return
    assert told["answer"] == ["answerpicture"] and [e.name for e in page.main.contents[:3]] == [
        "h1",
        "aside",
        "p",
    ]
    texts = [f"{n}of {n}" for n in range(sections)]
    assert told["beside"] == ["".join(texts[:4])] and "".join(told["rest"]) == "".join(texts[4:])


def test_a_page_is_searched_by_its_headings_and_the_names_in_its_tables():
    table = "<table><tr><th>Head</th></tr>{}</table>".format(
        "".join(
            f"<tr><{tag}>{cell}</{tag}><td>x</td></tr>"
            for tag, cell in (
                ("td", "Pác Nặm"),
                ("th", "Na Rì"),
                ("td", "2018"),
                ("td", "Pác Nặm"),
                ("td", "y" * 200),
            )
        )
    )
    page = marked(f"<main id='main'>{table}<h2>Ở đâu</h2>{table}<h3>Gần</h3></main>")
    found = [("Pác Nặm", ""), ("Na Rì", ""), ("Ở đâu", "#o-dau"), ("Gần", "#gan")]
    assert [*entries(page.main, rows=True)] == found
    assert [*entries(page.main, rows=False)] == found[2:]


def test_boxes_of_one_name_are_numbered():
    box = '<div role="region" aria-label="{}">x</div>'
    page = BeautifulSoup(f"<main>{''.join(map(box.format, 'abaca'))}</main>", "html.parser")
    tell_apart(page.main)
    assert [one["aria-label"] for one in page("div")] == ["a", "b", "a (2)", "c", "a (3)"]
