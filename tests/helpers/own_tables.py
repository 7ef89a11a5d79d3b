"""Tables as other people make them, illustrative: seven places of a country that is none, nine years."""

from pathlib import Path

import openpyxl

from povertystats.packages.questions import Questions
from povertystats.tables.reading import read_table

PLACES = ["Arland", "Borland", "Corland", "Dorland", "Erland", "Furland", "Gorland"]
YEARS = [*range(2015, 2024)]


def rate(at, year):
    """Return a rate that falls, each place by its own pace and a step of its own each year."""
    return round(24 - 2.1 * at - (year - 2015) * (0.45 + 0.03 * at) + ((year * 7 + at * 3) % 5) / 4, 2)


RATES = {(place, year): rate(at, year) for at, place in enumerate(PLACES) for year in YEARS}


def written(path, rows, sep=",", encoding="utf-8"):
    """Write rows as delimited text, blanks for what is None, and return the path."""
    text = "\n".join(sep.join("" if cell is None else str(cell) for cell in row) for row in rows)
    Path(path).write_text(text + "\n", encoding)
    return path


def long(places=PLACES, years=YEARS, header=("province", "year", "poor_pct")):
    """Return the rows of a long table."""
    return [header, *([place, year, RATES[place, year]] for place in places for year in years)]


def wide(places=PLACES, years=YEARS, head="Province", name="{}"):
    """Return the rows of a wide table, the years in the names of columns."""
    body = [[place, *(RATES[place, year] for year in years)] for place in places]
    return [[head, *(name.format(year) for year in years)], *body]


def workbook(path, rows, merged=(), formats=None):
    """Write rows as a workbook and return the path."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    for cell, form in (formats or {}).items():
        book.active[cell].number_format = form
    book.save(path)
    return path


def read_with(path, ask=None, **options):
    """Return a table as read, and questions that are answered by ``ask``."""
    return read_table(path, **options), Questions(ask)
