"""The drivers that a reader can move, each with its associations and with how far places have been seen to move it."""

import math
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from povertystats.drivers.credit import credit_study
from povertystats.drivers.declared import driver_fit, driver_panel
from povertystats.facts.views import once_a_view
from povertystats.forecasts.predictive import LINKS
from povertystats.regression.terms import parse, read_term
from povertystats.words.wording import number, say

# Way -> how the names of its fits end. In one, provinces with the same initial rate are compared: programmes and
# credit go where it is high.
WAYS = {"plain": "", "same_start": "_start"}
# Fewer departures do not show how far a driver moves.
FEWEST = 20
_LEVEL = 0.95
_USUAL = (0.05, 0.95)
# Kind, unit and step of the hand; for credit also the indicator that names it.
_FORMS = {
    "training": ("add", "pp", 0.5),
    "programmes": ("times", "times", 0.05),
    "credit": ("add", "vnd_m", 0.25),
}
NAMES = tuple(_FORMS)
_CREDIT = "credit_pc_vnd_m"


@dataclass(frozen=True, eq=False)
class Lever:
    """A driver that can be moved beyond its usual course.

    ``kind``: "add" (a step in ``unit``: "pp" points, "vnd_m" million dong a head) or "times" (a factor; 1 leaves all
    as it is). ``latest``: the place's last figure with its year, or None. ``evidence``: "panel" (provinces over
    the years) or "cross_section"; ``later``: it rests on figures published after the cut-off.
    ``effects``: one row a way ("plain", "same_start") and scale: estimate (points or log-odds, per unit or per ln
    factor; positive: more of it goes with a higher rate), se, dof, low, high (95 %), n, places, years.
    ``seen``, ``usual``: the least and greatest, and the 5th and 95th per cent, of how far a place departed from the
    others in a year (credit: from their mean), as steps; ``levels``: the least and greatest figure of a place. Beyond
    them every statement is extrapolation. ``step``: that of a hand.
    """

    name: str
    column: str
    kind: str
    unit: str
    step: float
    names: dict[str, str]
    latest: tuple[float, int] | None
    evidence: str
    later: bool
    effects: pd.DataFrame
    seen: tuple[float, float]
    usual: tuple[float, float]
    levels: tuple[float, float]

    def title(self, lang):
        """Return its name as it stands by itself, such as over a slider."""
        name = self.names[lang].removeprefix("the ")
        return name[0].upper() + name[1:]

    @property
    def start(self):
        """The step that leaves all as it is: 0, or the factor 1."""
        return 1.0 if self.kind == "times" else 0.0

    @property
    def possible(self):
        """The steps that lead to a level that can be: a share of 0 to 100, no money below 0, a factor above 0."""
        top = 100.0 if self.unit == "pp" else math.inf
        if self.kind == "times":
            return 0.0, math.inf
        return (-top, top) if self.latest is None else (-self.latest[0], top - self.latest[0])

    @property
    def limits(self):
        """The steps that are both ``seen`` and ``possible``, rounded inward to whole steps of the hand."""
        low, high = max(self.seen[0], self.possible[0]), min(self.seen[1], self.possible[1])
        low, high = (round(end / self.step, 9) for end in (low, high))
        return round(math.ceil(low) * self.step, 9), round(math.floor(high) * self.step, 9)

    @property
    def within(self):
        """The steps within what has been seen: those of ``seen`` that leave the place within ``levels``."""
        low, high = self.seen
        if self.latest is None:
            return self.seen
        at = self.latest[0]
        if self.kind == "times":
            least, most = (end / at for end in self.levels)
        else:
            least, most = (end - at for end in self.levels)
        # Where the place stands has been seen.
        return min(max(low, least), self.start), max(min(high, most), self.start)

    def on_term(self, step):
        """Return a step as the model takes it: itself, or the natural logarithm of a factor."""
        return np.log(step) if self.kind == "times" else np.asarray(step, dtype=float)

    def effect(self, way, scale):
        """Return ``(estimate, se, dof)`` of one way of computing."""
        return self._effects[way, scale]

    @cached_property
    def _effects(self):
        rows = self.effects.itertuples()
        return {(row.way, row.scale): (row.estimate, row.se, row.dof) for row in rows}

    def problems(self, step, *, extrapolate=False):
        """Return what is wrong with a step, as a list of sentences; steps beyond ``seen`` only unless ``extrapolate``."""
        real = isinstance(step, Real) and not isinstance(step, bool | np.bool_)
        if not real or not math.isfinite(step):
            return [f"{self.name} is {step!r}; expected a finite number"]
        if self.kind == "times" and step <= 0:
            return [f"{self.name} is the factor {step:g}; expected one above 0"]
        found = []
        if self.beyond(step, self.possible):
            low, high = self.possible
            found.append(
                f"{self.name} is {step:g}; no level can be reached but by steps of {low:g} to {high:g}"
            )
        if not extrapolate and self.beyond(step, self.seen):
            low, high = self.seen
            found.append(
                f"{self.name} {step:g} lies beyond what has been seen, {low:.4g} to {high:.4g}; "
                "extrapolate=True tells it all the same, and says so"
            )
        return found

    def beyond(self, step, span):
        """Say whether a step lies outside ``span`` (``seen`` or ``usual``)."""
        # A bound that was worked out is met by itself, whatever its last digit.
        slack = 1e-9 * max(1.0, abs(step))
        return not span[0] - slack <= step <= span[1] + slack

    def unseen(self, step):
        """Say whether a step goes beyond what has been seen, ``within``."""
        return step != self.start and self.beyond(step, self.within)

    def told(self, step, lang):
        """Return a step in words, such as "+5 points" or "1.5 times the usual"."""
        (told,) = self._figures([step], lang)
        return say(f"lever.step.{self.unit}", lang, x=told)

    def told_span(self, low, high, lang):
        """Return a range of steps in words, such as "+1.9 to +2.4 points"."""
        low, high = self._figures([low, high], lang)
        return say(f"lever.span.{self.unit}", lang, low=low, high=high)

    def _figures(self, steps, lang):
        """Return steps as figures with as many decimals each as one of them needs, two at the most."""
        decimals = max(len(f"{step:.2f}".rstrip("0").partition(".")[2]) for step in steps)
        plus = ["+" if self.kind == "add" and round(step, 2) > 0 else "" for step in steps]
        return [sign + number(step, lang, decimals) for sign, step in zip(plus, steps, strict=True)]


