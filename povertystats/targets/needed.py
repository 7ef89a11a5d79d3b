"""What it would take: the step of one lever, or of the rate itself, at which a target gets a wanted probability."""

from dataclasses import dataclass
from numbers import Real

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from povertystats.drivers.lever import moved, shift
from povertystats.forecasts.predictive import to_percent, to_scale
from povertystats.forecasts.reference_class import Reference, comparable_changes
from povertystats.words.errors import refuse
from povertystats.words.wording import check, number, probability, say

# The probability along a step rises and may fall again, as its own uncertainty grows: so fine is it looked for.
_GRID = 100
_FIFTH = 0.2
# What one answer is about: two readings may have the same level.
_ASKED = ["reading", "bound", "probability"]


@dataclass(frozen=True, eq=False)
class Needed:
    """What each lever alone would have to do for a probability of the targets, and what the rate itself would.

    ``table``, one row a lever, way, scale, reading and probability: lever, way, scale, reading, bound, probability,
    step (in the direction of more of the lever, beyond its usual course), shift_points, verdict:
    "already" (no step is needed), "reached" (at ``step``), "beyond" (not within what has been seen), "wrong_way" (more
    of it goes with more poverty). Rows with lever "": by how many points (negative: lower) the median must lie
    away from its forecast, the whole distribution moving on ``scale``.
    """

    table: pd.DataFrame
    scenario: object

    def text(self, lang):
        """Return in ``lang`` what is enough, bad news first, and how far the rate itself would have to fall.

        Raises ValueError when the language is not known.
        """
        check(lang)
        rates = self._of("")
        told = [] if self._done else [self._rate(p, rows, lang) for p, rows in rates.groupby("probability")]
        return "\n".join([self._enough(lang), *self._wrong(lang), *told, say("drivers.association", lang)])

    def display(self, lang):
        """Return for readers one row a lever, reading and probability: the steps that reach it, and in how many ways.

        Raises ValueError when the language is not known.
        """
        check(lang)
        rows = []
        for lever in self.scenario.levers:
            for (*reading, p), ways in self._of(lever.name).groupby(_ASKED, sort=False):
                reached = ways["verdict"].isin(["already", "reached"]).sum()
                rows.append(
                    {
                        "driver": lever.title(lang),
                        "level": self._label(*reading, lang),
                        "probability": probability(p, lang),
                        "step": _departure(lever, ways, lang),
                        "ways": str(reached) if reached else "–",
                    }
                )
        heads = {
            name: say(f"scenario.needed.column.{name}", lang, n=len(self.scenario.ways)) for name in rows[0]
        }
        return pd.DataFrame(rows).rename(columns=heads)

    @property
    def _done(self):
        """Whether the forecast has every probability already."""
        return self._of("")["verdict"].eq("already").all()

    def _of(self, lever):
        return self.table[self.table["lever"] == lever]

    def _label(self, name, bound, lang):
        return next(r.label(lang) for r in self.scenario.readings if (r.name, r.bound) == (name, bound))

    def _enough(self, lang):
        """Return which levers would do alone in every way of computing, for what was not reached already."""
        if self._done:
            return say("scenario.needed.all", lang)
        rows = self.table[self.table["lever"] != ""]
        found = []
        for (lever, *reading, p), ways in rows.groupby(["lever", *_ASKED], sort=False):
            if ways["verdict"].isin(["already", "reached"]).all() and (ways["verdict"] == "reached").any():
                name = next(one.names[lang] for one in self.scenario.levers if one.name == lever)
                found.append(
                    say("scenario.needed.case", lang, name=name, label=self._label(*reading, lang), p=p)
                )
        if found:
            return say("scenario.needed.enough", lang, cases="; ".join(found))
        return say("scenario.needed.none", lang, n=len(self.scenario.ways))

    def _rate(self, p, rows, lang):
        parts = []
        for reading, of_reading in rows.groupby(["reading", "bound"], sort=False):
            low, high = np.sort(-of_reading["shift_points"].to_numpy())[[0, -1]]
            key = "done" if high == 0 else "one" if number(low, lang, 1) == number(high, lang, 1) else "range"
            told = {"low": low, "high": high, "label": self._label(*reading, lang)}
            parts.append(say(f"scenario.needed.{key}", lang, **told))
        return say("scenario.needed.rate", lang, p=p, parts="; ".join(parts))

    def _wrong(self, lang):
        """Yield in how many ways more of a lever goes with more poverty, which no step can mend."""
        every = len(self.scenario.ways)
        counts = {
            lever.names[lang]: sum(lever.effect(*way)[0] > 0 for way in self.scenario.ways)
            for lever in self.scenario.levers
        }
        cases = [
            say("scenario.needed.turned", lang, name=name, n=n, every=every)
            for name, n in counts.items()
            if n
        ]
        if cases:
            yield say("scenario.needed.wrong", lang, cases="; ".join(cases))


