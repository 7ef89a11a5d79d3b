"""The colophon of a page: the day of its data, when and by what it was made, licences, how to cite, where faults go."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import metadata
from pathlib import Path
from typing import Any

from povertystats.facts.package import load_facts
from povertystats.files.days import built
from povertystats.files.descriptor import read_descriptor
from povertystats.files.identity import DATA
from povertystats.words.wording import date, say


def colophon(
    lang: str, *, as_of: str, data: str | Path | None = None, title: str = ""
) -> list[dict[str, str]]:
    """Return the lines of a colophon: ``name`` of each, its ``text``, and ``href`` where it leads.

    ``as_of`` and ``data`` are what the page was made from, ``title`` is what it is cited by. What a package does not
    say of itself is left out.
    """
    return [
        {"name": say(f"colophon.{key}", lang), "text": text, "href": href}
        for key, text, href in _lines(lang, as_of, data, title)
    ]


def stands_alone(data: str | Path | None) -> bool:
    """Say whether nothing of ours is in a package."""
    return data is not None and load_facts(data).identity.alone


def in_pictures(lang: str, *, place: str, as_of: str, data: str | Path | None = None) -> str:
    """Return what every picture of a page says of it: place, day, whose figures, and the address that the package has."""
    _, package, works = _made_by(data)
    day = date(datetime.date.fromisoformat(as_of), lang)
    titles = "; ".join(dict.fromkeys(filter(None, (name[lang] for name, _ in works))))
    source = say("page.picture_source", lang, titles=titles) if titles else ""
    home = str(package.get("homepage") or "")
    return " · ".join(filter(None, [say("page.picture", lang, place=place, day=day), source, home]))


def _lines(lang: str, as_of: str, data: str | Path | None, title: str) -> Iterator[tuple[str, str, str]]:
    software, package, works = _made_by(data)
    day, made = (date(of, lang) for of in (datetime.date.fromisoformat(as_of), built()))
    told = {"day": day, "made": made, "version": software["version"]}
    yield "data", say("colophon.known", lang, **told), ""
    version = str(package.get("version") or "")
    yield "made", say(f"colophon.made_{'by' if version else 'by_us'}", lang, package=version, **told), ""
    named = [(name[lang] or say("workbook.note.untitled", lang), licence[lang]) for name, licence in works]
    licences = [
        say(f"colophon.{'licensed' if licence else 'unlicensed'}", lang, title=name, licence=licence)
        for name, licence in named
    ]
    yield "licence", say("colophon.licences", lang, code=software["licence"], data=" ".join(licences)), ""
    titles = "; ".join(dict.fromkeys(filter(None, [title, *(name for name, _ in named)])))
    yield "cite", say("colophon.cited", lang, titles=titles, **told), ""
    for text, href in _contacts(package):
        yield "faults", text, href
    yield "revisions", say("colophon.revised", lang), ""


def _made_by(data: str | Path | None) -> tuple[Mapping[str, str], Mapping[str, Any], Any]:
    """Return the software, what the package says, and the titles and licences of all works that figures come from."""
    about = metadata("povertystats")
    software = {
        "version": str(about["Version"]),
        "licence": str(about["License-Expression"] or about["License"]),
    }
    path = Path(data or DATA)
    package = _descriptor(path if path.is_file() else path / "datapackage.json")
    return software, package, load_facts(data).identity.works


@cache
def _descriptor(path: Path) -> Mapping[str, Any]:
    return read_descriptor(path)[0]


def _contacts(package: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield where faults may be reported, as far as the package says it: those who made it, and its address."""
    people = package.get("contributors") or package.get("maintainers") or []
    for one in people if isinstance(people, list) else [people]:
        about = one if isinstance(one, Mapping) else {"title": one}
        name = str(about.get("title") or about.get("name") or "")
        mail, page = str(about.get("email") or ""), str(about.get("path") or "")
        if text := " ".join(filter(None, [name, f"({mail})" if mail and name else mail])) or page:
            yield text, f"mailto:{mail}" if mail else _address(page)
    if isinstance(home := package.get("homepage"), str) and home:
        yield home, _address(home)


def _address(text: str) -> str:
    """Return what a link may lead to; "" for anything but a page of the web."""
    return text if text.startswith(("https://", "http://")) else ""
