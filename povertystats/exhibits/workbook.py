"""The scorecard of a place as an Excel file: for readers, as data, with its sources and what to know of it."""

from __future__ import annotations

import datetime
import html
import io
import re
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.exhibits import picture
from povertystats.files.days import built
from povertystats.files.writing import write_whole
from povertystats.layout.sheets import (
    FONT,
    Column,
    Sheets,
    amount,
    chance_format,
    clean,
    digits_of,
    signed_format,
)
from povertystats.targets.sources import cited, settled
from povertystats.targets.verdict import chance, grades, proxied
from povertystats.words.errors import InvalidValue
from povertystats.words.languages import code, own_sentences
from povertystats.words.names import plain
from povertystats.words.wording import check, date, dated, in_unit, likely, moment, number, quantity, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.targets.scorecard import Scorecard

# The sheets: column, the sentence that heads it, width in digits.
_READERS = (
    ("target", "scorecard.column.target", 40),
    ("probability", "scorecard.column.probability", 10),
    ("points", "scorecard.column.points", 12),
    ("words", "workbook.head.words", 22),
    ("required", "scorecard.column.required", 11),
    ("pace", "scorecard.column.pace", 12),
    ("unit", "workbook.head.unit", 12),
    ("latest", "scorecard.column.latest", 18),
    ("time", "workbook.head.time", 15),
    ("comparable", "workbook.head.comparable", 14),
    ("comparable_n", "workbook.head.comparable_n", 11),
    ("grade", "scorecard.column.grade", 14),
)
_FULL = (
    ("target", "scorecard.column.target", 36),
    ("sentence", "workbook.head.sentence", 84),
    ("settled", "workbook.head.settled", 30),
)
_SOURCES = (
    ("title", "brief.source.title", 62),
    ("publisher", "workbook.head.publisher", 26),
    ("dated", "brief.source.dated", 20),
    ("address", "workbook.head.address", 50),
)
_COLUMNS = (("column", "workbook.head.column", 22), ("meaning", "workbook.head.meaning", 120))
_NOTES = (("topic", "workbook.head.topic", 28), ("note", "workbook.head.note", 118))
_TOPICS = ("probability", "change", "shown", "comparable", "grade", "association", "known")
# What of the data stands open; the rest is folded away in groups, each up to the next of these.
_OPEN = (
    *(
        "target",
        "reading",
        "places",
        "year",
        "latest_value",
        "required_change",
        "required_unit",
        "usual_pace",
    ),
    *("verdict", "probability", "probability_points", "reason", "grade"),
)
_FIGURE = ["value", "year", "period"]
_PP = "pp"


@dataclass(frozen=True, eq=False)
class Workbook:
    """The workbook of a Scorecard, shown by a notebook as how to get it; on a page it is there to download."""

    card: Scorecard
    known: Facts
    lang: str

    def _repr_mimebundle_(self, include=None, exclude=None):
        how = say("workbook.how", self.lang)
        if not picture.kept():
            return {"text/plain": how}
        content = workbook_bytes(self.card, self.known, self.lang)
        files = picture.offer("", file_name(self.card, self.lang), xlsx=content)
        href, text = f"{picture.FOLDER}/{files['xlsx']}", say("page.file.xlsx", self.lang)
        link = f'<p class="files"><a href="{html.escape(href)}" download>{html.escape(text)}</a></p>'
        return {"text/plain": how, "text/html": link}, {"text/html": {"alone": True}}


def write_workbook(card: Scorecard, known: Facts, path: str | Path, lang: str) -> Path:
    """Write a scorecard as an Excel file.

    Parameters
    ----------
    card : Scorecard
        The targets of one place.
    known : Facts
        The view of the facts that the card was made of; its sources are listed.
    path : str or Path
        Where the file is written, whole or not at all.
    lang : str
        "vi", "en" or a language file.

    Returns
    -------
    Path
        The path.

    Raises
    ------
    InvalidValue
        For a language that is not spoken, or facts known on another day than the card's.
    FileProblem
        For a path that cannot be written.

    Notes
    -----
    Sheets: one row a target for readers, with numbers as numbers, on one page; each target in full; ``card.table`` as it
    is, its technical columns folded; what its columns mean; the sources; notes. The same card gives the same bytes on the
    same day. Text is never taken for a formula, and only web addresses become links.

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> known = ps.load_facts().as_of("2020-05-07")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_workbook(ps.scorecard(known), known, f"{folder}/card.xlsx", "vi").name
    'card.xlsx'
    """
    write_whole(path, workbook_bytes(card, known, lang))
    return Path(path)


