"""The scorecard of a place as an Excel file: for readers, as data, with its sources and what to know of it."""

from __future__ import annotations

import datetime
import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from povertystats.exhibits import picture
from povertystats.files import writing
from povertystats.files.writing import write_whole
from povertystats.targets.sources import cited
from povertystats.targets.verdict import chance, grades, proxied
from povertystats.words.errors import InvalidValue
from povertystats.words.wording import check, dated, in_unit, moment, odds, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.targets.scorecard import Scorecard

# The readers' sheet: column, the sentence that names it, width in characters.
_READERS = (
    ("target", "scorecard.column.target", 30),
    ("probability", "scorecard.column.probability", 10),
    ("words", "workbook.head.words", 14),
    ("points", "scorecard.column.points", 14),
    ("required", "scorecard.column.required", 23),
    ("pace", "scorecard.column.pace", 23),
    ("latest", "scorecard.column.latest", 14),
    ("time", "workbook.head.time", 14),
    ("comparable", "workbook.head.comparable", 13),
    ("comparable_n", "workbook.head.comparable_n", 12),
    ("grade", "scorecard.column.grade", 11),
    ("sentence", "workbook.head.sentence", 62),
)
_SOURCES = (
    ("title", "brief.source.title", 70),
    ("publisher", "workbook.head.publisher", 36),
    ("dated", "brief.source.dated", 20),
    ("address", "workbook.head.address", 70),
)
_COLUMNS = (("column", "workbook.head.column", 22), ("meaning", "workbook.head.meaning", 110))
_NOTES = (("topic", "workbook.head.topic", 30), ("note", "workbook.head.note", 110))
_TOPICS = ("probability", "change", "shown", "comparable", "grade", "association")
_FIGURE = ["value", "year", "period"]
# What Excel takes in a cell, in units of UTF-16, and in an address.
_LONGEST, _LONGEST_ADDRESS = 32_767, 2_000
# What XML cannot hold, half a pair of UTF-16 among it.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


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
        files = picture.offer(xlsx=workbook_bytes(self.card, self.known, self.lang))
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
    Sheets: one row a target for readers, with numbers as numbers; ``card.table`` as it is; what its columns mean; the
    sources; notes. The same card gives the same bytes. Text is never taken for a formula, and only web addresses become
    links.

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


def workbook_bytes(card: Scorecard, known: Facts, lang: str) -> bytes:
    """Return what ``write_workbook`` writes."""
    import xlsxwriter

    check(lang)
    if card.as_of != known.cutoff:
        raise InvalidValue(f"the scorecard is of {card.as_of}, the facts are as known on {known.cutoff}")
    data, title = io.BytesIO(), say("workbook.title", lang, place=card.place, day=card.day(lang))
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(data, options) as workbook:
        # Excel keeps the day when a file was made: here that of its figures, so that it is the same every time.
        day = card.as_of or datetime.date(1980, 1, 1)
        made = datetime.datetime(day.year, day.month, day.day)
        workbook.set_properties({"title": _clean(title, lang), "author": "povertystats", "created": made})
        workbook.set_custom_property("Language", lang)
        sheets, sentences = _Sheets(workbook, lang), card.sentences(lang)
        every = zip(card.details, card.table.itertuples(), sentences, strict=True)
        readers = [_cells(found, row, sentence, lang) for found, row, sentence in every]
        sheets.add("card", _READERS, readers, title=title if readers else card.text(lang))
        raw = [(name, None, 16) for name in card.table]
        sheets.add("data", raw, card.table.astype(object).where(card.table.notna(), None).to_dict("records"))
        meanings = [{"column": name, "meaning": say(f"workbook.column.{name}", lang)} for name in card.table]
        sheets.add("columns", _COLUMNS, meanings)
        sheets.add("sources", _SOURCES, _sources(card, known, lang))
        sheets.add("notes", _NOTES, _notes(card, known, sentences, lang))
    return data.getvalue()


def _cells(found, row, sentence, lang):
    """Return one row for readers: each cell a text, None, or a number with its format."""
    # The table's latest figure is that of one place, here named where the target speaks of several.
    figure = (row.latest_value, row.latest_year, row.latest_period)
    shown = next((one for one in found.figures if tuple(one.latest[_FIGURE]) == figure), None)
    words = [] if row.verdict == "probable" else [say(f"scorecard.verdict.{row.verdict}", lang)]
    words += [proxied(found, odds(chance(row), lang), lang)] if pd.notna(row.probability) else []
    when = None if shown is None else moment(row.latest_period, row.latest_year, lang)
    if shown is not None and when and len(found.target.places) > 1:
        when = say("workbook.time", lang, time=when, place=shown.place)
    change = None if row.verdict == "already_met" else row.required_change
    return {
        "target": found.target.wording[lang],
        "probability": _number(row.probability, _chance_format(lang)),
        "words": "; ".join(words),
        "points": _number(row.probability_points, _chance_format(lang)),
        "required": _amount(change, row.required_unit, lang, signed=found.target.rules.signed),
        "pace": _amount(row.usual_pace, row.required_unit, lang, signed=True),
        "latest": None if shown is None else _amount(row.latest_value, shown.unit, lang),
        "time": when,
        "comparable": _number(row.comparable, "0%"),
        "comparable_n": _number(row.comparable_n, "#,##0"),
        "grade": row.grade,
        "sentence": sentence,
    }


