"""Tables as other hands, programs and countries would have written them: what is meant stays, or can no longer be read."""

import csv
import io
import json
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent.parent / "data"
SCHEMA = json.loads((DATA / "schema.json").read_text("utf-8"))
PACKAGE = json.loads((DATA / "datapackage.json").read_text("utf-8"))
# What people read and no figure depends on.
PROSE = {"title", "publisher", "url", "dated", "via", "licence", "quality", "decision", "note", "tier"}
PROSE |= {
    f"{name}_{lang}"
    for name in ("title", "short", "region", "wording", "evidence", "note")
    for lang in ("vi", "en")
}


@dataclass(frozen=True)
class Written:
    """A table as text: its role in a package, its header, its rows, and how they are written down."""

    role: str
    header: list[str]
    rows: list[list[str]]
    delimiter: str = ","
    end: str = "\n"
    encoding: str = "utf-8"
    quoting: int = csv.QUOTE_MINIMAL

    @property
    def kinds(self) -> dict[str, str]:
        fields = SCHEMA["fields"]["shared"] | SCHEMA["fields"][self.role]
        return {name: fields[name]["type"] for name in self.header}

    def of_kind(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind in kinds]

    def text(self) -> str:
        lines = io.StringIO()
        how = {"delimiter": self.delimiter, "lineterminator": self.end, "quoting": self.quoting}
        csv.writer(lines, **how).writerows([self.header, *self.rows])
        return lines.getvalue()

    def bytes(self) -> bytes:
        return self.text().encode(self.encoding)

    def changed(self, column: str, change, rows=None) -> "Written":
        """Return the table with the cells of a column changed where they hold something, in some rows or in all."""
        at = self.header.index(column)
        new = [
            [*row[:at], change(row[at]), *row[at + 1 :]] if row[at] and (rows is None or n in rows) else row
            for n, row in enumerate(self.rows)
        ]
        return replace(self, rows=new)


def shipped(name: str, rows: range | None = None) -> Written:
    """Return a table that comes along, or some of its rows."""
    (about,) = (each for each in PACKAGE["resources"] if each["name"] == name)
    header, *every = csv.reader(io.StringIO((DATA / about["path"]).read_text("utf-8"), newline=""))
    return Written(
        about["role"], header, every if rows is None else [every[n] for n in rows if n < len(every)]
    )


def needed(role: str, name: str) -> bool:
    """Return whether a column must hold something: what may be blank is blank for a reason that no reader can know."""
    about = (SCHEMA["fields"]["shared"] | SCHEMA["fields"][role])[name]
    return bool(about.get("constraints", {}).get("required"))


def _cell(table: Written, column: str) -> int | None:
    """Return the first row that has something in a column."""
    at = table.header.index(column)
    return next((n for n, row in enumerate(table.rows) if row[at]), None)


def _each(table: Written, columns: list[str], *changes) -> Iterator[Written]:
    """Yield the table with one cell changed, for each column and each change of it that makes a difference."""
    for column in columns:
        first = _cell(table, column)
        for change in changes if first is not None else ():
            new = table.changed(column, change, {first})
            if new.rows != table.rows:
                yield new


def _order(items: list, step: int = 7) -> list:
    return sorted(items, key=lambda item: (items.index(item) * step) % len(items)) if items else items


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _grouped(sign: str, text: str) -> str:
    whole, _, rest = text.partition(".")
    if not whole.isdigit() or len(whole) < 4:
        return text
    return f"{int(whole):,}".replace(",", sign) + ("," if sign == "." else ".") * bool(rest) + rest


def _numbers(table: Written, change) -> Iterator[Written]:
    """Yield the table with all its numbers written in another way."""
    new = table
    for column in table.of_kind("number"):
        new = new.changed(column, change)
    if new.rows != table.rows:
        yield new


def _share(table: Written, name: str | None = None) -> Iterator[Written]:
    """Yield the table with what is per cent as shares: of one indicator, or of all."""
    if {"value", "unit", "indicator"} <= {*table.header}:
        unit, which = (table.header.index(column) for column in ("unit", "indicator"))
        rows = {n for n, row in enumerate(table.rows) if row[unit] == "pct" and name in (None, row[which])}
        new = table.changed("value", lambda text: f"{float(text) / 100:.6g}", rows)
        if new.rows != table.rows:
            yield new