def file_name(card: Scorecard, lang: str) -> str:
    """Return what the file is called, without its ending: the place without diacritics, the word for targets, their years.

    A language that has no word of its own for it says which it is.
    """
    years = sorted({target.year for target in card.targets})
    found = {"place": card.place, "years": "-".join(map(str, dict.fromkeys(years[:1] + years[-1:])))}
    own = "" if "workbook.file" in own_sentences(lang) else code(lang)
    told = plain(f"{say('workbook.file', lang, **found)} {own}")
    return "-".join(re.findall(r"[a-z0-9]+", told))


def workbook_bytes(card: Scorecard, known: Facts, lang: str) -> bytes:
    """Return what ``write_workbook`` writes."""
    import xlsxwriter

    check(lang)
    if card.as_of != known.cutoff:
        raise InvalidValue(f"the scorecard is of {card.as_of}, the facts are as known on {known.cutoff}")
    data, title = io.BytesIO(), say("workbook.title", lang, place=card.place, day=card.day(lang))
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(data, options | {"default_format_properties": dict(FONT)}) as workbook:
        # Excel keeps the day when a file was made: here that of its figures, so that it is the same every time.
        day = card.as_of or datetime.date(1980, 1, 1)
        made = datetime.datetime(day.year, day.month, day.day)
        workbook.set_properties({"title": clean(title, lang), "author": "povertystats", "created": made})
        workbook.set_custom_property("Language", lang)
        sheets, sentences = Sheets(workbook, lang, title), card.sentences(lang)
        every = list(zip(card.details, card.table.itertuples(), sentences, strict=True))
        told, *rest = card.text(lang).splitlines()
        rates = [row.latest_value for found, row, _ in every if found.target.figure_unit == "pct"]
        digits = digits_of(x for x in rates if pd.notna(x))
        readers = [_cells(found, row, lang, digits) for found, row, _ in every]

        def add(name, columns, rows, **options):
            heads = [Column(column, say(key, lang), width) for column, key, width in columns]
            sheets.add(say(f"workbook.sheet.{name}", lang), heads, rows, **options)

        key = f"{say('scorecard.column.grade', lang)}: {'; '.join(grades(lang).splitlines())}."
        below = [key, say("workbook.note.association", lang)] if every else rest
        add("card", _READERS, readers, title=[title, told], below=[*below, _made(lang)], one_page=True)
        add("full", _FULL, [_in_full(found, sentence, lang) for found, _, sentence in every])
        raw = card.table.astype(object).where(card.table.notna(), None).to_dict("records")
        sheets.add(say("workbook.sheet.data", lang), _data(card.table, lang), raw)
        meanings = [{"column": name, "meaning": say(f"workbook.column.{name}", lang)} for name in card.table]
        add("columns", _COLUMNS, meanings)
        add("sources", _SOURCES, _sources(card, known, lang))
        add("notes", _NOTES, _notes(card, known, sentences, lang))
    return data.getvalue()


def _cells(found, row, lang, digits):
    """Return one row for readers: each cell a text, None, or a number with its format."""
    words = [] if row.verdict == "probable" else [say(f"scorecard.verdict.{row.verdict}", lang)]
    words += [proxied(found, likely(chance(row), lang), lang)] if pd.notna(row.probability) else []
    change = None if row.verdict == "already_met" else row.required_change
    unit = row.required_unit if pd.notna(change) or pd.notna(row.usual_pace) else ""
    shape = "0.00" if unit == _PP else "#,##0"
    latest, time = _latest(found, row, lang, digits)
    return {
        "target": found.target.wording[lang],
        "probability": _number(row.probability, chance_format(lang)),
        "points": _number(row.probability_points, chance_format(lang)),
        "words": "; ".join(words),
        "required": _number(change, signed_format(shape) if found.target.rules.signed else shape),
        "pace": _number(row.usual_pace, signed_format("0.00" if unit == _PP else "#,##0.0")),
        "unit": in_unit("", unit, lang).strip() if unit else "",
        "latest": latest,
        "time": time,
        "comparable": _number(row.comparable, "0%"),
        "comparable_n": _number(row.comparable_n, "#,##0"),
        "grade": row.grade,
    }


