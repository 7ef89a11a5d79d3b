"""A table as HTML: figures on the right with as many decimals as the longest, and on a phone whole rows as cards."""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Sequence
from functools import cache

from povertystats.words.wording import number

# A cell that is a figure: at most so many letters before its numbers, between and behind them, where \0 is a number.
_FIGURE = re.compile(r"[^\d/:;]{0,14}\0(?:[^\d/:;]{1,8}\0){0,3}[^\d/:;]{0,25}")
# A remark in brackets, a place for one, makes it a text.
_REMARK = re.compile(r"\([^\0)]*[^\W\d_]{2}[^\0)]*\)")
# So many letters across have a phone and a page; a column of words needs no more than so many of them; on a card a longer
# cell stands below its label.
_PHONE, _PAGE, _WORDS, _LINE = 44, 116, 18, 26
# More decimals than a quantity is written with are those of an estimate: its precision is not ours to add to.
_PADDED = 2
_EMPTY = ("", "–")


def grid(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    caption: str,
    lang: str,
    *,
    links: Sequence[str] = (),
    blank: Collection[int] = (),
    page: bool = True,
) -> str:
    """Return the HTML of a table whose cells are texts already.

    ``links``: web addresses that the cells of the first column lead to; ``blank``: rows that hold no result; ``page``: for a page, whose style sheet knows the
    classes (``cards`` on a phone, figures in ``lines``, a cell ``n`` for a figure or ``w`` for many words) and the label of
    each cell, else for a notebook, where a cell says its own alignment.

    >>> print(grid(["Year", "Rate"], [["2019", "19.5%"], ["2020", "18%"]], "Rates", "en"))
    <table class="lines">
    <caption>Rates</caption>
    <thead><tr><th scope="col">Year</th><th scope="col" class="n">Rate</th></tr></thead>
    <tbody>
    <tr><td data-label="Year">2019</td><td class="n" data-label="Rate">19.5%</td></tr>
    <tr><td data-label="Year">2020</td><td class="n" data-label="Rate">18.0%</td></tr>
    </tbody>
    </table>
    """
    columns = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in heads]
    figures = [at > 0 and _figures(column, lang) for at, column in enumerate(columns)]
    columns = [evened(one, lang) if right else one for one, right in zip(columns, figures, strict=True)]

    def look(at, cell=""):
        if not page:
            return f' style="text-align: {"right" if figures[at] else "left"}"'
        return ' class="n"' if figures[at] else ' class="w"' if len(cell) > _LINE else ""

    labels = [f' data-label="{html.escape(name)}"' if page else "" for name in heads]
    head = "".join(f'<th scope="col"{look(at)}>{html.escape(name)}</th>' for at, name in enumerate(heads))
    body = []
    for down, row in enumerate(zip(*columns, strict=True)):
        looks = [look(at, cell) + label for (at, cell), label in zip(enumerate(row), labels, strict=True)]
        cells = [html.escape(cell) for cell in row]
        if down < len(links) and links[down].startswith(("https://", "http://")):
            cells[0] = f'<a href="{html.escape(links[down])}">{cells[0]}</a>'
        told = "".join(f"<td{look}>{cell}</td>" for look, cell in zip(looks, cells, strict=True))
        kind = ' class="blank"' if page and down in blank else ""
        body.append(f"<tr{kind}>{told}</tr>\n")
    across = _across(heads, columns, figures)
    kinds = [kind for kind, is_one in (("cards", across > _PHONE), ("lines", across <= _PAGE)) if is_one]
    about = f' class="{" ".join(kinds)}"' if page else ""
    left = "" if page else ' style="text-align: left"'
    return (
        f"<table{about}>\n<caption{left}>{html.escape(caption)}</caption>\n"
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{''.join(body)}</tbody>\n</table>"
    )


def _across(heads, columns, figures):
    """Return how many letters across a table needs with each of its figures in one line."""
    letters = 0
    for head, column, right in zip(heads, columns, figures, strict=True):
        longest = max(map(len, column), default=0)
        word = max((len(word) for text in (head, *column) for word in text.split()), default=0)
        letters += max(word, longest if right else min(longest, _WORDS)) + 2
    return letters


def _figures(column, lang):
    """Return whether every cell of a column is a figure, or nothing."""
    shapes = [_numbers(lang).sub("\0", cell) for cell in column if cell not in _EMPTY]
    return bool(shapes) and all(_FIGURE.fullmatch(one) and not _REMARK.search(one) for one in shapes)


def evened(column: Sequence[str], lang: str) -> list[str]:
    """Return figures of a column with as many decimals as the longest of the same unit, up to two.

    >>> evened(["−2 điểm", "−17,07 điểm", "394 hộ", "–"], "vi")
    ['−2,00 điểm', '−17,07 điểm', '394 hộ', '–']
    """
    number_, point = _numbers(lang), number(0.5, lang, 1)[1]
    shapes = [number_.sub("\0", cell).lstrip("+−") for cell in column]
    most: dict[str, int] = {}
    for shape, cell in zip(shapes, column, strict=True):
        found = max((len(decimals) for decimals in number_.findall(cell)), default=0)
        most[shape] = max(most.get(shape, 0), found)

    def padded(found, digits):
        lack = digits - len(found[1] or "")
        return found[0] + ("" if found[1] or not digits else point) + "0" * lack

    return [
        cell if most[shape] > _PADDED else number_.sub(lambda n, d=most[shape]: padded(n, d), cell)
        for shape, cell in zip(shapes, column, strict=True)
    ]


@cache
def _numbers(lang):
    """Return what finds numbers as they are written in a language, with their decimals; a year is none."""
    point, group = (re.escape(number(x, lang, 1)[1]) for x in (0.5, 1234.0))
    return re.compile(
        rf"(?<![\d{point}{group}])\d{{1,3}}(?:{group}\d{{3}})*(?:{point}(\d+))?(?![\d/]|{group}\d)"
    )
