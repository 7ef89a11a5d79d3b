"""A driver that a reader can move: how far, in which words, and what its associations then do to a forecast."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from povertystats.forecasts.predictive import Predictive
from povertystats.questions.declared_driver import USUAL, DeclaredDriver
from povertystats.words.languages import Words
from povertystats.words.wording import in_unit, number, say

# The looks at every driver: as it was declared, and at places with the same initial rate, for programmes and credit go
# where it is high.
PLAIN, SAME_START = "plain", "same_start"
WITHIN, ACROSS = "within", "long_differences"
_LEVEL = 0.95
# A bound that was worked out is met by itself, whatever its last digit.
_SLACK = 1e-9


class Way(NamedTuple):
    """A way of computing: the look at the figures (or the name of a second look at one driver), the estimator, the scale.

    ``estimator``: "within" stands for the changes of a cross-section too, which has no other.
    """

    look: str
    estimator: str
    scale: str


@dataclass(frozen=True, eq=False)
class Lever:
    """A driver that can be moved beyond its usual course.

    ``unit``: that of a step ("pp" points, "times" a factor, else the indicator's). ``latest``: the place's last figure
    with its year, or None. ``later``: it rests on figures published after the cut-off.
    ``effects``: one row a look ("plain", "same_start", or a second look's name), estimator and scale: estimate (points or log-odds, per unit or per ln
    factor; positive: more of it goes with a higher rate), se, dof, low, high (95 %), n, places, years.
    ``looks``: the second looks of its own with their titles; ``lacking``: the ways that its figures do not carry.
    ``moves``: by how much places departed from the others, on the model's term, by place and year (credit: by place, from
    their mean); ``levels``: the least and greatest figure of a place. Beyond
    them every statement is extrapolation. ``bounds``: the least and greatest figure that can be.
    """

    driver: DeclaredDriver
    unit: str
    names: dict[str, str]
    latest: tuple[float, int] | None
    later: bool
    effects: pd.DataFrame
    looks: dict[str, Words]
    lacking: tuple[Way, ...]
    moves: pd.Series
    levels: tuple[float, float]
    bounds: tuple[float, float]

    @property
    def name(self) -> str:
        """The name of its driver."""
        return self.driver.name

    @property
    def evidence(self) -> str:
        """What its association rests on: "panel" (provinces over the years) or "cross_section"."""
        return self.driver.evidence

    @property
    def kind(self) -> str:
        """How a step moves it: "add" (so much in ``unit``) or "times" (a factor; 1 leaves all as it is)."""
        return "times" if self.unit == "times" else "add"

    def title(self, lang: str) -> str:
        """Return its name as it stands by itself, such as over a slider."""
        return heading(self.names[lang].removeprefix("the "))

    @property
    def start(self) -> float:
        """The step that leaves all as it is: 0, or the factor 1."""
        return 1.0 if self.kind == "times" else 0.0

    @property
    def step(self) -> float:
        """The least step of a hand."""
        return self.driver.step or 0.0

    @cached_property
    def seen(self) -> tuple[float, float]:
        """The least and the greatest departure of a place, as steps."""
        return self.from_term(float(self.moves.min())), self.from_term(float(self.moves.max()))

    @cached_property
    def usual(self) -> tuple[float, float]:
        """What nine in ten departures do not pass, as steps."""
        low, high = np.quantile(self.moves, USUAL)
        return self.from_term(low), self.from_term(high)

    @property
    def possible(self) -> tuple[float, float]:
        """The steps that lead to a figure that can be: a share of 0 to 100, no money below 0, a factor above 0."""
        if self.kind == "times":
            return 0.0, math.inf
        low, high = self.bounds
        return (
            (low - high, high - low) if self.latest is None else (low - self.latest[0], high - self.latest[0])
        )

    @property
    def limits(self) -> tuple[float, float]:
        """The steps that are both ``seen`` and ``possible``, rounded inward to whole steps of the hand."""
        low, high = max(self.seen[0], self.possible[0]), min(self.seen[1], self.possible[1])
        fewest, most = (round((end - self.start) / self.step, 9) for end in (low, high))
        return self._at(math.ceil(fewest)), self._at(math.floor(most))

    def _at(self, steps: int) -> float:
        return round(self.start + steps * self.step, 9)

    @cached_property
    def hands(self) -> pd.Series:
        """The departures of ``moves`` in whole steps of the hand, towards the start."""
        steps = (np.exp(self.moves) - 1 if self.kind == "times" else self.moves) / self.step
        return np.trunc(steps + np.sign(steps) * _SLACK).astype(int)

    @property
    def within(self) -> tuple[float, float]:
        """The steps within what has been seen: those of ``seen`` that leave the place within ``levels``."""
        low, high = self.seen
        if self.latest is None:
            return self.seen
        at = self.latest[0]
        least, most = (end / at if self.kind == "times" else end - at for end in self.levels)
        # Where the place stands has been seen.
        return min(max(low, least), self.start), max(min(high, most), self.start)

    def on_term(self, step: float) -> float:
        """Return a step as the model takes it: itself, or the natural logarithm of a factor."""
        return float(np.log(step)) if self.kind == "times" else float(step)

    def from_term(self, at: float) -> float:
        """Return the step that a place on the model's term stands for."""
        return float(np.exp(at)) if self.kind == "times" else float(at)

    def effect(self, way: Way) -> tuple[float, float, float] | None:
        """Return ``(estimate, se, dof)`` of one way of computing; a second look at another driver is none at this one.

        None where its figures do not carry it.
        """
        own = way.look in (PLAIN, SAME_START, *self.looks)
        return self.ways.get(way if own else way._replace(look=PLAIN))

    @cached_property
    def ways(self) -> dict[Way, tuple[float, float, float]]:
        """What it has itself, by way: ``(estimate, se, dof)``."""
        rows = self.effects.replace({"estimator": {ACROSS: WITHIN}}).itertuples()
        return {Way(row.way, row.estimator, row.scale): (row.estimate, row.se, row.dof) for row in rows}

    def problems(self, step: object, *, extrapolate: bool = False) -> list[str]:
        """Return what is wrong with a step, as a list of sentences; steps beyond ``within`` only unless ``extrapolate``."""
        if not isinstance(step, Real) or isinstance(step, bool | np.bool_) or not math.isfinite(step):
            return [f"{self.name} is {step!r}; expected a finite number"]
        step = float(step)
        if self.kind == "times" and step <= 0:
            return [f"{self.name} is the factor {step:g}; expected one above 0"]
        found = []
        if self.beyond(step, self.possible):
            low, high = self.possible
            found.append(
                f"{self.name} is {step:g}; no level can be reached but by steps of {low:g} to {high:g}"
            )
        if not extrapolate and self.unseen(step):
            low, high = self.within
            found.append(
                f"{self.name} {step:g} lies beyond what has been seen, {low:.4g} to {high:.4g}; "
                "extrapolate=True tells it all the same, and says so"
            )
        return found

    def beyond(self, step: float, span: tuple[float, float]) -> bool:
        """Say whether a step lies outside ``span`` (``seen`` or ``usual``)."""
        slack = _SLACK * max(1.0, abs(step))
        return not span[0] - slack <= step <= span[1] + slack

    def unseen(self, step: float) -> bool:
        """Say whether a step goes beyond what has been seen, ``within``."""
        return step != self.start and self.beyond(step, self.within)

    def in_words(self, low: float, high: float | None, lang: str) -> str:
        """Return a step in words, such as "+5 points" or "1.5 times the usual", or a range: "+1.9 to +2.4 points"."""
        steps = [low] if high is None else [low, high]
        # As many decimals as one of them needs, two at the most.
        decimals = max(len(f"{step:.2f}".rstrip("0").partition(".")[2]) for step in steps)
        decimals = 0 if max(map(abs, steps)) >= 100 else decimals
        plus = ["+" if self.kind == "add" and round(step, 2) > 0 else "" for step in steps]
        first, *last = (sign + number(step, lang, decimals) for sign, step in zip(plus, steps, strict=True))
        if self.kind == "times":
            return (
                say("lever.span.times", lang, low=first, high=last[0])
                if last
                else say("lever.step.times", lang, x=first)
            )
        with_unit = in_unit(last[0] if last else first, self.unit, lang)
        return say("lever.span.add", lang, low=first, high=with_unit) if last else with_unit

    def unit_in_words(self, lang: str) -> str:
        """Return the unit of a step for readers, of money with what it is divided by."""
        named = self.unit in ("pp", "times", "vnd_m")
        return say(f"lever.unit.{self.unit}", lang) if named else in_unit("", self.unit, lang).strip()


