"""The command ``povertystats start``: from one table to a data package and its first answer."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from povertystats.commands.options import Lang, option, pairs_of
from povertystats.exits import served

_Many = list[str] | None


@served
def start(
    folder: Annotated[str | None, typer.Argument(help="the package to be made, not there yet")] = None,
    table: Annotated[
        str | None, typer.Argument(help="your table: .xlsx, .csv, .dta, or a filled workbook")
    ] = None,
    place: Annotated[
        str | None, option("the column of places, or the name of the only place", "COLUMN")
    ] = None,
    year: Annotated[str | None, option("the column of years, or one year", "COLUMN")] = None,
    value: Annotated[_Many, option("a column of figures, or an indicator, to look at", "NAME")] = None,
    indicator: Annotated[
        str | None, option("the column of indicators, or what the figures measure", "NAME")
    ] = None,
    parent: Annotated[str | None, option("the column of what the places lie in", "COLUMN")] = None,
    target: Annotated[_Many, option('such as "poor_pct <= 14 in 2024"; repeat for several', "PHRASE")] = None,
    for_place: Annotated[
        _Many, typer.Option("--for", help="the place that it is for, or all", metavar="PLACE")
    ] = None,
    driver: Annotated[_Many, option("what may go with it; repeat for several", "NAME")] = None,
    control: Annotated[_Many, option("what a model holds still; repeat for several", "NAME")] = None,
    lever: Annotated[_Many, option("a driver that a reader may move; repeat for several", "NAME")] = None,
    country: Annotated[str | None, option("the country; a row of this name is all of it")] = None,
    kind: Annotated[str | None, option("what one place is called, such as county")] = None,
    published: Annotated[str | None, option('when: "9 months later", 07-15, a day, a column', "WHEN")] = None,
    as_of: Annotated[
        str | None, option("the day of the first answer (default: of the last figures)", "DATE")
    ] = None,
    unit: Annotated[
        _Many, option("the unit of a column or indicator: share, pct, persons, …", "NAME=UNIT")
    ] = None,
    title: Annotated[_Many, option("how sentences call an indicator", "NAME=TITLE")] = None,
    only: Annotated[_Many, option("the rows that are taken, such as sex=total", "COLUMN=TEXT")] = None,
    source: Annotated[str | None, option("who published the figures (default: the file's name)")] = None,
    status: Annotated[str, option("official, derived, preliminary, estimate or plan")] = "official",
    standard: Annotated[str | None, option("the poverty standard of an indicator that needs one")] = None,
    fiscal: Annotated[str | None, option("the year that counts for 2015/16: first or last", "WHICH")] = None,
    extends: Annotated[bool, typer.Option("--extends", help="beside the data that come along")] = False,
    sheet: Annotated[str | None, option("of a workbook: the sheet")] = None,
    encoding: Annotated[str | None, option("of a text: its encoding, such as windows-1258")] = None,
    delimiter: Annotated[str | None, option("of a text: between its fields")] = None,
    thousands: Annotated[str | None, option("the sign between thousands")] = None,
    decimal: Annotated[str | None, option("the decimal sign, . or ,")] = None,
    missing: Annotated[_Many, option("a word for missing; repeat for several", "WORD")] = None,
    workbook: Annotated[str | None, option("write an empty workbook to fill in instead", "FILE")] = None,
    lang: Lang = "vi",
) -> None:
    """Make a data package of one table, and say what is likely in it."""
    from povertystats.packages.form import write_form
    from povertystats.packages.start import start_package
    from povertystats.words.errors import refuse
    from povertystats.words.wording import say

    if workbook:
        write_form(workbook, lang)
        print(
            say(
                "start.next",
                lang,
                command=f"povertystats start {folder or 'my-place/'} {workbook} --lang {lang}",
            )
        )
        return
    expected = "expected a folder for the package and a table, or --workbook FILE"
    refuse("cannot start", [] if folder and table else [expected])
    made = start_package(
        str(folder),
        str(table),
        place=place,
        parent=parent,
        year=year,
        value=value or (),
        indicator=indicator,
        targets=target or (),
        for_place=for_place or (),
        country=country,
        kind=kind,
        published=published,
        as_of=as_of,
        drivers=driver or (),
        controls=control or (),
        levers=lever or (),
        units=pairs_of(unit, "--unit", "NAME=UNIT"),
        titles=pairs_of(title, "--title", "NAME=TITLE"),
        only=pairs_of(only, "--only", "COLUMN=TEXT"),
        source=source,
        status=status,
        standard=standard,
        fiscal=fiscal,
        extends=extends,
        lang=lang,
        ask=_ask if _terminal() else None,
        **_given(
            sheet=sheet,
            encoding=encoding,
            delimiter=delimiter,
            decimal=decimal,
            thousands=thousands,
            missing=missing,
        ),
    )
    print(made.text(lang))


def _terminal() -> bool:
    """Say whether somebody is there to answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _given(**options: Any) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _ask(question: str, choices: Sequence[str], likely: str) -> str:
    """Ask on the terminal; what is likely is answered by Enter alone."""
    shown = f" ({', '.join(choices)})" if choices else ""
    return str(typer.prompt(f"{question}{shown}", default=likely or None, show_default=bool(likely)))
