"""The sheets of an Excel workbook as an office prints them: a shaded header, rows as high as their text, A4 one page wide."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from povertystats.files.writing import FORMULA
from povertystats.words.wording import in_unit, say

# What every Office has, and LibreOffice letters of the same widths.
FONT = {"font_name": "Arial", "font_size": 10}
_TITLE, _LINE, _FULL = 14, 12.9, 409.0  # in points; Excel has no higher row
SHADE, _RULE, _LINK = "#dce9f2", "#b9c4cc", "#00578a"
# How wide letters are, in digits: those of few lines, of many, capitals, of the East, others; bold ones are wider still.
_NARROW, _BROAD = frozenset("fijlrt.,;:!|'()[]/- "), frozenset("mwMW%@—")
_BOLD, _SPARE, _LONG_WORD = 1.08, 1.5, 24
# What Excel takes in a cell, in units of UTF-16, in an address, and in a foot.
_LONGEST, _LONGEST_ADDRESS, _LONGEST_FOOT = 32_767, 2_000, 100
# More of a text fits into no row.
_LONGEST_SHOWN = 5_000
# What XML cannot hold, half a pair of UTF-16 among it.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its name among the cells of a row, its head, its width in digits, the format of its numbers.

    ``folded``: it stands in a group of columns that is opened by a click.
    """

    name: str
    head: str
    width: int
    shape: str = ""
    folded: bool = False


class Sheets:
    """The sheets of a workbook, all of one form: a table with its header, frozen and repeated on every page."""

    def __init__(self, workbook: Any, lang: str, foot: str = "") -> None:
        self.workbook, self.lang, self._foot = workbook, lang, foot
        self._formats: dict[tuple, Any] = {}

    def add(
        self,
        name: str,
        columns: Sequence[Column],
        rows: Sequence[Mapping[str, Any]],
        *,
        title: Sequence[str] = (),
        below: Sequence[str] = (),
        one_page: bool = False,
    ) -> None:
        """Add a sheet ``name`` of ``columns`` and ``rows``.

        A cell is a text, None, a number, (number, format), or (text, web address). ``title``: lines above the header;
        ``below``: lines under the table; ``one_page``: all of it is printed on one page.
        """
        sheet, columns = self.workbook.add_worksheet(name), [_widened(one, rows) for one in columns]
        for down, line in enumerate(title):
            size = {"bold": True, "font_size": _TITLE} if down == 0 else {}
            self._text(sheet, down, 0, line, text_wrap=False, **size)
            sheet.set_row(down, _LINE * 1.6)
        header = len(title)
        self._columns(sheet, header, columns)
        for down, row in enumerate(rows, header + 1):
            for across, column in enumerate(columns):
                self._write(sheet, down, across, row[column.name], column.shape)
            sheet.set_row(down, row_height([(row[one.name], one.width) for one in columns]))
        across = sum(one.width for one in columns if not one.folded) - 5
        notes = [part for line in below for part in _wrapped(line, across)]
        for down, line in enumerate(notes, header + len(rows) + 2):
            self._text(sheet, down, 0, line, text_wrap=False)
        if rows:
            self._table(sheet, header, len(rows), columns)
        sheet.freeze_panes(header + 1, 1)
        sheet.repeat_rows(header)
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 1 if one_page else 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        foot = self._foot[:_LONGEST_FOOT].replace("&", "&&")
        sheet.set_footer(f"&L&8{foot}&R&8&P / &N")

    def _columns(self, sheet, header, columns):
        folded = False
        for across, column in enumerate(columns):
            outline = {"level": 1, "hidden": True} if column.folded else {"collapsed": True} if folded else {}
            sheet.set_column(across, across, column.width, None, outline)
            folded = column.folded
        sheet.set_row(header, row_height([(one.head, one.width / _BOLD) for one in columns]) + 4)

    def _table(self, sheet, header, rows, columns):
        """Say that this is a table, whose header a screen reader tells with each cell."""
        look = self._format(bold=True, bg_color=SHADE, valign="vcenter", indent=1)
        heads = [{"header": self._clean(one.head), "header_format": look} for one in columns]
        about = {"style": None, "autofilter": False, "description": sheet.get_name()}
        sheet.add_table(header, 0, header + rows, len(columns) - 1, {"columns": heads, **about})

    def _write(self, sheet, down, across, cell, shape):
        """Write a cell by what it is: nothing, a number with or without its format, a web address, or text."""
        if cell is None or cell == "":
            sheet.write_blank(down, across, None, self._format())
        elif isinstance(cell, tuple) and isinstance(cell[0], str):
            text, address = cell
            self._text(sheet, down, across, text)
            if re.fullmatch(r"https?://[!-~]+", address) and len(address) <= _LONGEST_ADDRESS:
                look = self._format(font_color=_LINK, underline=1)
                sheet.write_url(down, across, address, look, string=self._clean(text))
        elif not isinstance(cell, str):
            value, own = cell if isinstance(cell, tuple) else (cell, shape)
            sheet.write_number(down, across, value, self._format(num_format=own or "General"))
        else:
            self._text(sheet, down, across, cell)

    def _text(self, sheet, down, across, text, **look):
        text = self._clean(text)
        if text.startswith(FORMULA):
            look["quote_prefix"] = True
        plain = look.get("text_wrap") is False
        frame = {"border": 0} if plain else {"indent": 1, "align": "left"}
        sheet.write_string(down, across, text, self._format(**frame | look))

    def _clean(self, text):
        return clean(text, self.lang)

    def _format(self, **look):
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            usual = {"text_wrap": True, "valign": "top", "border": 1, "border_color": _RULE}
            self._formats[key] = self.workbook.add_format(FONT | usual | look)
        return self._formats[key]


