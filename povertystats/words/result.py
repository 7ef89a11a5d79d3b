"""The face of every public result: a short repr, its table and sentence in a notebook, a plot where it has one."""

import html
from importlib import import_module
from inspect import get_annotations
from typing import Any

# The module that draws results, named by the package itself: a room below cannot import one above.
BACKEND = "povertystats.exhibits.plots"
_ROWS, _WIDTH = 10, 100


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
        """Return the first rows of the table as they are shown, numbers rounded to four digits; None without a table."""
        table = self._displayed()
        return None if table is None else table.head(rows).map(_short)

    def __repr__(self) -> str:
        head = _cut(f"<{type(self).__name__}> {self._sentence()}")
        shown = self._shown(_ROWS)
        if shown is None or shown.empty:
            return head
        lines = shown.to_string(line_width=None, max_cols=8, max_colwidth=24).splitlines()
        more = len(self._displayed()) - len(shown)
        return "\n".join([head, *map(_cut, lines[: _ROWS + 2]), *([f"... {more} more rows"] if more else [])])

    def _repr_html_(self) -> str:
        shown = self._shown(20)
        told = f"<p>{html.escape(self._sentence())}</p>"
        if shown is None or shown.empty:
            return told
        table = shown.to_html(index=False, border=0, justify="left", na_rep="–")
        # JupyterLab would align every cell to the right.
        table = table.replace("<td>", '<td style="text-align: left">')
        more = len(self._displayed()) - len(shown)
        rest = f"<p>… {more:,} more rows in <code>.table</code></p>" if more else ""
        return f'{told}\n<div style="text-align: left; overflow-x: auto">{table}</div>{rest}'


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


def _short(cell: Any) -> Any:
    """Return a number with four significant digits, anything else as it is."""
    return float(f"{cell:.4g}") if isinstance(cell, float) else cell
