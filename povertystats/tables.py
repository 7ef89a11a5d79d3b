"""A table for readers: no index, every cell as text, a caption that says what it holds."""

import html
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True, eq=False)
class Table:
    """A frame with its caption; shown by a notebook as HTML, with plain text beside it.

    >>> Table(pd.DataFrame({"a": ["<b>"]}), "Letters")
    Letters
      a
    <b>
    """

    frame: pd.DataFrame
    caption: str

    def __repr__(self):
        return f"{self.caption}\n{self.frame.to_string(index=False)}"

    def _repr_html_(self):
        body = self.frame.to_html(index=False, border=0, escape=True, na_rep="–")
        head, rest = body.split(">", 1)
        rest = rest.replace("<th>", '<th scope="col">')
        return f"{head}>\n<caption>{html.escape(self.caption)}</caption>{rest}"
