"""The scorecard: one row a target and reading, with its probability or the reason why there is none."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from povertystats.facts.memory import remembered
from povertystats.facts.peer_groups import MAIN
from povertystats.kinds.evidence import evidence_of
from povertystats.kinds.target import Target
from povertystats.targets.assessment import Assessment, as_table, assess, together
from povertystats.targets.likely import Likely, likely
from povertystats.targets.sources import of_year
from povertystats.targets.targets import load_targets
from povertystats.targets.verdict import answer, by_year, chance, for_readers, joint, peers, sentence, summary
from povertystats.words.result import Plotted
from povertystats.words.wording import check, date, probability, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts

_LINES = 13  # of a repr, below its head


@dataclass(frozen=True, eq=False, repr=False)
class Scorecard(Plotted):
    """How each target of a place stands, as known on a day.

    Parameters
    ----------
    place : str
        The place.
    as_of : datetime.date or None
        The day; None: all figures.
    targets : tuple of Target
        Its targets, one for each reading.
    table : pandas.DataFrame
        One row a target and reading: target, reading, places, indicator, kind, direction, bound, unit, year;
        latest_value, latest_year, latest_period, latest_status (of the place that holds it back, or of the proxy);
        required_change and required_unit, required_per_year, usual_pace (mean change a year so far, same unit); verdict
        ("probable", "already_met", "met", "missed", "not_assessable"), method ("pooled", "reference", "own", "count",
        "transition", "proxy", ""), probability (0-1, on log-odds) and probability_points (scale of points), settled
        (how many comparable series tell that log-odds fit better; 0: not settled, so both are told), own and own_points
        (the own drift alone, on the two scales), good_year, ordinary_year, bad_year, shared (``NationalYears``),
        comparable (share of comparable province-years whose change sufficed) and comparable_n,
        level80 (reached with 80 % probability), label_eurostat, reason (why there is no probability), grade (see
        ``grades``).
    details : tuple of Assessment
        What each row rests on.
    likely : Likely, optional
        Of a place without targets: what is likely of its rate, or why that cannot be said.
    context : tuple of dict, optional
        What was known of the targets' year itself, such as its first quarter; it enters no chance.

    Examples
    --------
    >>> import povertystats as ps
    >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
    >>> print(repr(card).splitlines()[0])
    <Scorecard> Bắc Kạn on 2020-05-07: 9 targets, 14 readings
    >>> card.table["verdict"].iloc[0]
    'probable'
    """

    place: str
    as_of: datetime.date | None
    targets: tuple[Target, ...]
    table: pd.DataFrame
    details: tuple[Assessment, ...]
    likely: Likely | None = None
    context: tuple[dict[str, Any], ...] = ()

    @property
    def main(self) -> str:
        """The code of the main target: "poverty" if there is one, else the first; "" without targets."""
        return min((one.target for one in self.targets), key=lambda name: name != MAIN, default="")

    def _sentence(self) -> str:
        targets = self.table["target"].nunique()
        return f"{self.place} on {self.as_of}: {targets} targets, {len(self.targets)} readings"

    def _shown(self, rows: int) -> pd.DataFrame:
        return self.table[["target", "reading", "verdict", "probability", "grade"]].head(rows).round(3)

    def __repr__(self) -> str:
        said = [
            f", {probability(chance(row), 'en')}" if pd.notna(row.probability) else ""
            for row in self.table.itertuples()
        ]
        rows = zip(self.table.itertuples(), said, strict=True)
        lines = [f"{row.target} {row.reading}: {row.verdict}{p}" for row, p in rows]
        more = [f"... {len(lines) - _LINES} more"] if len(lines) > _LINES else []
        return "\n".join([f"<Scorecard> {self._sentence()}", *lines[:_LINES], *more])

    def text(self, lang: str) -> str:
        """Return a summary, one sentence a row, the main target by kind of year, the peers and the joint probability.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        str
            A sentence a line.

        Examples
        --------
        >>> import povertystats as ps
        >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
        >>> print(card.text("en").splitlines()[3].partition(" Basis")[0])
        Share of poor households down to 2.5% (as literally printed): probability under 1 in 100.
        """
        check(lang)
        about = {"day": self.day(lang), "place": self.place}
        if not self.targets:
            said = self.likely.lines(lang) if self.likely else []
            return "\n".join([say("scorecard.none", lang, **about), *said])
        rest = [*by_year(self, lang), *peers(self.details, lang), *joint(self._easiest, self.joint, lang)]
        return "\n".join([summary(self.table, lang, **about), *self.sentences(lang), *rest])

    def day(self, lang: str) -> str:
        """Return the cut-off day in words.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        str
            The day; "today" without a cut-off.
        """
        return date(self.as_of, lang) if self.as_of else say("scorecard.today", lang)

    def sentences(self, lang: str) -> list[str]:
        """Return the sentence of each row.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        list of str
            In the order of ``table``.
        """
        return [sentence(found, row, lang) for found, row in self._rows()]

    def _rows(self) -> Iterator[tuple[Assessment, Any]]:
        return zip(self.details, self.table.itertuples(), strict=True)

    @cached_property
    def _easiest(self) -> list[Assessment]:
        """The readings of the joint probability: of each assessable target the easiest that was meant."""
        chances = [
            (found.target.meant, found.probability() or 0.0, found) for found in self.details if found.chances
        ]
        by_chance = sorted(chances, key=lambda chance: chance[:2])
        easiest = {found.target.target: (p, found) for _, p, found in by_chance}
        return [found for _, found in sorted(easiest.values(), key=lambda chance: chance[0])]

    @property
    def joint(self) -> float | None:
        """Probability (0-1) that all targets that have one are met, each in its easiest meant reading, or None.

        Forecasts of one indicator share their shock; the others are taken as independent. A target that only
        a proxy speaks of counts with the proxy's chance.
        """
        return together(self._easiest) if self._easiest else None

    def headline(self, lang: str, *, target: str | None = None) -> str:
        """Return the answer for one target: each reading's probability, what it rests on, the own trend's answer.

        Parameters
        ----------
        lang : str
            The language.
        target : str, optional
            Its code; "poverty" when left out, or the first target of the card where there is none so called.

        Returns
        -------
        str
            A sentence a line: the outcome once it is known; without either, the summary of ``text``; of a place without
            targets, what is likely.

        Examples
        --------
        >>> import povertystats as ps
        >>> lines = ps.scorecard(ps.load_facts().as_of("2020-05-07")).headline("en").splitlines()
        >>> len(lines), lines[0].partition(":")[0]
        (5, 'Share of poor households down by at least 2 percentage points over the year')
        """
        target = target or self.main
        if not target:
            return "\n".join(self.text(lang).splitlines()[:2])
        rows = [(found, row) for found, row in self._rows() if found.target.target == target]
        return "\n".join(answer(rows, lang)) or self.text(lang).splitlines()[0]

    def display(self, lang: str) -> pd.DataFrame:
        """Return the table for readers: wording, figures and verdicts by the language's rules.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        pandas.DataFrame
            One row a target and reading, its columns and cells in words.
        """
        return for_readers("whole", self._rows(), lang)

    def short(self, lang: str) -> pd.DataFrame:
        """Return the table of the brief: chances in numbers and words, the pace required beside the usual one.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        pandas.DataFrame
            One row a target and reading.
        """
        return for_readers("short", self._rows(), lang)

    def comparisons(self, lang: str) -> pd.DataFrame:
        """Return what simpler rules say: the own trend on two scales, its pace, Eurostat's label.

        Parameters
        ----------
        lang : str
            The language.

        Returns
        -------
        pandas.DataFrame
            One row a target and reading whose verdict is "probable".
        """
        open_rows = [(found, row) for found, row in self._rows() if found.verdict == "probable"]
        return for_readers("comparisons", open_rows, lang)


def scorecard(known: Facts, *, place: str | None = None) -> Scorecard:
    """Return how each target of a place stands with what is known.

    Parameters
    ----------
    known : Facts
        What was known on a day (``Facts.as_of``). Illustrative figures are never used.
    place : str, optional
        The place; by default that of the package's first target ("Bắc Kạn" of ours), else of its first figure.

    Returns
    -------
    Scorecard
        A verdict and, where it can be told, a probability for each target and reading; without any, what is likely.

    Raises
    ------
    LookupError
        For an unknown place.

    Notes
    -----
    A rate by its pooled forecast, or with one figure by the changes of like places; a rank or a mean by the joint
    forecast of its places; a count from earlier totals; "all of them" by how fast the poverty rate falls.

    Examples
    --------
    >>> import povertystats as ps
    >>> card = ps.scorecard(ps.load_facts().as_of("2020-05-07"))
    >>> card.table.loc[0, ["reading", "verdict", "method", "grade"]].tolist()
    ['by_2.0', 'probable', 'pooled', 'A']
    """
    return _scorecard(known, known.places.find(known.identity.place if place is None else place))


@remembered
def _scorecard(known: Facts, place: str) -> Scorecard:
    targets, evidence = tuple(load_targets(known, place=place)), evidence_of(known)
    details = tuple(assess(target, evidence) for target in targets)
    said = None if targets else likely(known, place)
    context = of_year(known, place, details, said.ahead if said else None)
    return Scorecard(place, known.cutoff, targets, as_table(details, evidence), details, said, context)
