"""What if: the forecast and the probability of the target, were a driver to depart from its usual course."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.facts.facts import Facts
from povertystats.forecasts.forecast import Forecast
from povertystats.forecasts.outlook import four_ways, outlook
from povertystats.forecasts.predictive import HALF_STEP, LINKS, Predictive
from povertystats.targets.goals import goal, required
from povertystats.targets.levers import NAMES, WAYS, Lever, levers
from povertystats.targets.needed import best_fifth, needed
from povertystats.targets.targets import Target, load_targets
from povertystats.targets.what_if import WhatIf, way_name
from povertystats.words.errors import refuse
from povertystats.words.wording import check, say

# The pooled forecast of each scale, else that of the own trend.
_FORECASTS = {"log_odds": ("pooled", "log_odds"), "points": ("pooled_points", "points")}


class NoScenario(ValueError):
    """A scenario that cannot be made; ``text(lang)`` says why."""

    def __init__(self, reason, **values):
        self.reason, self.values = reason, values
        super().__init__(f"scenario: {self.text('en')}")

    def text(self, lang):
        """Return the reason in ``lang``."""
        return say(f"scenario.none.{self.reason}", lang, **self.values)


@dataclass(frozen=True)
class Reading:
    """A level that is asked about: at most ``bound`` per cent, which ``target`` requires (None: no rise)."""

    bound: float
    target: Target | None = None

    @property
    def name(self):
        """The name of the reading, such as "by_2.0"; "no_rise" without a target."""
        return self.target.reading if self.target else "no_rise"

    def label(self, lang):
        """Return the bound with the change that leads to it, for readers."""
        if self.target is None:
            return say("scenario.no_rise", lang, level=self.bound)
        return goal(self.target, self.bound, lang)


@dataclass(frozen=True, eq=False)
class Scenario:
    """A place's forecast with the levers that may be moved and the levels that its targets require.

    ``ahead``: the Forecast; ``baselines``: the predictive distribution by scale, of the forecast with peers or, where
    there is none, of the own trend; ``missing``: the levers whose association cannot be estimated.
    """

    known: Facts
    ahead: Forecast
    baselines: dict[str, Predictive]
    readings: tuple[Reading, ...]
    levers: tuple[Lever, ...]
    missing: tuple[str, ...]

    @property
    def place(self):
        """The place."""
        return self.ahead.series.place

    @property
    def ways(self):
        """The ways of computing: [(way, scale)]."""
        return [(way, scale) for way in WAYS for scale in LINKS]

    @cached_property
    def table(self):
        """One row a lever, way and scale: its association (``Lever.effects``) and the steps seen and usual."""
        parts = []
        for lever in self.levers:
            ends = {
                f"{name}_{end}": getattr(lever, name)[i]
                for name in ("seen", "usual")
                for i, end in enumerate(("low", "high"))
            }
            parts.append(
                lever.effects.assign(
                    lever=lever.name, kind=lever.kind, evidence=lever.evidence, later=lever.later, **ends
                )
            )
        return pd.concat(parts, ignore_index=True).set_index("lever").reset_index()

    def what_if(self, changes, *, extrapolate=False):
        """Return the forecast with levers moved beyond their usual course, which it already holds; a WhatIf.

        ``changes``: step by lever, points or million dong a head more, or a factor: ``{"training": 5,
        "programmes": 1.5}``. In each way of computing the forecast moves by ``δ = Σ_j β_j d_j`` and its variance
        grows by that of δ (``levers.shift``, ``levers.moved``). An association is no effect: this tells what went
        with such a difference between provinces, not what it would bring about.

        Raises ValueError that lists every problem: unknown levers, steps that are not finite or lead to impossible
        levels, and, unless ``extrapolate``, steps beyond what has been seen.

        >>> import povertystats as ps
        >>> facts = ps.load_facts()
        >>> found = scenario(facts.as_of("2020-05-07")).what_if({"training": 2})
        >>> rows = found.table[found.table.reading == "by_2.5"].set_index(["way", "scale"])
        >>> rows[["probability_without", "probability"]].round(2).values.tolist()
        [[0.41, 0.66], [0.4, 0.28], [0.41, 0.61], [0.4, 0.4]]
        """
        if not isinstance(changes, Mapping):
            raise ValueError(
                f"cannot say what if: expected steps by lever, {{'training': 2}}, got {changes!r}"
            )
        named = {lever.name: lever for lever in self.levers}
        problems = [
            say(f"scenario.missing.{name}", "en")
            if name in self.missing
            else f"there is no lever {name!r}; there is {', '.join(named)}"
            for name in changes
            if name not in named
        ]
        for name in [name for name in changes if name in named]:
            problems += named[name].problems(changes[name], extrapolate=extrapolate)
        refuse("cannot say what if", problems)
        # In the levers' own order, so that a sum does not depend on how the steps were written down.
        return WhatIf(
            self, tuple((lever, float(changes[name])) for name, lever in named.items() if name in changes)
        )

    def needed(self, probabilities=(0.5, 0.8)):
        """Return what it would take for the targets to have these probabilities; see ``needed.needed``."""
        return needed(self, probabilities)

    def best_fifth(self):
        """Return the pace of the best fifth of peers and where it leads, or None; see ``needed.best_fifth``."""
        return best_fifth(self)

    def text(self, lang):
        """Return in ``lang`` what can be moved, and what cannot with the reason.

        Raises ValueError when the language is not known.
        """
        check(lang)
        lines = [] if self.readings[0].target else [say("scenario.target", lang, year=self.ahead.year)]
        lines += [say(f"scenario.missing.{name}", lang) for name in self.missing]
        for lever in self.levers:
            told = {"name": lever.names[lang], "span": lever.told_span(*lever.seen, lang)}
            told["notes"] = " ".join(_notes(lever, self, lang))
            lines.append(say(f"scenario.lever.{lever.evidence}", lang, **told))
        return "\n".join([*lines, say("drivers.association", lang)])

    def spec(self, lang):
        """Return all that an interactive page needs to compute the same, JSON-able, with its labels in ``lang``."""
        check(lang)
        ahead = self.ahead
        parts = ("weights", "df", "location", "scale")
        return {
            "place": self.place,
            "year": ahead.year,
            "indicator_title": self.known.title(ahead.series.indicator, lang),
            "last": float(ahead.series.values[-1]),
            "last_year": int(ahead.series.years[-1]),
            "baselines": {
                scale: {part: getattr(self.baselines[scale], part).tolist() for part in parts}
                for scale in LINKS
            },
            "readings": [{"label": r.label(lang), "bound": r.bound} for r in self.readings],
            "ways": [{"way": w, "scale": s, "label": way_name(w, s, lang)} for w, s in self.ways],
            "levers": [self._lever(lever, lang) for lever in self.levers],
        }

    def _lever(self, lever, lang):
        low, high = lever.limits
        value, year = lever.latest or (None, None)
        return {
            "name": lever.name,
            "title": lever.title(lang),
            "unit": say(f"lever.unit.{lever.unit}", lang),
            "kind": lever.kind,
            "min": low,
            "max": high,
            "step": lever.step,
            "start": lever.start,
            "usual": list(lever.usual),
            "levels": list(lever.levels),
            "latest": value,
            "latest_year": year,
            "evidence": lever.evidence,
            "later": lever.later,
            "note": " ".join(_notes(lever, self, lang)),
            "effects": [
                dict(zip(("estimate", "se", "dof"), lever.effect(way, scale), strict=True))
                for way, scale in self.ways
            ],
        }


def scenario(known, *, place="Bắc Kạn", later=None, fits=None):
    """Return the Scenario of a place: its forecast, the levels that its targets require, and the levers.

    ``known``: a Facts view; ``later``: one of a later day, for the lever whose association was not known yet (policy
    credit), which is then marked as hindsight; ``fits``: those of ``declared.driver_fits``, where they were made already.

    Where no target speaks of the rate and year of the forecast, the last figure stands in: no rise. Raises
    LookupError for an unknown place; NoScenario (a ValueError, with ``text(lang)``) when no poverty series can be
    forecast, the forecast has no variance, or no lever has an association.

    >>> import povertystats as ps
    >>> found = scenario(ps.load_facts().as_of("2020-05-07"))
    >>> [lever.name for lever in found.levers], [reading.name for reading in found.readings], found.missing
    (['training', 'programmes'], ['by_2.0', 'by_2.5', 'to_2.5'], ('credit',))
    """
    if later and later.cutoff and (known.cutoff is None or later.cutoff < known.cutoff):
        raise ValueError(f"scenario: expected a later view than {known.cutoff}, got one of {later.cutoff}")
    place = known.places.find(place)
    ahead = outlook(known, place)
    if ahead is None:
        raise NoScenario("forecast", place=place)
    targets = [
        (t, level)
        for t, level in required(load_targets(known, place=place), ahead)
        if t.direction == "at_most" and 0 <= level <= 100
    ]
    levels = targets or [(None, ahead.series.values[-1])]
    # As everywhere, a level of 0 or 100 is one that rounds to it.
    readings = tuple(Reading(float(min(max(level, HALF_STEP), 100 - HALF_STEP)), t) for t, level in levels)
    baselines = _baselines(four_ways(ahead, known))
    if len(baselines) < len(LINKS):
        raise NoScenario("spread", place=place)
    found = levers(known, place=place, horizon=ahead.horizon, later=later, fits=fits)
    if not found:
        raise NoScenario("lever", place=place)
    missing = tuple(name for name in NAMES if name not in {lever.name for lever in found})
    return Scenario(known, ahead, baselines, readings, found, missing)


def _baselines(ways):
    """Return by scale the first forecast that has a variance, without which none can be added to it."""
    found = {}
    for scale, names in _FORECASTS.items():
        made = [ways[name].predictive for name in names if ways[name] is not None]
        fitting = [predictive for predictive in made if (predictive.df > 2).all()]
        if fitting:
            found[scale] = fitting[0]
    return found


def what_if(known, changes, *, place="Bắc Kạn", later=None, extrapolate=False):
    """Return ``scenario(known, place=place, later=later).what_if(changes, extrapolate=extrapolate)``; a WhatIf.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> found = what_if(facts.as_of("2020-05-07"), {"training": 2, "credit": -0.5}, later=facts)
    >>> print(found.text("en").partition(".")[0])
    The ways of computing disagree on the direction, so none can be claimed
    """
    return scenario(known, place=place, later=later).what_if(changes, extrapolate=extrapolate)


def _notes(lever, made, lang):
    """Return what a reader must know of a lever: whose definition it has, its evidence, hindsight, and the top."""
    target = _otherwise(lever, made)
    found = [say("lever.definition", lang, wording=target.wording[lang])] if target else []
    found.append(
        say(
            f"lever.evidence.{lever.evidence}",
            lang,
            n=int(lever.effects["places"].max()),
            years=lever.effects["years"].iloc[0],
        )
    )
    if lever.later:
        found.append(say("lever.later", lang))
    if lever.unseen(lever.start + lever.step):
        found.append(say("lever.highest", lang, place=made.place))
    return found


def _otherwise(lever, made):
    """Return a target of the place that speaks of what a lever measures, by a definition of its own; or None."""
    peers = made.known.indicators.set_index("indicator")["peers"]
    for target in load_targets(made.known, place=made.place):
        near = {target.proxy_indicator, *peers[target.indicator].split(";")}
        if lever.column in near - {target.indicator}:
            return target
    return None
