"""The face of every public result: a short repr, its table and sentence in a notebook, a plot where it has one."""

import html
import textwrap
from collections.abc import Iterable, Sequence
from datetime import datetime, time
from importlib import import_module
from inspect import get_annotations
from numbers import Number
from typing import Any

# The module that draws results, named by the package itself: a room below cannot import one above.
BACKEND = "povertystats.exhibits.plots"
_ROWS, _WIDTH, _CELL, _LINE = 10, 100, 80, 24


class _Own:
    """A field that holds a table: each reader gets a copy, which pandas makes only when it is changed."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __set__(self, result: Any, table: Any) -> None:
        vars(result)[self.name] = table

    def __get__(self, result: Any, owner: type | None = None) -> Any:
        if result is None or self.name not in vars(result):
            raise AttributeError(self.name)  # to a dataclass: a field without a default
        table = vars(result)[self.name]
        return table.copy(deep=False) if hasattr(table, "copy") else table


class Result:
    """What every public result shares: ``repr`` of at most 15 lines, and an HTML face of its sentence and table.

    A subclass is a frozen dataclass (``repr=False``) with a ``table``; it says in ``_sentence`` what it is, in one line.
    Nobody changes a result for others: fields annotated as DataFrame are handed out as copies.
    """

    table: Any

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for name, kind in get_annotations(cls).items():
            if str(getattr(kind, "__name__", kind)).endswith("DataFrame") and name not in vars(cls):
                setattr(cls, name, _Own(name))

    def _sentence(self) -> str:
        return type(self).__name__

    def _displayed(self) -> Any:
        """Return the table that is shown; a subclass may show another than its own."""
        return getattr(self, "table", None)

    def _shown(self, rows: int) -> Any:
        """Return the first rows of the table, of the columns that are shown; None without a table."""
        table = self._displayed()
        return None if table is None else table.head(rows)

    def __repr__(self) -> str:
        sentence = f"<{type(self).__name__}> {self._sentence()}"
        head = textwrap.fill(sentence, _WIDTH, max_lines=2, placeholder=" …")
        shown = self._shown(_ROWS)
        if shown is None or shown.empty:
            return head
        lines = (
            _short(shown)
            .to_string(index=False, line_width=None, max_cols=8, max_colwidth=_CELL // 2)
            .splitlines()
        )
        more = len(self._displayed()) - len(shown)
        return "\n".join([head, *map(_cut, lines[: _ROWS + 1]), *([f"... {more} more rows"] if more else [])])

    def _repr_html_(self) -> str:
        shown = self._shown(20)
        told = f"<p>{html.escape(self._sentence())}</p>"
        if shown is None or shown.empty:
            return told
        # JupyterLab aligns every cell to the right unless the cell says otherwise.
        sides = ["right" if all(map(_is_number, shown[name].dropna())) else "left" for name in shown]
        head = _row("th", shown.columns, sides)
        body = "\n".join(_row("td", row, sides) for row in _short(shown).itertuples(index=False))
        more = len(self._displayed()) - len(shown)
        rest = f"\n<p>… {more:,} more rows in <code>.table</code></p>" if more else ""
        table = f"<table>\n<thead>{head}</thead>\n<tbody>\n{body}\n</tbody>\n</table>"
        return f'{told}\n<div style="overflow-x: auto">{table}</div>{rest}'


class Plotted(Result):
    """A result that has a picture."""

    def plot(self, lang: str = "vi", **options: Any) -> Any:
        """Return the picture of this result: its figure with alternative text and the numbers drawn.

        Parameters
        ----------
        lang : str, default "vi"
            The language of its labels.
        **options
            Options of the figure, such as ``labels={column: name}``.

        Returns
        -------
        Picture
            Shown by a notebook as an image with its alternative text; ``.figure``, ``.alt`` and ``.data``.
        """
        return import_module(BACKEND).plot(self, lang, **options)


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _is_number(cell: Any) -> bool:
    return isinstance(cell, Number) and not isinstance(cell, bool)


def _short(table: Any) -> Any:
    """Return a table as it is read: fractions of four significant digits, days, a dash for what is missing."""
    return table.astype(object).map(_digits, na_action="ignore").where(table.notna(), "–")


def _digits(cell: Any) -> Any:
    if isinstance(cell, datetime):
        return cell.date() if cell.time() == time() else cell
    if not isinstance(cell, float):
        return cell
    return f"{cell:,.0f}" if 1e4 <= abs(cell) < 1e15 else f"{cell:.4g}"


def _row(tag: str, cells: Iterable[Any], sides: Sequence[str]) -> str:
    """Return a row of HTML, each cell on its side; short texts stay in one line, long ones are cut."""
    made = []
    for cell, side in zip(map(str, cells), sides, strict=True):
        text = html.escape(cell if len(cell) <= _CELL else f"{cell[: _CELL - 1]}…")
        line = "" if len(cell) > _LINE else "; white-space: nowrap"
        made.append(f'<{tag} style="text-align: {side}{line}">{text}</{tag}>')
    return f"<tr>{''.join(made)}</tr>"
