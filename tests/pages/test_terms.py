"""The first use of a term in a page's prose says what it means; headings, links and tables are left alone."""

import pytest
from bs4 import BeautifulSoup

from povertystats.pages.terms import explain
from povertystats.words.glossary import load_glossary
from povertystats.words.wording import LANGUAGES


def marked(body, lang, **options):
    page = BeautifulSoup(f"<main>{body}</main>", "html.parser")
    before = page.get_text()
    explain(page, page.main, lang, **options)
    assert page.get_text() == before
    return {term.text: term["aria-description"] for term in page("dfn")}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_term_is_told_once_where_it_is_first_used(lang):
    terms = {term.spelling[lang]: term.meaning[lang] for term in load_glossary()}
    body = "".join(f"<h2>{term}</h2><p><a href='x'>{term}</a></p><p>({term}); {term}.</p>" for term in terms)
    found = marked(body + "<table><tr><td>x</td></tr></table>", lang)
    assert found == terms
    nowhere = "".join(f"<table><tr><td><p>{term}</p></td></tr></table><div>{term}</div>" for term in terms)
    assert marked(nowhere, lang) == {}


def test_the_longer_term_goes_before_the_one_within_it_and_parts_of_words_are_none():
    meanings = {term.spelling["vi"]: term.meaning["vi"] for term in load_glossary()}
    found = marked("<p>Tỷ lệ hộ nghèo, hộ nghèo và hộ nghèonàn.</p>", "vi")
    assert [*found] == ["Tỷ lệ hộ nghèo", "hộ nghèo"] and found["hộ nghèo"] == meanings["hộ nghèo"]


def test_terms_of_the_package_that_comes_along_are_not_told_of_others():
    ours = {term.spelling["en"] for term in load_glossary() if term.ours}
    every = {term.spelling["en"] for term in load_glossary()}
    assert ours and every - ours
    # One term may stand within another, whose letters it then has.
    found = marked("".join(f"<p>{term}</p>" for term in sorted(every, key=len)), "en", ours=False)
    assert {term.casefold() for term in found} == {term.casefold() for term in every - ours}
