"""The headings of a page: each can be linked to, each second one begins a section, and a list says what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from povertystats.words.names import plain
from povertystats.words.wording import say

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, PageElement, Tag

# So many letters of a heading name it.
_LONG = 60
# So many sections stand beside the answer of a sheet.
_BESIDE = 4
# So many letters of a cell are a name.
_TOLD = 120
# A list of fewer sections says nothing that the screen does not.
_FEW = 3


def mark_headings(page: BeautifulSoup, main: Tag, lang: str) -> None:
    """Give every heading of the second and third rank a name and a link to itself, and every second one its section.

    Names are made of the words without diacritics; of like ones the later ones are numbered.

    >>> from bs4 import BeautifulSoup
    >>> page = BeautifulSoup("<main><h2>Ở đâu?</h2><p>đây</p><h2>Ở đâu?</h2></main>", "html.parser")
    >>> mark_headings(page, page.main, "vi")
    >>> [section["id"] for section in page("section")]
    ['o-dau', 'o-dau-2']
    """
    from bs4 import Tag

    taken = {str(element["id"]) for element in page.find_all(id=True)}
    for heading in main.find_all(["h2", "h3"]):
        if heading.get("id") is None:
            words = heading.get_text(" ", strip=True)
            name = slug(words, taken)
            taken.add(name)
            heading["id"] = name
            label = say("page.link_here", lang, heading=words)
            heading.append(page.new_tag("a", href=f"#{name}", attrs={"class": "anchor", "aria-label": label}))
    for heading in main.find_all("h2"):
        section = page.new_tag("section", id=str(heading["id"]))
        del heading["id"]
        inside: list[PageElement] = [heading]
        for sibling in heading.next_siblings:
            if isinstance(sibling, Tag) and (sibling.name == "h2" or sibling.find("h2")):
                break
            inside.append(sibling)
        heading.insert_before(section)
        section.extend(inside)


def tell_apart(main: Tag) -> None:
    """Number the boxes of a page that would go by one name."""
    told: dict[str, int] = {}
    for box in main.select("[role=region][aria-label]"):
        label = str(box["aria-label"])
        told[label] = told.get(label, 0) + 1
        if told[label] > 1:
            box["aria-label"] = f"{label} ({told[label]})"


def slug(words: str, taken: set[str]) -> str:
    """Return a name for an address that is not taken yet."""
    name = ""
    for word in re.findall(r"[^\W_]+", plain(words)):
        if name and len(name) + len(word) >= _LONG:
            break
        name = f"{name}-{word}".strip("-")[:_LONG]
    name = name or "section"
    number = next(n for n in range(1, len(taken) + 2) if (f"{name}-{n}" if n > 1 else name) not in taken)
    return f"{name}-{number}" if number > 1 else name


def add_contents(page: BeautifulSoup, main: Tag, lang: str) -> None:
    """Put a list of the sections before the first of them, folded up or down by its reader."""
    sections = [(section, section.h2) for section in main.find_all("section", id=True) if section.h2]
    if len(sections) < _FEW:
        return
    entries = page.new_tag("ol")
    for section, heading in sections:
        link = page.new_tag("a", href=f"#{section['id']}", string=heading.get_text(" ", strip=True))
        entry = page.new_tag("li", attrs={"lang": str(heading["lang"])} if heading.get("lang") else {})
        entry.append(link)
        entries.append(entry)
    told = say("page.contents", lang)
    listed = page.new_tag("nav", attrs={"class": "contents", "aria-label": told})
    fold = page.new_tag("details", attrs={"open": ""})
    fold.append(page.new_tag("summary", string=told))
    fold.append(entries)
    listed.append(fold)
    sections[0][0].insert_before(listed)


def spread(page: BeautifulSoup, main: Tag) -> None:
    """Put the answer of a sheet with its picture beside its first sections, and the other sections below."""
    first = main.find(["blockquote", "div"], recursive=False)
    if first is None or main.find("section", recursive=False) is None:
        return
    screen, answer, beside, rest = (
        page.new_tag("div", attrs={"class": name}) for name in ("screen", "answer", "beside", "rest")
    )
    passed = 0
    for element in [first, *first.next_siblings]:
        passed += getattr(element, "name", None) == "section"
        (rest if passed > _BESIDE else beside if passed else answer).append(element)
    screen.extend([answer, beside])
    main.extend([screen, rest] if passed > _BESIDE else [screen])


def entries(main: Tag, *, rows: bool) -> Iterator[tuple[str, str]]:
    """Yield what a page may be searched for and the name of where it stands: headings, and of tables each row's first cell."""
    seen = set()
    for element in main.find_all(["h2", "h3", "tr"] if rows else ["h2", "h3"]):
        told = (
            (element.find(["td", "th"]) if element.find("td") else None) if element.name == "tr" else element
        )
        words = told.get_text(" ", strip=True) if told else ""
        if re.search(r"[^\W\d_]", words) and len(words) <= _TOLD and words not in seen:
            seen.add(words)
            place = element if element.get("id") else element.find_parent(id=True)
            yield words, f"#{place['id']}" if place and place is not main else ""