def row_height(cells: Iterable[tuple[Any, float]]) -> float:
    """Return how high a row must be, in points, for the longest of its texts, each with the width at which it wraps.

    >>> row_height([("one line", 20), (None, 20)]) < row_height([("a word that wraps", 10)])
    True
    """
    return min(max((_LINE * _lines(told, width) for told, width in cells), default=_LINE) + 3, _FULL)


def clean(text: str, lang: str) -> str:
    """Return text that an Excel cell can hold: without what XML forbids, and cut with a note where it is too long.

    >>> clean("a\\r\\nb\\x00", "en")
    'a\\nb\ufffd'
    """
    text = _FORBIDDEN.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _LONGEST:
        return text
    note = say("workbook.cut", lang, n=_LONGEST)
    return units[: 2 * (_LONGEST - len(note))].decode("utf-16-le", "ignore") + note


def signed_format(shape: str) -> str:
    """Return the format of a change, with its sign, from that of a number.

    >>> signed_format("0.0")
    '+0.0;"−"0.0;0.0'
    """
    return f'+{shape};"−"{shape};{shape}'


def chance_format(lang: str) -> str:
    """Return the format of a probability: never 0 % or 100 %, as everywhere."""
    under, over = say("probability.under", lang), say("probability.over", lang)
    return f'[<0.01]"{under}";[>0.99]"{over}";0%'


def amount(value: float, unit: str, lang: str, digits: int) -> tuple[float, str]:
    """Return a number whose format shows its unit; a rate, with so many ``digits``, as the share that Excel calls a percentage.

    >>> amount(19.5, "pct", "en", 2), amount(8, "schools", "en", 2)
    ((0.195, '0.00%'), (8, '#,##0" schools"'))
    """
    if unit == "pct":
        return value / 100, f"{_shape(digits)[4:]}%"
    before, after = (f'"{part}"' if part else "" for part in in_unit("\0", unit, lang).split("\0"))
    return value, f"{before}{_shape(digits_of([value]))}{after}"


def _shape(digits):
    return "#,##0" + ("." + "0" * digits if digits else "")


def digits_of(values: Iterable[float]) -> int:
    """Return how many decimals, two at most, are needed to write each of the values.

    >>> digits_of([40, 97.28]), digits_of([])
    (2, 0)
    """
    return max((len(f"{x:.2f}".rstrip("0").partition(".")[2]) for x in values), default=0)


def _widened(column, rows):
    """Return a column that is as wide as the longest word of its head, and of its cells unless that is very long."""
    words = [word for row in rows if isinstance(row[column.name], str) for word in row[column.name].split()]
    head = max((_wide(word) * _BOLD for word in column.head.split()), default=0)
    least = max(head, min(max(map(_wide, words), default=0), _LONG_WORD)) + _SPARE + 1
    return replace(column, width=max(column.width, math.ceil(least)))


def _lines(told, width):
    """Return how many lines a cell takes in a column of so many digits."""
    text = told[0] if isinstance(told, tuple) else told
    return len(_wrapped(text[:_LONGEST_SHOWN], width - _SPARE)) if isinstance(text, str) else 1


def _wrapped(text, width):
    """Return a text in lines of at most so many digits, broken within a word where nothing else helps."""
    lines = []
    for line in text.splitlines() or [""]:
        lines.append("")
        left = width
        for word in line.split(" "):
            size = _wide(word)
            if lines[-1] and _letter(" ") + size <= left:
                lines[-1], left = f"{lines[-1]} {word}", left - _letter(" ") - size
                continue
            if lines[-1]:
                lines.append("")
                left = width
            for letter in word:
                if lines[-1] and _letter(letter) > left:
                    lines.append("")
                    left = width
                lines[-1], left = lines[-1] + letter, left - _letter(letter)
    return lines


def _wide(text):
    """Return how wide a text is, in digits."""
    return sum(_letter(letter) for letter in text)


@cache
def _letter(letter):
    base = unicodedata.normalize("NFD", letter)[0]
    if unicodedata.combining(base):
        return 0.0
    if unicodedata.east_asian_width(base) in "WF":
        return 1.85
    return 0.55 if base in _NARROW else 1.5 if base in _BROAD else 1.25 if base.isupper() else 1.0
