"""What every check of an estimate gives: one table, its clear rows, its sentences, so that one table and plot serve all."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
import pandas as pd

from povertystats.words.result import Plotted
from povertystats.words.wording import check

LEADING = ("check", "driver", "way", "estimate", "low", "high", "p", "n", "level")


class Check(Plotted, ABC):
    """A check of an estimate: the same association in other ways, against chance, at another time, without a place.

    A new check is a frozen dataclass (``eq=False, repr=False``) derived from this class that

    - sets ``kind``, its name in the column ``check``, and where its intervals are not to be compared with zero
      ``reference = None`` and a ``clear`` of its own;
    - has a field ``table`` made by ``checked``, one row an estimate, with the columns ``LEADING`` first (check, driver,
      way, estimate, low, high, p, n, level: the confidence of ``low`` to ``high``; NaN where there is none), then its own;
    - says its finding in ``_text``, and in ``_names`` what to call each row's way for readers; both are asked in a known
      language, with names of columns (none: ``{}``).
    """

    kind: ClassVar[str]
    reference: ClassVar[float | None] = 0.0
    table: pd.DataFrame

    @property
    def clear(self) -> pd.Series:
        """Whether the interval of each row of ``table`` excludes zero: a boolean Series."""
        return (self.table["low"] > 0) | (self.table["high"] < 0)

    def names(self, lang: str, *, labels: Mapping[str, str] | None = None) -> list[str]:
        """Return the way of each row of ``table`` for readers.

        Parameters
        ----------
        lang : str
            "vi" or "en".
        labels : mapping of str to str, optional
            Names of terms or columns, ``{column: name}``.

        Returns
        -------
        list of str
            One name a row.
        """
        check(lang)
        return self._names(lang, labels or {})

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return the finding in words, bad news first.

        Parameters
        ----------
        lang : str
            "vi" or "en".
        labels : mapping of str to str, optional
            Names of terms or columns, ``{column: name}``.

        Returns
        -------
        str
            A sentence a line.
        """
        check(lang)
        return self._text(lang, labels or {})

    def _names(self, lang: str, labels: Mapping[str, str]) -> list[str]:
        return self.table["way"].tolist()

    def _displayed(self) -> pd.DataFrame:
        return self.table[["driver", "way", "estimate", "low", "high", "p", "n"]].dropna(axis=1, how="all")

    @abstractmethod
    def _text(self, lang: str, labels: Mapping[str, str]) -> str:
        """Return the finding in a known language."""

    def _sentence(self) -> str:
        drivers = ", ".join(dict.fromkeys(self.table["driver"]))
        fitted = int(self.table["estimate"].notna().sum())
        return f"{self.kind} of {drivers}: {fitted} estimates, {int(self.clear.sum())} clear (interval excludes zero)"


def checked(kind: str, rows: pd.DataFrame, ways: Sequence[str]) -> pd.DataFrame:
    """Return the rows of a check with the columns ``LEADING`` first; ``ways``: the columns whose values make up a way.

    >>> rows = pd.DataFrame({"scale": ["points"], "driver": ["x"], "lead": [1], "estimate": [0.5], "n": [9]})
    >>> checked("placebo", rows, ["scale", "lead"]).iloc[0].dropna().to_dict()
    {'check': 'placebo', 'driver': 'x', 'way': 'points, 1', 'estimate': 0.5, 'n': 9, 'scale': 'points', 'lead': 1}
    """
    given = rows[list(ways)].astype(str)
    rows = rows.assign(check=kind, way=[", ".join(filter(None, way)) for way in given.to_numpy()])
    rows = rows.assign(**{column: np.nan for column in LEADING if column not in rows})
    return rows[[*LEADING, *(column for column in rows if column not in LEADING)]]