def _sources(card, known, lang):
    """Return the sources of the targets, of how they are read, and of every figure of the places themselves."""
    found = cited(known, card, None)
    found["dated"] = [dated(day, lang) for day in found["dated"]]
    return found.rename(columns={"url": "address"}).to_dict("records")


def _notes(card, known, sentences, lang):
    # Of the card's text, the sentences stand on the first sheet; what is said of all targets together is told here.
    summary = card.text(lang).replace("\n" + "\n".join(sentences), "")
    notes = {"answer": card.headline(lang), "summary": summary}
    for topic in _TOPICS:
        notes[topic] = (
            grades(lang) if topic == "grade" else say(f"workbook.note.{topic}", lang, day=card.day(lang))
        )
    works = [
        (title[lang] or say("workbook.note.untitled", lang), of[lang]) for title, of in known.identity.works
    ]
    notes["cite"] = say("workbook.note.cite", lang, titles="; ".join(t for t, _ in works), day=card.day(lang))
    keys = {True: "workbook.note.licence", False: "workbook.note.no_licence"}
    notes["licence"] = " ".join(say(keys[bool(of)], lang, title=title, licence=of) for title, of in works)
    return [{"topic": say(f"workbook.topic.{topic}", lang), "note": note} for topic, note in notes.items()]


def _number(value, shape):
    return None if pd.isna(value) else (value, shape)


def _chance_format(lang):
    """Return the format of a probability: never 0 % or 100 %, as everywhere."""
    under, over = say("probability.under", lang), say("probability.over", lang)
    return f'[<0.01]"{under}";[>0.99]"{over}";0%'


def _amount(value, unit, lang, *, signed=False):
    """Return a number whose format shows its unit; a rate as the share that Excel calls a percentage."""
    if pd.isna(value):
        return None
    digits = f"{abs(value):.2f}".rstrip("0").partition(".")[2]
    shape = "#,##0" + ("." + "0" * len(digits) if digits else "")
    if unit == "pct":
        return value / 100, f"{shape}%"
    before, after = (f'"{part}"' if part else "" for part in in_unit("\0", unit, lang).split("\0"))
    shape = f"{before}{shape}{after}"
    return value, f'+{shape};"−"{shape};{shape}' if signed else shape


def _clean(text, lang):
    """Return text that an Excel cell can hold: without what XML forbids, and cut with a note where it is too long."""
    text = _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST:
        return text
    note = say("workbook.cut", lang, n=_LONGEST)
    return units[: 2 * (_LONGEST - len(note))].decode("utf-16-le", "ignore") + note


class _Sheets:
    """The sheets of a workbook, all of one form: a table with its header, frozen and repeated, A4 across."""

    def __init__(self, workbook, lang):
        self.workbook, self.lang, self._formats = workbook, lang, {}

    def add(
        self,
        name: str,
        columns: Sequence[tuple[str, str | None, int]],
        rows: Sequence[dict],
        *,
        title: str = "",
    ) -> None:
        """Add a sheet of ``columns`` (name, sentence that heads it, width) and ``rows`` (a dict each)."""
        sheet = self.workbook.add_worksheet(say(f"workbook.sheet.{name}", self.lang))
        if title:
            self._text(sheet, 0, 0, title, text_wrap=False, bold=True, font_size=14)
        header = 2 if title else 0
        heads = [say(sentence, self.lang) if sentence else column for column, sentence, _ in columns]
        for across, (column, _, width) in enumerate(columns):
            sheet.set_column(across, across, width)
            self._text(sheet, header, across, heads[across], bold=True, bottom=1)
            for down, row in enumerate(rows, header + 1):
                self._write(sheet, down, across, row[column])
        if rows:
            self._table(sheet, header, len(rows), heads)
        sheet.freeze_panes(header + 1, 1)
        sheet.repeat_rows(header)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.6)
        sheet.set_footer("&R&P / &N")

    def _table(self, sheet, header, rows, heads):
        """Say that this is a table, whose header a screen reader tells with each cell and Excel can sort by."""
        columns = [{"header": head, "header_format": self._format(bold=True, bottom=1)} for head in heads]
        look = {"style": "Table Style Light 1", "description": sheet.get_name()}
        sheet.add_table(header, 0, header + rows, len(heads) - 1, {"columns": columns, **look})

    def _write(self, sheet, down, across, cell):
        """Write a cell by what it is: nothing, a number with or without its format, a web address, or text."""
        if cell is None or cell == "":
            return
        if isinstance(cell, tuple):
            sheet.write_number(down, across, cell[0], self._format(num_format=cell[1]))
        elif not isinstance(cell, str):
            sheet.write_number(down, across, cell, self._format())
        elif re.fullmatch(r"https?://[!-~]+", cell) and len(cell) <= _LONGEST_ADDRESS:
            sheet.write_url(down, across, cell, self._format(font_color="#00578a", underline=1))
        else:
            self._text(sheet, down, across, cell)

    def _text(self, sheet, down, across, text, **look):
        text = _clean(text, self.lang)
        if text.startswith(writing.FORMULA):
            look["quote_prefix"] = True
        sheet.write_string(down, across, text, self._format(**look))

    def _format(self, **look):
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self.workbook.add_format({"text_wrap": True, "valign": "top", **look})
        return self._formats[key]
