"""What if: the forecast and the probability of the target, were a driver to depart from its usual course."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.facts import Facts
from povertystats.forecast import Forecast
from povertystats.levers import WAYS, Lever, levers, moved, shift
from povertystats.needed import BestFifth, Needed, best_fifth, needed
from povertystats.outlook import four_ways, goal, outlook, required
from povertystats.predictive import HALF_STEP, LINKS, Predictive
from povertystats.targets import Target, load_targets
from povertystats.terms import refuse
from povertystats.wording import check, say

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
    """What a target requires of the rate: at most ``bound`` per cent; ``label`` and ``wording`` by language."""

    target: Target
    bound: float

    @property
    def name(self):
        """The name of the reading, such as "by_2.0"."""
        return self.target.reading

    def label(self, lang):
        """Return the bound with the change that leads to it, for readers."""
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
            ends = {f"{name}_{end}": getattr(lever, name)[i] for name in ("seen", "usual") for i, end in enumerate(("low", "high"))}
            parts.append(lever.effects.assign(lever=lever.name, kind=lever.kind, evidence=lever.evidence, later=lever.later, **ends))
        return pd.concat(parts, ignore_index=True).set_index("lever").reset_index()

    def what_if(self, changes, *, extrapolate=False):
        """Return the forecast with levers moved beyond their usual course, which it already holds; a WhatIf.

        ``changes``: step by lever, points or million dong a head more, or a factor: ``{"training": 5,
        "programmes": 1.5}``. In each way of computing the forecast moves by ``δ = Σ_j β_j d_j`` and its variance
        grows by that of δ (``levers.shift``, ``levers.moved``). An association is no effect: this tells what went with such
        a difference between provinces, not what it would bring about.

        Raises ValueError that lists every problem: unknown levers, steps that are not finite or lead to impossible levels,
        and, unless ``extrapolate``, steps beyond what has been seen.

        >>> import povertystats as ps
        >>> facts = ps.load_facts()
        >>> found = scenario(facts.as_of("2020-05-07")).what_if({"training": 2})
        >>> row = found.table.iloc[1]
        >>> row[["way", "scale", "reading"]].tolist(), round(row.probability_without, 2), round(row.probability, 2)
        (['plain', 'log_odds', 'by_2.5'], 0.41, 0.51)
        """
        named = {lever.name: lever for lever in self.levers}
        problems = [
            f"there is no lever {name!r}; there is {', '.join(named)}" for name in changes if name not in named
        ]
        for name in [name for name in changes if name in named]:
            problems += named[name].problems(changes[name], extrapolate=extrapolate)
        refuse("cannot say what if", problems)
        # In the levers' own order, so that a sum does not depend on how the steps were written down.
        return WhatIf(self, tuple((lever, float(changes[name])) for name, lever in named.items() if name in changes))

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
        lines = [say(f"scenario.missing.{name}", lang) for name in self.missing]
        for lever in self.levers:
            told = {"name": lever.names[lang], "low": lever.told(lever.seen[0], lang), "high": lever.told(lever.seen[1], lang)}
            notes = " ".join(lever_notes(lever, self.place, lang))
            lines.append(say("scenario.lever", lang, notes=notes, **told))
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
                scale: {part: getattr(self.baselines[scale], part).tolist() for part in parts} for scale in LINKS
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
            "title": lever.titles[lang],
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
            "note": " ".join(lever_notes(lever, self.place, lang)),
            "effects": [
                dict(zip(("estimate", "se", "dof"), lever.effect(way, scale), strict=True))
                for way, scale in self.ways
            ],
        }


@dataclass(frozen=True, eq=False)
class WhatIf:
    """The forecast of a Scenario with levers moved: ``steps`` are [(Lever, step)], ``ahead`` the distributions."""

    scenario: Scenario
    steps: tuple[tuple[Lever, float], ...]

    @cached_property
    def shifts(self):
        """By way and scale ``(estimate, variance, half)``: how far the rate moves (``levers.shift``)."""
        return {key: shift(self.steps, *key) for key in self.scenario.ways}

    @cached_property
    def ahead(self):
        """By way and scale the Predictive of the rate, of which everything may be asked."""
        return {
            key: moved(self.scenario.baselines[key[1]], estimate, variance)
            for key, (estimate, variance, _) in self.shifts.items()
        }

    @cached_property
    def table(self):
        """One row a way, scale and reading: way, scale, reading, bound, rate (median), low80, high80, rate_without,
        probability, probability_without, probability_low, probability_high, rare, beyond.

        ``_without``: without any step. ``probability_low`` and ``probability_high``: the probability if the associations were
        exactly at the ends of the 95 % interval of their sum. ``rare``: levers outside what nine in ten places and
        years did; ``beyond``: those outside all that has been seen.
        """
        rare = ", ".join(lever.name for lever, step in self.steps if lever.beyond(step, lever.usual))
        beyond = ", ".join(lever.name for lever, step in self.steps if lever.unseen(step))
        rows = []
        for (way, scale), ahead in self.ahead.items():
            baseline, (estimate, _, half) = self.scenario.baselines[scale], self.shifts[way, scale]
            low80, high80 = ahead.interval(0.80)
            ends = [moved(baseline, end, 0.0) for end in (estimate + half, estimate - half)]
            rates = {"rate": ahead.level_at(0.5), "low80": low80, "high80": high80}
            rates["rate_without"] = baseline.level_at(0.5)
            for reading in self.scenario.readings:
                asked = {"way": way, "scale": scale, "reading": reading.name, "bound": reading.bound}
                held = [one.probability(at_most=reading.bound) for one in (ahead, baseline, *ends)]
                names = ("probability", "probability_without", "probability_low", "probability_high")
                rows.append(asked | rates | dict(zip(names, held, strict=True)) | {"rare": rare, "beyond": beyond})
        return pd.DataFrame(rows)

    def text(self, lang):
        """Return in ``lang``: whether the ways disagree on direction, what is assumed, then each way's probabilities.

        Raises ValueError when the language is not known.
        """
        check(lang)
        given = [
            say("scenario.change", lang, name=lever.names[lang], step=lever.told(step, lang))
            for lever, step in self.steps
            if step != lever.start
        ]
        if not given:
            return "\n".join([say("scenario.nothing", lang), *self._each(lang)])
        return "\n".join([
            self._direction(lang),
            say("scenario.assumed", lang, changes="; ".join(given)),
            *self._flags(lang),
            *self._each(lang),
            say("drivers.association", lang),
            say("scenario.instrument", lang),
            *([say("scenario.independent", lang)] if len(given) > 1 else []),
        ])  # fmt: skip

    def _direction(self, lang):
        names = {key: way_name(*key, lang) for key in self.shifts}
        signs = {key: estimate for key, (estimate, *_) in self.shifts.items() if estimate}
        down, up = ([names[key] for key, size in signs.items() if size * side > 0] for side in (-1, 1))
        if down and up:
            return say("scenario.disagree", lang, down="; ".join(down), up="; ".join(up))
        clear = sum(abs(estimate) > half for estimate, _, half in self.shifts.values())
        return say(f"scenario.agree.{'lower' if down else 'higher'}", lang, every=len(names), clear=clear)

    def _flags(self, lang):
        for lever, step in self.steps:
            name = lever.names[lang]
            if lever.unseen(step):
                yield say("scenario.beyond", lang, name=name)
            elif lever.beyond(step, lever.usual):
                low, high = (lever.told(end, lang) for end in lever.usual)
                yield say("scenario.rare", lang, name=name, low=low, high=high)
            if lever.later and step != lever.start:
                yield say("scenario.later", lang, name=name)

    def _each(self, lang):
        moves = any(half for *_, half in self.shifts.values())
        for (way, scale), rows in self.table.groupby(["way", "scale"], sort=False):
            first = rows.iloc[0]
            labels = [reading.label(lang) for reading in self.scenario.readings]
            key = "scenario.chance" if moves else "scenario.chance_alone"
            chances = [say(key, lang, label=label, **_chances(row)) for label, (_, row) in zip(labels, rows.iterrows(), strict=True)]
            told = {"rate": first.rate, "low": first.low80, "high": first.high80, "chances": "; ".join(chances)}
            yield say("scenario.row", lang, way=way_name(way, scale, lang), **told)


def _chances(row):
    return {
        "p": row.probability,
        "without": row.probability_without,
        "low": row.probability_low,
        "high": row.probability_high,
    }


def scenario(known, *, place="Bắc Kạn", later=None, fits=None):
    """Return the Scenario of a place: its forecast, the levels that its targets require, and the levers.

    ``known``: a Facts view; ``later``: one of a later day, for the lever whose association was not known yet (policy credit),
    which is then marked as hindsight; ``fits``: those of ``findings.driver_fits``, worked out when they are left out.

    Raises LookupError for an unknown place; NoScenario (a ValueError, with ``text(lang)``) when no poverty series
    can be forecast, no target speaks of the rate and year of the forecast, the forecast has no variance, or no lever has an association.

    >>> import povertystats as ps
    >>> found = scenario(ps.load_facts().as_of("2020-05-07"))
    >>> [lever.name for lever in found.levers], [reading.name for reading in found.readings], found.missing
    (['training', 'programmes'], ['by_2.0', 'by_2.5', 'to_2.5'], ('credit',))
    """
    place = known.places.find(place)
    ahead = outlook(known, place)
    if ahead is None:
        raise NoScenario("forecast", place=place)
    targets = [(t, level) for t, level in required(load_targets(known, place=place), ahead) if t.direction == "at_most" and 0 <= level <= 100]
    if not targets:
        raise NoScenario("target", place=place, year=ahead.year)
    # As everywhere, a level of 0 or 100 is one that rounds to it.
    readings = tuple(Reading(t, min(max(level, HALF_STEP), 100 - HALF_STEP)) for t, level in targets)
    baselines = _baselines(four_ways(ahead, known))
    if len(baselines) < len(LINKS):
        raise NoScenario("spread", place=place)
    found = levers(known, place=place, horizon=ahead.horizon, later=later, fits=fits)
    if not found:
        raise NoScenario("lever", place=place)
    missing = tuple({"training", "programmes", "credit"} - {lever.name for lever in found})
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
    >>> found = what_if(facts.as_of("2020-05-07"), {"training": 2, "programmes": 1.2, "credit": 0.5}, later=facts)
    >>> print(found.text("en").partition(":")[0])
    The ways of computing disagree on the direction
    """
    return scenario(known, place=place, later=later).what_if(changes, extrapolate=extrapolate)


def way_name(way, scale, lang):
    """Return the name of a way of computing, for readers."""
    return say(f"scenario.way.{way}", lang, scale=say(f"drivers.scale.{scale}", lang))


def lever_notes(lever, place, lang):
    """Return what a reader must know of a lever: its evidence, hindsight, and a place that stands at the top."""
    found = [say(f"lever.evidence.{lever.evidence}", lang, n=int(lever.effects["places"].max()), years=lever.effects["years"].iloc[0])]
    if lever.later:
        found.append(say("lever.later", lang))
    if lever.unseen(lever.start + lever.step):
        found.append(say("lever.highest", lang, place=place))
    return found