def _departure(lever, ways, lang):
    """Return the steps at which a probability is reached, in words; a dash where it is in no way."""
    steps = ways.loc[ways["verdict"] == "reached", "step"]
    if steps.empty:
        return say("scenario.needed.no_step", lang) if ways["verdict"].eq("already").any() else "–"
    low, high = steps.min(), steps.max()
    one, other = (lever.in_words(step, None, lang) for step in (low, high))
    return one if one == other else lever.in_words(low, high, lang)


def needed(scenario, probabilities=(0.5, 0.8)):
    """Return what it would take for each reading of a Scenario to have each of these probabilities; a Needed.

    The step is the first at which ``scenario.what_if`` gives the probability (100 steps up to the most that has been
    seen, then Brent's method between two of them); for the rate itself ``g(bound) − g(F⁻¹(p))``, g of ``scale``.

    Where more of a lever goes with more poverty no step is looked for. Raises ValueError that lists the probabilities
    not strictly between 0 and 1; there must be one.
    """
    probabilities = tuple(dict.fromkeys(np.atleast_1d(np.array(probabilities, dtype=object)).tolist()))
    problems = [
        f"probability {p!r} must lie strictly between 0 and 1"
        for p in probabilities
        if not isinstance(p, Real) or not 0 < p < 1
    ]
    refuse(
        "cannot say what it would take",
        problems or ([] if probabilities else ["no probability is asked for"]),
    )
    rows = [
        _rate(scenario, scale, r, p)
        for r in scenario.readings
        for p in probabilities
        for scale in scenario.baselines
    ]
    for lever in scenario.levers:
        for way, scale in scenario.ways:
            rows += _steps(lever, way, scale, scenario.baselines[scale], scenario.readings, probabilities)
    return Needed(pd.DataFrame(rows)[_COLUMNS], scenario)


_COLUMNS = ["lever", "way", "scale", "reading", "bound", "probability", "step", "shift_points", "verdict"]


def _rate(scenario, scale, reading, p):
    baseline = scenario.baselines[scale]
    asked = {
        "lever": "",
        "way": "",
        "scale": scale,
        "reading": reading.name,
        "bound": reading.bound,
        "probability": p,
    }
    away = min(0.0, float(to_scale(reading.bound, scale) - to_scale(baseline.level_at(p), scale)))
    median = baseline.level_at(0.5)
    points = float(to_percent(to_scale(median, scale) + away, scale)) - median if away else 0.0
    return asked | {"step": np.nan, "shift_points": points, "verdict": "reached" if away else "already"}


