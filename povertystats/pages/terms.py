"""The words of the glossary on a page: where one is first used in its prose, what it means can be seen, without a script."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from povertystats.words.glossary import load_glossary

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

_PROSE = ("p", "li", "dd")
# Where a word is a name, a key or a figure, or can be clicked already.
_NOT_IN = {"a", "button", "code", "details", "dfn", "h1", "h2", "h3", "label", "nav", "pre", "table"}
_NOT_OF = {"files", "sliders", "figure"}


def explain(page: BeautifulSoup, main: Tag, lang: str, *, ours: bool = True) -> None:
    """Let the first use of each term in the prose of a page tell what it means, where it is hovered, focused or tapped.

    ``ours``: with the terms that speak of the package that comes along.

    >>> from bs4 import BeautifulSoup
    >>> page = BeautifulSoup("<main><h2>Drift</h2><p>Poor households, a poor household.</p></main>", "html.parser")
    >>> explain(page, page.main, "en")
    >>> [term.text for term in page("dfn")]
    ['Poor households']
    """
    from bs4 import NavigableString

    pattern, meanings = _terms(lang, ours)
    told: set[str] = set()
    for text in main.find_all(string=pattern):
        above = [*text.parents]
        names, classes = {e.name for e in above}, {c for e in above for c in e.get("class") or ()}
        if not names & {*_PROSE} or names & _NOT_IN or classes & _NOT_OF:
            continue
        parts, end = [], 0
        for found in pattern.finditer(text):
            key = found[1].casefold()
            if key in told:
                continue
            told.add(key)
            about = {"class": "term", "tabindex": "0", "aria-description": meanings[key]}
            parts += [
                NavigableString(text[end : found.start()]),
                page.new_tag("dfn", string=found[0], attrs=about),
            ]
            end = found.end()
        if parts:
            text.replace_with(*parts, NavigableString(text[end:]))


@cache
def _terms(lang: str, ours: bool) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds a term, longer ones first, an English one in the plural as well, and their meanings."""
    terms = [term for term in load_glossary() if ours or not term.ours]
    meanings = {term.spelling[lang].casefold(): term.meaning[lang] for term in terms}
    choices = "|".join(re.escape(spelling) for spelling in sorted(meanings, key=len, reverse=True))
    return re.compile(rf"(?<!\w)({choices})s?(?!\w)", re.IGNORECASE), meanings
