"""What it would take: the step of one lever, or of the rate itself, at which a target gets a wanted probability."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from povertystats.drivers.lever import Lever, Way, moved, shift
from povertystats.forecasts.predictive import Predictive
from povertystats.forecasts.scores import to_percent, to_scale
from povertystats.targets.goals import Reading
from povertystats.words.errors import refuse
from povertystats.words.result import Result
from povertystats.words.wording import check, number, odds, say

if TYPE_CHECKING:
    from povertystats.targets.scenario import Scenario

# The probability along a step rises and may fall again, as its own uncertainty grows: so fine is it looked for.
_GRID = 100
# What one answer is about: two readings may have the same level.
_ASKED = ["reading", "bound", "probability"]


@dataclass(frozen=True, eq=False, repr=False)
class Needed(Result):
    """What each lever alone would have to do for a probability of the targets, and what the rate itself would.

    Parameters
    ----------
    table : DataFrame
        One row a lever, way, estimator, scale, reading and probability: lever, way, estimator, scale, reading, bound, probability, step (in the
        direction of more of the lever, beyond its usual course), shift_points, verdict: "already" (no step is needed),
        "reached" (at ``step``), "beyond" (not within what has been seen), "wrong_way" (more of it goes with more
        poverty). Rows with lever "": by how many points (negative: lower) the median must lie away from its forecast,
        the whole distribution moving on ``scale``.
    scenario : Scenario
        What was asked.

    Examples
    --------
    >>> import povertystats as ps
    >>> found = ps.scenario(ps.load_facts().as_of("2020-05-07")).needed(0.8)
    >>> found.table.query("reading == 'by_2.5'")["verdict"].iloc[-1]
    'beyond'
    """

    table: pd.DataFrame
    scenario: Scenario

    def _sentence(self) -> str:
        wanted = ", ".join(f"{p:g}" for p in self.table["probability"].unique())
        return f"What it would take in {self.scenario.place} for a probability of {wanted}"

    def text(self, lang: str) -> str:
        """Return what is enough, bad news first, and how far the rate itself would have to fall.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        str
            A sentence a line.
        """
        check(lang)
        rates = self._of("")
        told = [] if self._done else [self._rate(p, rows, lang) for p, rows in rates.groupby("probability")]
        alone = [self._enough(lang), *self._wrong(lang)] if self.scenario.levers else []
        return "\n".join([*alone, *told, say("drivers.association", lang)])

    def display(self, lang: str) -> pd.DataFrame:
        """Return for readers one row a lever, reading and probability: the steps that reach it, and in how many ways.

        Parameters
        ----------
        lang : str
            "vi" or "en".

        Returns
        -------
        DataFrame
            Texts, with headings in words.
        """
        check(lang)
        rows = []
        for lever in self.scenario.levers:
            for (name, bound, p), ways in self._of(lever.name).groupby(_ASKED, sort=False):
                reached = ways["verdict"].isin(["already", "reached"]).sum()
                cells = {"driver": lever.title(lang), "level": self._label(name, bound, lang)}
                cells |= {"probability": odds(p, lang), "step": _departure(lever, ways, lang)}
                told = say("scenario.needed.ways", lang, n=int(reached), every=len(ways)) if reached else "–"
                rows.append(cells | {"ways": told})
        names = ("driver", "level", "probability", "step", "ways")
        heads = {name: say(f"scenario.needed.column.{name}", lang) for name in names}
        return pd.DataFrame(rows, columns=names).rename(columns=heads)

    @property
    def _done(self) -> bool:
        """Whether the forecast has every probability already."""
        return self._of("")["verdict"].eq("already").all()

    def _of(self, lever: str) -> pd.DataFrame:
        return self.table[self.table["lever"] == lever]

    def _label(self, name: str, bound: float, lang: str) -> str:
        return next(r.label(lang) for r in self.scenario.readings if (r.name, r.bound) == (name, bound))

    def _enough(self, lang: str) -> str:
        """Return which levers would do alone in every way of computing, for what was not reached already."""
        if self._done:
            return say("scenario.needed.all", lang)
        names = {lever.name: lever.names[lang] for lever in self.scenario.levers}
        cases = []
        rows = self.table[self.table["lever"] != ""]
        for (lever, name, bound, p), ways in rows.groupby(["lever", *_ASKED], sort=False):
            if ways["verdict"].isin(["already", "reached"]).all() and (ways["verdict"] == "reached").any():
                label = self._label(name, bound, lang)
                cases.append(say("scenario.needed.case", lang, name=names[lever], label=label, p=p))
        if cases:
            return say("scenario.needed.enough", lang, cases="; ".join(cases))
        return say("scenario.needed.none", lang)

    def _rate(self, p: float, rows: pd.DataFrame, lang: str) -> str:
        parts = []
        for (name, bound), of_reading in rows.groupby(["reading", "bound"], sort=False):
            low, high = np.sort(-of_reading["shift_points"].to_numpy())[[0, -1]]
            key = "done" if high == 0 else "one" if number(low, lang, 1) == number(high, lang, 1) else "range"
            label = self._label(name, bound, lang)
            parts.append(say(f"scenario.needed.{key}", lang, low=low, high=high, label=label))
        return say("scenario.needed.rate", lang, p=p, parts="; ".join(parts))

    def _wrong(self, lang: str) -> Iterator[str]:
        """Yield in how many ways more of a lever goes with more poverty, which no step can mend."""
        cases = []
        for lever in self.scenario.levers:
            signs = [estimate > 0 for estimate, *_ in lever.ways.values()]
            if n := sum(signs):
                told = {"name": lever.names[lang], "n": n, "every": len(signs)}
                cases.append(say("scenario.needed.turned", lang, **told))
        if cases:
            yield say("scenario.needed.wrong", lang, cases="; ".join(cases))


def _departure(lever: Lever, ways: pd.DataFrame, lang: str) -> str:
    """Return the steps at which a probability is reached, in words; a dash where it is in no way."""
    steps = ways.loc[ways["verdict"] == "reached", "step"]
    if steps.empty:
        return say("scenario.needed.no_step", lang) if ways["verdict"].eq("already").any() else "–"
    low, high = steps.min(), steps.max()
    one, other = (lever.in_words(step, None, lang) for step in (low, high))
    return one if one == other else lever.in_words(low, high, lang)


def needed(scenario: Scenario, probabilities: float | Sequence[float] = (0.5, 0.8)) -> Needed:
    """Return what it would take for each reading of a Scenario to have each of these probabilities: ``Scenario.needed``."""
    wanted = tuple(dict.fromkeys(np.atleast_1d(np.array(probabilities, dtype=object)).tolist()))
    problems = [
        f"probability {p!r} must lie strictly between 0 and 1"
        for p in wanted
        if not isinstance(p, Real) or not 0 < float(p) < 1
    ]
    if not wanted:
        problems.append("no probability is asked for")
    refuse("cannot say what it would take", problems)
    asked = [{"reading": reading, "probability": p} for reading in scenario.readings for p in wanted]
    rows = [
        _rate(baseline, scale, **one)
        for one in asked
        for scale, baseline in scenario.baselines.items()
        if scale in scenario.told
    ]
    for lever in scenario.levers:
        for way in scenario.ways_of([lever]):
            rows += _steps(lever, way, scenario.baselines[way.scale], asked)
    return Needed(pd.DataFrame(rows)[_COLUMNS], scenario)


_COLUMNS = [
    "lever",
    "way",
    "estimator",
    "scale",
    "reading",
    "bound",
    "probability",
    "step",
    "shift_points",
    "verdict",
]


def _row(
    lever: str, way: Way, reading: Reading, probability: float, verdict: str, **found: float
) -> dict[str, Any]:
    asked: dict[str, Any] = {"way": way.look, "estimator": way.estimator, "scale": way.scale}
    asked |= {"reading": reading.name, "bound": reading.bound, "probability": probability}
    row = {"lever": lever, **asked, "step": np.nan, "shift_points": np.nan}
    return row | found | {"verdict": verdict}


def _rate(baseline: Predictive, scale: str, reading: Reading, probability: float) -> dict[str, Any]:
    """Return by how much the rate itself would have to lie below its forecast."""
    away = min(0.0, float(to_scale(reading.bound, scale) - to_scale(baseline.level_at(probability), scale)))
    median = baseline.level_at(0.5)
    points = float(to_percent(to_scale(median, scale) + away, scale)) - median if away else 0.0
    verdict = "reached" if away else "already"
    return _row("", Way("", "", scale), reading, probability, verdict, shift_points=points)


def _steps(
    lever: Lever, way: Way, baseline: Predictive, asked: Sequence[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Yield the rows of one lever in one way of computing."""

    def along(at: float) -> Predictive:
        estimate, variance, _ = shift([(lever, lever.from_term(at))], way)
        return moved(baseline, estimate, variance)

    least, most = lever.on_term(lever.start), lever.on_term(max(lever.within[1], lever.start))
    grid = np.linspace(least, most, _GRID + 1 if least < most else 1)
    every = [along(at) for at in grid]
    bounds = {one["reading"].bound for one in asked}
    chances_of = {bound: np.array([a.probability(at_most=bound) for a in every]) for bound in bounds}
    wrong = lever.ways[way][0] > 0
    for one in asked:
        bound, p = one["reading"].bound, one["probability"]

        def short(at: float, bound: float = bound, p: float = p) -> float:
            return along(at).probability(at_most=bound) - p

        chances = chances_of[bound]
        first = int(np.argmax(chances >= p))
        verdict, step = "beyond", np.nan
        if chances[0] >= p:
            verdict, step = "already", lever.start
        elif wrong:  # even so its growing uncertainty may lift a small probability
            verdict = "wrong_way"
        elif chances[first] >= p:
            verdict, step = (
                "reached",
                lever.from_term(brentq(short, *grid[first - 1 : first + 1], xtol=1e-12)),
            )
        yield _row(lever.name, way, **one, verdict=verdict, step=step)