def _latest(found, row, lang, digits):
    """Return the latest figure with its time: a number, or where there are several, each with its place, as text."""
    told = {
        one.place: (quantity(latest.value, one.unit, lang), moment(latest.period, latest.year, lang))
        for one, latest in (found.of_year if found.known else [(one, one.latest) for one in found.figures])
    }
    if len(told) > 1:
        times = list(dict.fromkeys(when for _, when in told.values()))
        each = [
            f"{place}: {figure}" + (f" ({when})" if len(times) > 1 else "")
            for place, (figure, when) in told.items()
        ]
        return "\n".join(each), times[0] if len(times) == 1 else ""
    # The table's latest figure is that of one place, here named where the target speaks of several.
    figure = (row.latest_value, row.latest_year, row.latest_period)
    shown = next((one for one in found.figures if tuple(one.latest[_FIGURE]) == figure), None)
    when = None if shown is None else moment(row.latest_period, row.latest_year, lang)
    return None if shown is None else amount(row.latest_value, shown.unit, lang, digits), when


def _in_full(found, sentence, lang):
    """Return the explanation of one row, without its target, which stands beside it, and what figure is lacking."""
    wording, held = found.target.wording[lang], settled(found, lang)
    told = sentence.removeprefix(wording).lstrip(":. ")
    if held:
        told = told.removesuffix(say("scorecard.settled_by", lang, settled=held)).rstrip()
    return {
        "target": wording,
        "sentence": told[:1].upper() + told[1:],
        "settled": held[:1].upper() + held[1:],
    }


def _data(table, lang):
    """Return the columns of the data, each with the format of its numbers: a share too small to show says so."""
    tiny = f'[=0]0.000;[<0.0005]"< {number(0.001, lang, 3)}";0.000'
    columns = []
    for name in table:
        values = pd.to_numeric(table[name], errors="coerce").dropna()
        shape = "0" if (values % 1 == 0).all() else tiny if values.between(0, 1).all() else "0.00"
        columns.append(Column(name, name, 11, shape, folded=name not in _OPEN))
    return columns


def _sources(card, known, lang):
    """Return the sources of the targets, of how they are read, and of every figure of the places themselves."""
    found = cited(known, card, None)
    found["dated"] = [dated(day, lang) for day in found["dated"]]
    found["publisher"] = found["publisher"].where(
        found["publisher"] != "", say("workbook.note.no_publisher", lang)
    )
    found["publisher"] = list(zip(found["publisher"], found["url"], strict=True))
    return found.rename(columns={"url": "address"}).to_dict("records")


def _notes(card, known, sentences, lang):
    # Of the card's text, the sentences stand on a sheet of their own; what is said of all targets together is told here.
    summary = card.text(lang).replace("\n" + "\n".join(sentences), "")
    notes, day = {"answer": card.headline(lang), "summary": summary}, card.day(lang)
    for topic in _TOPICS:
        notes[topic] = grades(lang) if topic == "grade" else say(f"workbook.note.{topic}", lang, day=day)
    notes["built"], untitled = _made(lang), say("workbook.note.untitled", lang)
    works = [(title[lang] or untitled, of[lang]) for title, of in known.identity.works]
    notes["cite"] = say("workbook.note.cite", lang, titles="; ".join(t for t, _ in works), day=day)
    keys = {True: "workbook.note.licence", False: "workbook.note.no_licence"}
    notes["licence"] = " ".join(say(keys[bool(of)], lang, title=title, licence=of) for title, of in works)
    return [{"topic": say(f"workbook.topic.{topic}", lang), "note": note} for topic, note in notes.items()]


def _made(lang):
    return say("workbook.note.built", lang, day=date(built(), lang), version=version("povertystats"))


def _number(value, shape):
    return None if pd.isna(value) else (value, shape)