def heading(name: str) -> str:
    """Return a name as it begins a line."""
    return name[:1].upper() + name[1:]


def applied(levers: Sequence[Lever], ways: Iterable[Way]) -> tuple[list[Way], list[Way]]:
    """Return which ways compute what levers together do, and which are left out as one of them has no such estimate.

    Of second looks those at one of these levers: without it they are no other way than the plain one.
    """
    looks = {PLAIN, SAME_START, *(look for lever in levers for look in lever.looks)}
    asked = [way for way in ways if way.look in looks]
    every = [all(lever.effect(way) for lever in levers) for way in asked]
    return [w for w, e in zip(asked, every, strict=True) if e], [
        w for w, e in zip(asked, every, strict=True) if not e
    ]


def together(levers: Sequence[Lever], *, hands: bool = False) -> pd.DataFrame:
    """Return how far places departed in the same year, on the models' terms (``hands``: in whole steps): a column a lever.

    NaN where there is no figure. What is known at one time alone stands beside every year of its place, and by itself.
    """
    moves = {lever.name: lever.hands if hands else lever.moves for lever in levers}
    yearly = [one.rename(name) for name, one in moves.items() if one.index.nlevels == 2]
    once = {name: one for name, one in moves.items() if one.index.nlevels == 1}
    places = pd.Index([], dtype=object).append([one.index for one in once.values()]).unique()
    rows = pd.MultiIndex.from_product([places, [0]], names=["place", "year"])
    found = pd.DataFrame(index=rows).join(yearly, how="outer")
    where = found.index.get_level_values("place")
    return found.assign(**{name: where.map(one) for name, one in once.items()})[list(moves)]