def _day(form: str, text: str) -> str:
    year, month, day = text.split("-")
    return form.format(year=year, month=month, day=day, d=int(day), m=int(month), yy=year[2:])


def _shift(years: int, text: str) -> str:
    return str(int(text) + years) if text.isdigit() else text


def _permuted(table: Written, order: list[int]) -> Written:
    rows = [[row[n] for n in order] for row in table.rows]
    return replace(table, header=[table.header[n] for n in order], rows=rows)


def mutations(table: Written) -> Iterator[tuple[str, str, Written | bytes]]:
    """Yield (kind, what is expected, the table or its bytes).

    Expected is "same", "rest" where rows are lost that nobody can miss (the others must be the same), or "any": the
    same or a fault.
    """
    header, rows = table.header, table.rows
    required = [name for name in header if name not in PROSE]
    again = partial(replace, table)

    for name in header:
        at = header.index(name)
        if name not in PROSE and any(row[at] for row in rows):
            yield "deleted column", "any", _permuted(table, [n for n in range(len(header)) if n != at])
        if name not in PROSE:
            for new in (name.title(), name[:-1], f"{name}_2", f"my {name}", ""):
                yield "renamed column", "any", again(header=[*header[:at], new, *header[at + 1 :]])
    for one, two in zip(required, required[1:], strict=False):
        pairs = {one: two, two: one}
        if any(row[header.index(one)] != row[header.index(two)] for row in rows):
            yield "swapped columns", "any", again(header=[pairs.get(name, name) for name in header])
    yield "shuffled columns", "same", _permuted(table, _order([*range(len(header))], 5))
    yield "shuffled columns", "same", _permuted(table, [*reversed(range(len(header)))])
    yield "deleted rows", "rest", again(rows=rows[1:])
    yield "deleted rows", "rest", again(rows=rows[::2])
    yield "shuffled rows", "same", again(rows=_order(rows[:50]) + rows[50:])
    yield "shuffled rows", "same", again(rows=rows[::-1])
    yield "duplicates", "any", again(rows=[*rows, rows[0]])
    yield "duplicates", "any", again(rows=[*rows, *rows])
    yield "duplicates", "any", again(header=[*header, header[-1]], rows=[[*row, row[-1]] for row in rows])
    for column in table.of_kind("number"):
        for new in _each(table, [column], lambda text: text + "1"):
            yield "duplicates", "any", again(rows=[*rows, *[row for row in new.rows if row not in rows]])

    typed = {
        "number": ["abc", "1 2", "0x1F", "1e", "--1", "1.2.3", "½"],
        "year": ["x", "20l9", "2019.5", "MMXIX"],
        "date": ["yesterday", "2019-13-01", "2019-02-30", "20191021x"],
        "boolean": ["maybe", "2", "yes and no"],
    }
    for kind, words in typed.items():
        for new in _each(table, table.of_kind(kind), *(lambda _, word=word: word for word in words)):
            yield "wrong type", "any", new
    for name in header:
        at = header.index(name)
        if needed(table.role, name) and rows:
            yield "empty", "any", table.changed(name, lambda _: "", {0})
            yield "empty", "any", table.changed(name, lambda _: "")
    yield "empty", "any", b""
    yield "empty", "any", b"\n\n"
    yield "empty", "rest", again(rows=[])
    yield "empty", "any", again(rows=[rows[0], [""] * len(header), *rows[1:]])
    for word in ("inf", "-inf", "Infinity", "1e999", "-1.#INF", "nan"):
        # A word for "missing" is one where a cell may be blank.
        numbers = [n for n in table.of_kind("number", "year") if word != "nan" or needed(table.role, n)]
        for new in _each(table, numbers, lambda _, word=word: word):
            yield "infinite", "any", new
    if table.role == "facts":
        low = {
            row["indicator"] for row in _rows(shipped("indicators")) if row["min"] and float(row["min"]) >= 0
        }
        low = {n for n, row in enumerate(_rows(table)) if row["indicator"] in low and float(row["value"]) > 0}
        for sign in ("-", "−", "- "):
            yield "negative", "any", table.changed("value", lambda text, sign=sign: sign + text, low)
            yield (
                "negative",
                "any",
                table.changed("value", lambda text, sign=sign: sign + text, {*list(low)[:1]}),
            )
        yield "negative", "any", table.changed("value", lambda text: f"({text})", low)
    for new in _each(table, table.of_kind("year"), lambda text: f"-{text}"):
        yield "negative", "any", new
    for sign in (",", ".", " ", "\u202f", "'"):
        for new in _numbers(table, partial(_grouped, sign)):
            yield "thousands separator", "any", new
    for new in _numbers(table, lambda text: text.replace(".", ",")):
        yield "decimal comma", "any", new
        yield "decimal comma", "any", replace(new, delimiter=";")
    for mark in ";\t|":
        yield "semicolon", "any", again(delimiter=mark)
    yield "CRLF", "same", again(end="\r\n")
    yield "BOM", "same", again(encoding="utf-8-sig")
    for name in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"):
        yield "UTF-16", "any", again(encoding=name)
    for form in ("NFC", "NFD"):
        text = _windows(table.text()) if form == "NFD" else table.text()
        for encoding in ("cp1258", "cp1252", "latin-1"):
            with suppress(UnicodeEncodeError):
                yield "Windows-1258", "any", text.encode(encoding)
    form = partial(unicodedata.normalize, "NFD")
    yield "NFD names", "any", again(header=[*map(form, header)], rows=[[*map(form, row)] for row in rows])
    for blank in (" ", "  ", "\t", "\u00a0"):
        yield (
            "trailing blanks",
            "any",
            again(rows=[[cell + blank if cell else cell for cell in row] for row in rows]),
        )
    yield "trailing blanks", "any", again(header=[f"{name} " for name in header])
    yield "trailing blanks", "any", again(rows=[[cell + " " for cell in row] for row in rows])
    yield "quoted fields", "same", again(quoting=csv.QUOTE_ALL)
    yield "quoted fields", "same", again(quoting=csv.QUOTE_NONNUMERIC)
    text = table.text()
    last = len(text.rstrip("\n").rpartition("\n")[0]) + 1
    for cut in (len(text) // 2, len(text) // 3, last + 3, last + (len(text) - last) // 2, text.rfind(",")):
        yield "truncated file", "rest", text[:cut].encode()
    yield "truncated file", "same", text[:-1].encode()
    for name in table.of_kind("year"):
        for change in (
            partial(_shift, 100),
            partial(_shift, -100),
            lambda text: text[2:],
            lambda text: f"{text}-12-31",
        ):
            yield "wrong year", "any", table.changed(name, change)
        for change in (
            partial(_shift, 30),
            partial(_shift, 1000),
            lambda text: text[::-1],
            lambda text: f"{text}0",
        ):
            yield from (("wrong year", "any", new) for new in _each(table, [name], change))
        # A year that may be meant: nothing but a checksum, or another cell, can know.
        for years in (1, -1, 10, -10):
            change = partial(_shift, years)
            new = table.changed(name, change)
            yield from (("near year", "any", each) for each in (new, *_each(table, [name], change)))
    for new in _share(table):
        yield "fraction for per cent", "any", new
    for name in dict.fromkeys(row["indicator"] for row in _rows(table)) if table.role == "facts" else ():
        yield from (("fraction for per cent", "any", new) for new in _share(table, name))
    for name in table.of_kind("date"):
        for form in ("{day}/{month}/{year}", "{month}/{day}/{year}", "{d}/{m}/{yy}", "{day}-{month}-{year}"):
            yield "dd/mm/yyyy dates", "any", table.changed(name, partial(_day, form))
            yield "dd/mm/yyyy dates", "any", table.changed(name, partial(_day, form), {0})
        for form in (
            "{year}/{month}/{day}",
            "{year}{month}{day}",
            "{year}-{month}",
            "{year}-{month}-{day}T00:00:00",
        ):
            yield "dd/mm/yyyy dates", "any", table.changed(name, partial(_day, form))


def _windows(text: str) -> str:
    """Return a text as Windows-1258 holds it: the vowel, then its tone as a mark of its own."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    letters = []
    for letter in text:
        marks = unicodedata.normalize("NFD", letter)
        vowel = unicodedata.normalize("NFC", "".join(mark for mark in marks if mark not in tones))
        letters += [vowel, *(mark for mark in marks if mark in tones)]
    return "".join(letters)


def _rows(table: Written) -> list[dict[str, str]]:
    return [dict(zip(table.header, row, strict=True)) for row in table.rows]