def shift(steps, way, scale):
    """Return by how much steps of levers move a rate: ``(estimate, variance, half)`` on ``scale``.

    ``δ = Σ_j β_j d_j`` with d the step, or the ln factor; ``V = Σ_j d_j² se_j² ν_j/(ν_j − 2)``, the variance of
    Student-t with ν degrees of freedom: associations of separate models, taken as independent. ``half``: half the
    95 % interval of δ, ``t_ν √Σ_j d_j² se_j²`` with the fewest ν of the levers that move. ``steps``: [(Lever, step)].
    """
    sized = [(float(lever.on_term(step)), *lever.effect(way, scale)) for lever, step in steps]
    sized = [(size, *effect) for size, *effect in sized if size]
    if not sized:
        return 0.0, 0.0, 0.0
    size, estimate, se, dof = np.array(sized).T
    squares = (size * se) ** 2
    half = stdtrit(dof.min(), (1 + _LEVEL) / 2) * math.sqrt(squares.sum())
    return float(size @ estimate), float(squares @ (dof / (dof - 2))), float(half)


def moved(predictive, estimate, variance):
    """Return a Predictive moved by a shift of ``estimate`` and ``variance``, on its own scale.

    Each component's location moves by δ and its variance grows by V, its degrees of freedom kept:
    ``s'² = s² + V (ν − 2)/ν``, which needs ν > 2: mean and variance are those of the sum, its shape is nearly so.
    Without a shift it is the same distribution.

    >>> from povertystats.forecasts.predictive import Predictive
    >>> wider = moved(Predictive(1.0, 4, 20.0, 2.0, "points"), -1.0, 1.0)
    >>> wider.location.tolist(), (wider.scale**2).round(9).tolist()
    ([19.0], [4.5])
    """
    df = predictive.df
    widened = np.hypot(predictive.scale, np.sqrt(variance * (df - 2) / df))
    return replace(predictive, location=predictive.location + estimate, scale=widened)


def levers(known, *, place, horizon=1, later=None, fits=None):
    """Return the Levers that the figures carry, a tuple: training, programmes, credit.

    "training" (share of workers with a certificate, points) and "programmes" (programme money a head, a factor)
    rest on the fits within places of ``declared.driver_fits`` (``fits``; made anew when left out): the association of
    a year's driver with the rate of that year. "credit" (million dong a head) rests on ``credit_study``: the change of
    the rate over its years, divided by their number and multiplied by ``horizon``. Where ``known`` has no such change,
    ``later``, a Facts view of a later day, may have it. Errors are those of the cluster jackknife with places − 1
    degrees of freedom. A lever is left out where its association cannot be estimated, where under 20 departures show
    how far places move it, and where no factor moves a last figure of 0.

    Raises LookupError for an unknown place.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> found = levers(facts.as_of("2020-05-07"), place="bac kan", later=facts)
    >>> [(lever.name, lever.kind, lever.later) for lever in found]
    [('training', 'add', False), ('programmes', 'times', False), ('credit', 'add', True)]
    >>> [round(float(x), 3) for x in found[0].effect("plain", "log_odds")]
    [-0.021, 0.008, 62.0]
    """
    place = known.places.find(place)
    fits = _fits(known) if fits is None else fits
    found = [_panel_lever(known, name, place, fits) for name in ("training", "programmes")]
    found.append(_credit_lever(known, place, horizon, later))
    return tuple(lever for lever in found if lever is not None)


