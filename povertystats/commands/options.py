"""The options that several commands have, with their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

PLACE, AS_OF = "Bắc Kạn", "2020-05-07"


def spoken(lang: str) -> str:
    """Return a language, or raise typer.BadParameter where there is none of its name."""
    from povertystats.words.languages import LANGUAGES

    if lang not in LANGUAGES and not lang.endswith(".toml"):
        raise typer.BadParameter(f"{lang!r} is not one of {', '.join(LANGUAGES)}")
    return lang


def spoken_or_both(lang: str) -> str:
    """Return a language, or "both" for all that have pages."""
    return lang if lang == "both" else spoken(lang)


def option(text: str, metavar: str | None = None, **more: Any) -> Any:
    """Return an option with its help."""
    return typer.Option(help=text, metavar=metavar, **more)


def known_of(as_of: str | None, data: str | None) -> Facts:
    """Return what was known on a day from a data package (None: ours); by default on ``AS_OF``.

    Of a package that stands alone it is by default the last day on which something of it became known.
    """
    from povertystats.facts.package import load_facts

    facts = load_facts(data)
    if as_of is None and facts.alone:
        return facts.as_of(
            max(table["available_from"].max() for table in (facts.table, facts.targets) if len(table))
        )
    return facts.as_of(AS_OF if as_of is None else as_of)


_OWN = "datapackage.json of your own (default: the one that comes along)"
_PACKAGE = "datapackage.json or its folder (default: the one that comes along)"
CHECKED = f"{_PACKAGE}, or a table of your own: .xlsx, .csv, .dta, .parquet"
Place = Annotated[
    str | None,
    option(f"place, with or without diacritics (default: {PLACE}; of a package of your own its first)"),
]
AsOf = Annotated[
    str | None,
    option(
        f"use only what was known on that day (default: {AS_OF}; of a package that stands alone its last)",
        "DATE",
    ),
]
Data = Annotated[str | None, option(_OWN, "PACKAGE")]
Lang = Annotated[str, option("language: vi, en or a language file", callback=spoken)]


def units_of(pairs: list[str] | None) -> dict[str, str] | None:
    """Return {column or indicator: unit} of NAME=UNIT."""
    return pairs_of(pairs, "--unit", "NAME=UNIT")


def pairs_of(pairs: list[str] | None, option: str, form: str) -> dict[str, str] | None:
    """Return {name: what is said of it} of texts such as NAME=UNIT, or None without any."""
    from povertystats.words.errors import refuse

    parts = [(text, *text.rpartition("=")) for text in pairs or []]
    refuse("cannot read so", [f"{option} {text}: expected {form}" for text, *pair in parts if not all(pair)])
    return {name: said for _, name, _, said in parts} or None
