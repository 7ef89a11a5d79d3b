"""What became known afterwards, and how the forecasts of an earlier day did against it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.special import stdtr, stdtrit

from povertystats.forecasts.peers import fit_peers
from povertystats.forecasts.scores import COIN, log_score, to_percent, to_scale
from povertystats.kinds.evidence import evidence_of
from povertystats.kinds.known import at_end
from povertystats.targets.assessment import Assessment, as_table, assess
from povertystats.targets.verdict import chance, latest
from povertystats.words.errors import InvalidValue, NotFound
from povertystats.words.result import Result
from povertystats.words.wording import check, number, probability, say

if TYPE_CHECKING:
    from povertystats.facts.facts import Facts
    from povertystats.forecasts.forecast import Forecast
    from povertystats.kinds.target import Target
    from povertystats.targets.scorecard import Scorecard


@dataclass(frozen=True, eq=False, repr=False)
class Outcomes(Result):
    """How each target of an earlier scorecard came out.

    ``details``: what is known now of each target, an Assessment each. ``table``: one row a target and
    reading: target, reading, year, verdict and probability as said then, probability_points, settled, own, own_points;
    outcome ("met", "missed", "unknown"); value, value_year, value_period, unit: the figure of the target's year, of
    several places that of the one that holds the target back, missing where there is none;
    log_score ``−ln p`` of what came (a coin scores ln 2) and brier ``(p − met)²`` of ``probability``, where
    there was one and the outcome is known.
    """

    card: Scorecard
    details: tuple[Assessment, ...]
    table: pd.DataFrame

    def _sentence(self) -> str:
        counts = self.table["outcome"].value_counts()
        results = ", ".join(f"{counts.get(outcome, 0)} {outcome}" for outcome in ("met", "missed", "unknown"))
        return f"{self.card.place}, as forecast on {self.card.as_of}: {results}"

    def _shown(self, rows: int) -> pd.DataFrame:
        columns = ["target", "reading", "probability", "outcome", "value", "log_score"]
        return self.table[columns].head(rows).round(3)

    def headline(self, lang: str) -> str:
        """Return how the probabilities did against a coin, after how many outcomes are known, one a line."""
        check(lang)
        table, day = self.table, self.card.day(lang)
        if table.empty:
            return say("scorecard.none", lang, day=day, place=self.card.place)
        unknown = table.groupby("target")["outcome"].agg(lambda outcome: (outcome == "unknown").all())
        counts = {"readings": len(table), "known": (table["outcome"] != "unknown").sum()}
        counts |= {"met": (table["outcome"] == "met").sum(), "unknown": unknown.sum()}
        lines = [say("outcome.summary", lang, day=day, place=self.card.place, **counts)]
        # A reading that nobody meant is easy to call, and would flatter.
        meant = [target.meant for target in self.card.targets]
        scored = table[meant].dropna(subset="log_score")
        if len(scored):
            score = scored["log_score"].mean()
            one = len(scored) > 1 and scored["target"].nunique() == 1
            values = {
                "score": score,
                "n": len(scored),
                "coin": COIN,
                "same": say("outcome.same", lang) if one else "",
            }
            lines.insert(0, say(f"outcome.{'worse' if score > COIN else 'better'}", lang, **values))
        return "\n".join(lines)

    def text(self, lang: str) -> str:
        """Return the headline, then what came of each target, one a line."""
        check(lang)
        lines = [
            say(
                f"outcome.{row.outcome}",
                lang,
                wording=target.wording[lang],
                then=_then(row, lang),
                value=_last(now, lang),
            )
            for target, row, now in self._rows()
        ]
        return "\n".join([self.headline(lang), *lines])

    def _rows(self) -> Iterator[tuple[Target, Any, Assessment]]:
        return zip(self.card.targets, self.table.itertuples(), self.details, strict=True)

    def display(self, lang: str) -> pd.DataFrame:
        """Return the table for readers: wording, what was said, what came, the last figure, the log score."""
        check(lang)
        rows = [
            {
                "target": target.wording[lang],
                "then": _then(row, lang),
                "outcome": say(f"outcome.result.{row.outcome}", lang),
                "value": _last(now, lang),
                "log_score": "–" if pd.isna(row.log_score) else number(row.log_score, lang),
            }
            for target, row, now in self._rows()
        ]
        columns = ["target", "then", "outcome", "value", "log_score"]
        table = pd.DataFrame(rows, columns=columns)
        return table.rename(columns={c: say(f"outcome.column.{c}", lang) for c in columns})


@dataclass(frozen=True, eq=False, repr=False)
class Shock(Result):
    """What a year did to all peers together, against what was expected of it.

    ``table``: one row an indicator: indicator, origin, year, places; expected, low80, high80 and came, the
    mean rate of the places in percent; gap, came minus expected in log-odds; pit ``P(shared path ≤ what
    came)``: near 1, the rates fell less than was to be expected, near 0 more.
    """

    table: pd.DataFrame

    def _sentence(self) -> str:
        row = self.table.iloc[0]
        return f"what {row['year']} did to {row['places']} places together, beside what was expected"

    def text(self, lang: str) -> str:
        """Return what came of the shared path of each indicator, one a line."""
        check(lang)
        rows = self.table.rename(columns={"low80": "low", "high80": "high"}).assign(
            pit=100 * self.table["pit"]
        )
        values = rows.drop(columns=["indicator", "gap"]).astype(object).to_dict("records")
        return "\n".join(say("outcome.shock", lang, **row) for row in values)


def outcomes(card: Scorecard, later: Facts) -> Outcomes:
    """Return how the targets of an earlier scorecard came out.

    Parameters
    ----------
    card : Scorecard
        The scorecard of an earlier day.
    later : Facts
        What is known on a later one.

    Returns
    -------
    Outcomes
        A target counts as met or missed only by a final figure of its year; a preliminary one, or of a part of that
        year, stands beside it as such.

    Raises
    ------
    InvalidValue
        When ``later`` is not later than the card. It is a ValueError.

    Examples
    --------
    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> came = outcomes(ps.scorecard(facts.as_of("2020-05-07")), facts)
    >>> came.table.loc[0, ["reading", "outcome"]].tolist(), float(came.table.loc[0, "value"])
    (['by_2.0', 'missed'], 18.5)
    """
    if card.as_of is None or (later.cutoff is not None and later.cutoff <= card.as_of):
        raise InvalidValue(
            f"outcomes: expected figures known later than the scorecard ({card.as_of}), got {later.cutoff}"
        )
    evidence = evidence_of(later)
    details = tuple(assess(target, evidence) for target in card.targets)
    now = as_table(details, evidence)
    # The figure of another year, or of what stands in for the indicator, is no outcome.
    own = pd.Series([not found.proxy for found in details], now.index, dtype=bool)
    of_year = own & now["latest_year"].eq(now["year"]).fillna(False)
    table = card.table[_SAID].assign(outcome=now["verdict"])
    for name in ("value", "year", "period"):
        figure = now[f"latest_{name}"].where(of_year, "" if name == "period" else None)
        table["value" if name == "value" else f"value_{name}"] = figure
    table["unit"] = now["indicator"].map(later.indicators.set_index("indicator")["unit"])
    table["outcome"] = table["outcome"].where(table["outcome"].isin(["met", "missed"]), "unknown")
    known = (table["outcome"] != "unknown") & table["probability"].notna() & (table["verdict"] == "probable")
    met = table["outcome"] == "met"
    p = table["probability"].astype(float)
    table["log_score"] = pd.Series(log_score(p, met), table.index).where(known)
    table["brier"] = ((p - met) ** 2).where(known)
    return Outcomes(card, details, table)


_SAID = ["target", "reading", "year", "verdict", "probability", "probability_points", "settled"]
_SAID += ["own", "own_points"]


def came_to(ahead: Forecast, later: Facts) -> float | None:
    """Return what the rate of a Forecast came to in its year, by the final figure in ``later``, or None.

    The figure must stand on the basis of the forecast: the same indicator under the same standard, on the territory
    with which the year began.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> ahead = ps.forecast(facts.as_of("2020-05-07").series("poor_household_pct", place="Bắc Kạn"))
    >>> came_to(ahead, facts)
    18.5
    """
    series = ahead.series
    _, _, basis = series.basis.partition("@")
    rebased = basis and basis not in set(later.standards["standard"])
    try:
        came = later.series(
            series.indicator,
            place=series.place,
            standard=None if rebased else basis or None,
            territory=f"{ahead.year}-01-01",
            year=ahead.year,
        )
    except LookupError:
        return None
    return at_end(came, ahead.year) if came.basis == series.basis else None


def shock(known: Facts, later: Facts, indicator: str, year: int, place: str | None = None) -> Shock:
    """Return what ``year`` did to the peers of ``indicator`` (in ``place``) together, against what ``known`` let one expect.

    The peers' shared path (``Peers.shared``) is carried from the last year in ``known`` to ``year`` and set
    against the mean of the same places on the log-odds scale in ``later``. Peers without figures of the year
    are left out; raises LookupError when none has any, ValueError when ``known`` has too few peers.
    """
    peers = fit_peers(known.peers(indicator, place), units="pct")
    panel = later.peers(indicator, place)
    rows = []
    for name, path in peers.paths.items():
        origin = max(path)
        wide = panel.pivot(index="place", columns="year", values=name).reindex(columns=[origin, year])
        pair = wide[((wide > 0) & (wide < 100)).all(axis=1)]
        if pair.empty or year <= origin:
            continue
        mean, cov, df = peers.shared(name, (origin, year))
        base, spread = to_scale(pair[origin], peers.scale).mean(), np.sqrt(cov[1, 1])
        move = to_scale(pair[year], peers.scale).mean() - base
        expected = mean[1] - mean[0]
        at = base + expected + spread * stdtrit(df, np.array([0.1, 0.5, 0.9]))
        rows.append(
            {"indicator": name, "origin": origin, "year": year, "places": len(pair)}
            | dict(zip(("low80", "expected", "high80"), to_percent(at, peers.scale).tolist(), strict=True))
            | {"came": float(to_percent(base + move, peers.scale))}
            | {"gap": float(move - expected)}
            | {"pit": float(stdtr(df, (move - expected) / spread))}
        )
    if not rows:
        raise NotFound(f"shock: no peer of {indicator} has new figures of {year}")
    return Shock(pd.DataFrame(rows))


def _last(found: Assessment, lang: str) -> str:
    """Return the last figures of the indicator itself, not of what stands in for it."""
    return latest(replace(found, chances=()), lang) or "–"


def _then(row: Any, lang: str) -> str:
    """Return what the earlier scorecard said: a probability, or its verdict."""
    if row.verdict == "probable":
        return probability(chance(row), lang)
    return say(f"scorecard.verdict.{row.verdict}", lang)