def _steps(lever, way, scale, baseline, readings, probabilities):
    """Return the rows of one lever in one way of computing."""

    def along(at):
        estimate, variance, _ = shift([(lever, _step(lever, at))], way, scale)
        return moved(baseline, estimate, variance)

    ends = lever.on_term(lever.start), lever.on_term(max(lever.within[1], lever.start))
    grid = np.linspace(*map(float, ends), _GRID + 1 if ends[0] < ends[1] else 1)
    every = [along(at) for at in grid]
    wrong = lever.effect(way, scale)[0] > 0
    for reading in readings:
        chances = np.array([one.probability(at_most=reading.bound) for one in every])
        for p in probabilities:
            found = {
                "lever": lever.name,
                "way": way,
                "scale": scale,
                "reading": reading.name,
                "bound": reading.bound,
            }
            found |= {"probability": p, "step": np.nan, "shift_points": np.nan}
            first = int(np.argmax(chances >= p))
            if chances[0] >= p:
                yield found | {"step": lever.start, "verdict": "already"}
            elif wrong:  # even so its growing uncertainty may lift a small probability
                yield found | {"verdict": "wrong_way"}
            elif chances[first] >= p:
                at = brentq(
                    lambda x, bound=reading.bound, p=p: along(x).probability(at_most=bound) - p,
                    *grid[first - 1 : first + 1],
                    xtol=1e-12,
                )
                yield found | {"step": _step(lever, at), "verdict": "reached"}
            else:
                yield found | {"verdict": "beyond"}


def _step(lever, at):
    """Return the step that a place on the model's term stands for."""
    return float(np.exp(at)) if lever.kind == "times" else float(at)


@dataclass(frozen=True, eq=False)
class BestFifth:
    """The pace that the best fifth of comparable changes reached or surpassed, and where it would take the place.

    ``reference``: the changes; ``change``: their 20 % quantile, in points (a fall is negative); ``level``: the last
    figure plus it, in per cent; ``table``: one row a reading: reading, bound, reached.
    """

    scenario: object
    reference: Reference
    change: float
    level: float

    @property
    def table(self):
        """One row a reading: reading, bound, change, level, reached, n (changes), places."""
        rows = [{"reading": r.name, "bound": r.bound} for r in self.scenario.readings]
        table = pd.DataFrame(rows).assign(change=self.change, level=self.level)
        reached = table["level"].round(6) <= table["bound"].round(6)
        return table.assign(reached=reached, n=self.reference.n, places=self.reference.places)

    def text(self, lang):
        """Return in ``lang`` the pace and which readings it does not reach, then which it does.

        Raises ValueError when the language is not known.
        """
        check(lang)
        labels = [r.label(lang) for r in self.scenario.readings]
        pairs = list(zip(labels, self.table["reached"], strict=True))
        years = say(
            f"scenario.best.{'year' if self.reference.years == 1 else 'years'}", lang, n=self.reference.years
        )
        told = {"place": self.scenario.place, "year": self.scenario.ahead.year, "years": years}
        told |= {
            "size": -self.change,
            "level": self.level,
            "n": self.reference.n,
            "places": self.reference.places,
        }
        told |= {"low": self.reference.table["start"].min(), "high": self.reference.table["start"].max()}
        kinds = {"missed": [x for x, met in pairs if not met], "met": [x for x, met in pairs if met]}
        lines = [
            say(f"scenario.best.{key}", lang, labels="; ".join(found), **told)
            for key, found in kinds.items()
            if found
        ]
        return "\n".join([say("scenario.best.pace", lang, **told), *lines])


def best_fifth(scenario):
    """Return the BestFifth of a Scenario; None with under ten comparable changes, or when no fifth of them is a fall.

    Comparable: the changes of the peers over as many years as the forecast looks ahead, from a level near the
    last figure (``reference_class.comparable_changes``).
    """
    ahead = scenario.ahead
    last = float(ahead.series.values[-1])
    try:
        reference = comparable_changes(
            scenario.known.peers(ahead.series.indicator), last, years=ahead.horizon
        )
    except ValueError:
        return None
    change = float(reference.table["change"].quantile(_FIFTH))
    return BestFifth(scenario, reference, change, max(0.0, last + change)) if change < 0 else None
