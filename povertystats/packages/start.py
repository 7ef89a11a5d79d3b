"""From one table to a data package with its first answer: what ``povertystats start`` does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from povertystats.facts.panels import TRUST
from povertystats.files.days import read_day
from povertystats.files.writing import written_whole
from povertystats.packages.columns import Columns, Wanted, columns_of
from povertystats.packages.contents import Contents, beside_ours, checked, with_days
from povertystats.packages.figures import figures_of
from povertystats.packages.form import read_form
from povertystats.packages.indicators import indicators_of, slug
from povertystats.packages.questions import Ask, Questions
from povertystats.packages.reading import nested, only_rows, read_in_units, turned, written_cells
from povertystats.packages.started import Started
from povertystats.packages.target_rows import phrases_of, places_for, target_rows
from povertystats.tables.reading import ReadTable
from povertystats.words.errors import InvalidValue
from povertystats.words.languages import check
from povertystats.words.names import plain
from povertystats.words.wording import Sentence

Names = str | Sequence[str]


def start_package(
    folder: str | Path,
    table: str | Path,
    *,
    place: str | None = None,
    parent: str | None = None,
    year: str | int | None = None,
    value: Names = (),
    indicator: str | None = None,
    targets: Names | Mapping[str, Names] = (),
    for_place: Names = (),
    country: str | None = None,
    kind: str | None = None,
    published: str | None = None,
    as_of: str | None = None,
    drivers: Names = (),
    controls: Names = (),
    levers: Names = (),
    units: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    source: str | None = None,
    only: Mapping[str, str] | None = None,
    status: str = "official",
    standard: str | None = None,
    fiscal: str | None = None,
    extends: bool = False,
    lang: str = "vi",
    ask: Ask | None = None,
    **reading: Any,
) -> Started:
    """Make a data package of one table: long (place, year, value), with a column an indicator, or with one a year.

    Parameters
    ----------
    folder : str or Path
        The package, which is not there yet.
    table : str or Path
        An Excel workbook, delimited text or a Stata file (``read_table``), or a filled ``write_form``.
    place : str, optional
        The column of places; where there is none, the name of the only place.
    parent : str, optional
        The column of what the places lie in.
    year : str or int, optional
        The column of years; or the year that all figures are of.
    value : str or sequence of str
        The columns, or indicators, that are outcomes.
    indicator : str, optional
        The column of indicators' names; the outcome among them; or what nameless figures measure.
    targets : str, sequence of str or dict
        What is to be reached: "poor_pct <= 14 in 2024", "giảm 2 điểm năm 2024"; or {place: such phrases}.
    for_place : str or sequence of str
        The places that the targets are for; "all": each of them.
    country : str, optional
        The country; a row of this name is the whole of it.
    kind : str, optional
        What places are called in one: "county".
    published : str, optional
        When figures were published: "9 months later" (than the end of their year), "07-15" (of it) or "07-15 next year",
        "2024-03-01", or a column of days. Without it the end of the year is assumed.
    as_of : str, optional
        The day of the first answer; by default that of the last figures.
    drivers, controls, levers : str or sequence of str
        Columns or indicators that may go with the outcome, are held still, or can be moved by a reader.
    units : mapping of str to str, optional
        {column or indicator: the unit in which it is written}.
    titles : mapping of str to str, optional
        {column or indicator: how sentences call it}.
    source : str, optional
        Who published the figures; by default the file's name.
    only : mapping of str to str, optional
        {column: what it is to hold}: the rows that are taken, such as {"sex": "total"}.
    status : str, default "official"
        "official", "derived", "preliminary", "estimate" or "plan".
    standard : str, optional
        The poverty standard of our indicators that need one.
    fiscal : {"first", "last"}, optional
        The calendar year that counts for one such as 2015/16.
    extends : bool, default False
        Whether the places, indicators and figures that come along stand beside these.
    lang : str, default "vi"
        The language of the package's README.
    ask : callable, optional
        Answers at most three questions (question, choices, likely answer); without it each is an error that names the
        option.
    **reading
        How the table is written, as for ``read_table``: ``sheet``, ``decimal``, ``encoding`` and others.

    Returns
    -------
    Started
        The package, checked, with its first answer.

    Raises
    ------
    ValueError
        What is not said and cannot be seen, and what is wrong with what was said: all at once (Refused). Cells that
        cannot be read or may mean two things, with their rows (DataError).
    OSError
        The folder is there already, or cannot be written.

    Notes
    -----
    The same table and options make the same bytes.

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "wide.csv")
    ...     _ = path.write_text("Tỉnh;2017;2018;2019\\nA;30,5;28;26,1\\nB;12;11,5;10\\n", "utf-8")
    ...     try:
    ...         ps.start_package(f"{folder}/mine", path, indicator="Tỷ lệ hộ nghèo")
    ...     except ValueError as error:
    ...         print(str(error).splitlines()[1].partition(" (")[0])
    - Of which place is the first answer to be?
    """
    check(lang)
    questions = Questions(ask)
    what = f"cannot make a package of {Path(table).name}"
    if Path(folder).exists():
        questions.wrong(
            f"{folder} is there already: give another name, or add to its files as its README.md says"
        )
    if status not in TRUST:
        questions.wrong(f"status: {status!r}; expected one of {', '.join(TRUST)}")
    form = read_form(table, **reading)
    if form is not None:
        units, titles = {**form.units, **(units or {})}, {**form.titles, **(titles or {})}
        country, source = country or form.about.get("country"), source or form.about.get("source")
        published, as_of = published or form.about.get("published"), as_of or form.about.get("as_of")
        targets, kind = targets or form.targets, kind or form.kind
        parent = "parent" if "parent" in form.read.table else None
    given = targets if isinstance(targets, Mapping) else {"": targets}
    spoken = {of: phrases_of(_listed(texts), questions) for of, texts in given.items()}
    phrases = tuple(phrase for of in spoken.values() for phrase in of)
    named_roles = {"outcome": value, "driver": drivers, "control": controls, "lever": levers}
    roles = {of: (*_listed(names), *(form.roles[of] if form else ())) for of, names in named_roles.items()}
    wanted = Wanted(
        place=place or "",
        parent=parent or "",
        year=str(year or ""),
        indicator=indicator or "",
        fiscal=fiscal or "",
        roles=roles,
        targets=tuple(phrase.name for phrase in phrases if phrase.name),
    )
    read = form.read if form else read_in_units(table, units or {}, reading)
    read = turned(only_rows(read, only or {}, questions), wanted.place)
    written = pd.DataFrame() if form else written_cells(table, reading)
    levels = nested(read, written, questions, country=country or "", parent=parent or "")
    read = levels.read
    wanted = replace(wanted, place=wanted.place or levels.place, parent=wanted.parent or levels.parent)
    columns = columns_of(read, wanted, questions)
    questions.settle(what)
    country, kind = country or levels.country, kind or levels.kind
    figures = figures_of(read, columns, questions, country=country, kind=kind, counts=fiscal or "")
    figures.notes[:0] = levels.notes
    name = "" if plain(wanted.indicator) in map(plain, read.columns["column"]) else wanted.indicator
    made, rows = indicators_of(
        read,
        columns,
        figures.table,
        questions,
        name=name or next(iter(_nameless(value, read)), ""),
        units=units,
        titles=titles,
        phrases=phrases,
    )
    rows, words = with_days(rows, read, published or "", questions)
    named = [*_listed(for_place), *filter(None, [columns.chosen])]
    places = places_for(figures, named or [of for of in spoken if of][:1], questions)
    whose = {of: places_for(figures, [of], questions) if of else places for of in spoken}
    questions.settle(what)
    day = _day(as_of, rows, questions)
    contents = Contents(
        slug(Path(folder).name).replace("_", "-") or "mine",
        figures,
        rows,
        made,
        source=source or "",
        file=read.file,
        status=status,
        standard=standard or "",
        extends=extends,
        published=words,
    )
    contents = beside_ours(contents, questions)
    below = next((of for of in figures.kinds if of != "province"), "")
    goals = [(phrase, whose[of]) for of, said in spoken.items() for phrase in said]
    wanted_rows = target_rows(
        goals, contents.indicators, questions, source=contents.source_id, as_of=day, below=below
    )
    questions.settle(what)
    contents = replace(contents, targets=wanted_rows)
    with written_whole(folder, folder=True) as part:
        for file, content in contents.files(lang, places[0], Path(folder).name).items():
            (part / file).write_bytes(content)
        facts = checked(part, read, rows)
    place = facts.places.find(places[0])
    notes = tuple(_notes(contents, columns, published))
    first, last = int(rows["year"].min()), int(rows["year"].max())
    about = {"figures": len(rows), "places": rows["place"].nunique(), "first": first, "last": last}
    said = Sentence("start.made" if first < last else "start.made_one", folder=Path(folder).name, **about)
    return Started(Path(folder), place, day, _understood(columns, contents, read), said, facts, notes)


def _listed(names: Names) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def _nameless(value: Names, read: ReadTable) -> list[str]:
    """Return the names of outcomes that are no columns: they say what nameless figures measure."""
    known = {plain(name) for name in read.columns["column"]}
    return [name for name in _listed(value) if plain(name) not in known]


def _day(as_of: str | None, rows: pd.DataFrame, questions: Questions) -> str:
    if as_of is None:
        return f"{rows['available_from'].max():%Y-%m-%d}"
    try:
        return read_day(as_of).isoformat()
    except InvalidValue as error:
        questions.wrong(f"--as-of: {error}")
        return ""


def _understood(columns: Columns, contents: Contents, read: ReadTable) -> pd.DataFrame:
    """Return what was understood, a row each: what, answer."""
    rows = [("place", columns.place or columns.only), ("parent", columns.parent)]
    rows = [(what, answer) for what, answer in rows if answer] + [("year", columns.year)]
    for measure, one in zip(columns.measures, contents.indicators, strict=True):
        said = one.code if one.code == measure.name else f"{one.title} ({one.code}, {one.unit})"
        rows.append((measure.role, said))
    rows += [("country", contents.figures.country)] if contents.figures.country else []
    return pd.DataFrame([*rows, ("source", contents.source or read.file)], columns=["what", "answer"])


def _notes(contents: Contents, columns: Columns, published: str | None) -> list[Sentence]:
    notes = [*contents.figures.notes]
    if unused := [name for name in columns.unused if name]:
        notes.append(Sentence("start.note.unused", names=", ".join(unused[:8])))
    return notes + ([] if published else [Sentence("start.note.assumed")])