def seen_together(steps: Sequence[tuple[Lever, float]]) -> bool:
    """Say whether some place has moved as far with all levers in the same year, each in the direction of its step."""
    moving = [(lever, size) for lever, step in steps if (size := lever.on_term(step))]
    if not moving:
        return True
    sizes = np.array([size for _, size in moving])
    far = together([lever for lever, _ in moving]).to_numpy(float) * np.sign(sizes)
    return bool((far >= np.abs(sizes) - _SLACK * np.maximum(1, np.abs(sizes))).all(axis=1).any())


def shift(steps: Sequence[tuple[Lever, float]], way: Way) -> tuple[float, float, float]:
    """Return by how much steps of levers move a rate: ``(estimate, variance, half)`` on the scale of ``way``.

    ``δ = Σ_j β_j d_j`` with d the step, or the ln factor; ``V = Σ_j d_j² se_j² ν_j/(ν_j − 2)``, the variance of
    Student-t with ν degrees of freedom: associations of separate models, taken as independent. ``half``: half the
    95 % interval of δ, ``t_ν √Σ_j d_j² se_j²`` with the fewest ν of the levers that move. ``steps``: [(Lever, step)],
    each with an effect in this way.
    """
    sized = [
        (size, *effect)
        for lever, step in steps
        if (size := lever.on_term(step)) and (effect := lever.effect(way))
    ]
    if not sized:
        return 0.0, 0.0, 0.0
    size, estimate, se, dof = np.array(sized).T
    squares = (size * se) ** 2
    half = stdtrit(dof.min(), (1 + _LEVEL) / 2) * math.sqrt(squares.sum())
    return float(size @ estimate), float(squares @ (dof / (dof - 2))), float(half)


def moved(predictive: Predictive, estimate: float, variance: float) -> Predictive:
    """Return a Predictive moved by a shift of ``estimate`` and ``variance``, on its own scale.

    Each component's location moves by δ and its variance grows by V, its degrees of freedom kept:
    ``s'² = s² + V (ν − 2)/ν``, which needs ν > 2: mean and variance are those of the sum, its shape is nearly so.
    Without a shift it is the same distribution.

    >>> wider = moved(Predictive(1.0, 4, 20.0, 2.0, "points"), -1.0, 1.0)
    >>> wider.location.tolist(), (wider.scale**2).round(9).tolist()
    ([19.0], [4.5])
    """
    df = predictive.df
    widened = np.hypot(predictive.scale, np.sqrt(variance * (df - 2) / df))
    return replace(predictive, location=predictive.location + estimate, scale=widened)