@once_a_view
def _fits(known):
    """Return of ``driver_fits`` what the levers need, and no more: the fits within places, without a bootstrap."""
    names = [f"{name}{end}" for name in ("training", "programmes") for end in WAYS.values()]
    return {name: driver_fit(known, name, estimators=["within"], draws=0) for name in names}


def _panel_lever(known, name, place, fits):
    parts = {way: fits.get(f"{name}{end}") for way, end in WAYS.items()}
    if None in parts.values():
        return None
    panel, term = driver_panel(known, name)
    column = parse(term)[1]
    rows = [fit.table[fit.table["estimator"] == "within"].assign(way=way) for way, fit in parts.items()]
    effects = pd.concat(rows, ignore_index=True)
    effects = effects[effects["scale"].isin(LINKS)].assign(dof=lambda table: table["places"] - 1.0)
    values = panel.assign(term=read_term(panel, term)[0]).pivot(index="place", columns="year", values="term")
    levels = known.panel([column], places=[place], standard="any").dropna()
    latest = (float(levels[column].iloc[-1]), int(levels["year"].iloc[-1])) if len(levels) else None
    if latest and not latest[0] and _FORMS[name][0] == "times":
        return None
    departures = _departures(values, _rebased(known, column))
    every = known.panel([column], standard="any")[column].dropna()
    return _lever(known, name, column, latest, "panel", False, effects, departures, every)


def _rebased(known, column):
    """Return the year since which an indicator is on another basis, or infinity."""
    since = known.indicators.set_index("indicator")["rebased"].get(column)
    return math.inf if since is None or pd.isna(since) else since


def _departures(values, rebased):
    """Return by how much places changed in a year more than all did in the mean, never across a change of basis."""
    years = [year for year in values.columns if year - 1 in values.columns and not year - 1 < rebased <= year]
    changes = pd.DataFrame({year: values[year] - values[year - 1] for year in years})
    return (changes - changes.mean()).to_numpy().ravel()


def _credit_lever(known, place, horizon, later):
    study, hindsight = credit_study(known), False
    levels = study.levels[study.levels["place"] == place].dropna(subset="credit_vnd_m_pc")
    if study.differences is None and later is not None:
        study, hindsight = credit_study(later), True
    if study.differences is None:
        return None
    rows = study.table[study.table["driver"] == "credit_vnd_m_pc"]
    span = (study.years[1] - study.years[0]) / horizon
    effects = rows.assign(
        way=np.where(rows["controls"] == "", "plain", "same_start"),
        places=rows["n"],
        dof=rows["n"] - 1.0,
        **{name: rows[name] / span for name in ("estimate", "se", "low", "high")},
    )
    latest = None
    if len(levels):
        last = levels.iloc[-1]
        latest = (float(last["credit_vnd_m_pc"]), int(last["on"].year))
    places = study.differences.places
    heads = places.loc[places["driver"] == "credit_vnd_m_pc", "value"]
    departures = (heads - heads.mean()).to_numpy()
    return _lever(known, "credit", _CREDIT, latest, "cross_section", hindsight, effects, departures, heads)


def _lever(known, name, column, latest, evidence, later, effects, departures, figures):
    """Return the Lever, or None where too few departures show how far it moves, or its error has no variance."""
    departures = departures[np.isfinite(departures)]
    if len(departures) < FEWEST or effects["dof"].min() <= 2:
        return None
    kind, unit, step = _FORMS[name]
    carry = np.exp if kind == "times" else np.asarray
    seen, usual = (tuple(carry(np.quantile(departures, ends)).tolist()) for ends in ((0, 1), _USUAL))
    return Lever(
        name, column, kind, unit, step,
        known.titles(column, short=True),
        latest, evidence, later, effects[_COLUMNS].reset_index(drop=True), seen, usual,
        (float(figures.min()), float(figures.max())),
    )  # fmt: skip


_COLUMNS = ["way", "scale", "estimate", "se", "dof", "low", "high", "n", "places", "years"]
