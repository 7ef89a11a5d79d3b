"""The change of a rate over years on a driver that is known at one or two dates only: a cross-section of places."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from povertystats.regression.inference import bad_level, detectable, solve, t_table
from povertystats.regression.jackknife import leave_one_out, spread
from povertystats.regression.moments import Moments
from povertystats.regression.terms import SCALES, read_term
from povertystats.words.errors import refuse
from povertystats.words.wording import Sentence, check, number, p_value, precision, say

_SCALES = ("points", "log_odds")
# Fewer places leave next to nothing beside an intercept, a driver and the initial level.
FEWEST = 10


@dataclass(frozen=True, eq=False)
class Driver:
    """A driver known once (its level) or twice (its change) for some places.

    ``values``: floats by place; ``times``: the one or two times that they speak of; ``step``: "one unit more of
    it" in words, by language; ``evidence``: what kind of evidence it can give ("cross_section", "proxy"), whose
    reason stands in the sentences, section long_difference.evidence; ``notes``: more such sentences.
    """

    name: str
    values: pd.Series
    times: tuple[str, ...]
    step: dict[str, str]
    evidence: str = "cross_section"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class LongDifference:
    """The association of a rate's change with each driver by itself, on two scales.

    ``table``, one row a driver, scale and set of controls: evidence, scale, outcome, driver, estimate
    (percentage points or log-odds per unit of the driver; positive: the rate rose more, or fell less, where the
    driver is higher), se, t, p, low, high, detectable (``inference.detectable``, power .8),
    estimate_without and without (the place whose leaving out moves the estimate most), level, n (places), years
    (of the outcome), driver_times, controls, dropped, convention. ``places``: what was regressed, one row a
    driver and place: driver, place, start, end (the rate, in per cent), value.
    """

    table: pd.DataFrame
    places: pd.DataFrame
    drivers: tuple[Driver, ...]
    titles: dict[str, str]

    def finding(self, driver, lang):
        """Return in one sentence what was found of a Driver: that the sign turns, or else the estimate in points.

        >>> import povertystats as ps
        >>> from povertystats.drivers.long_difference import programme_coverage
        >>> coverage = programme_coverage(ps.load_facts())
        >>> print(coverage.finding(coverage.drivers[0], "en").partition(":")[0])
        The sign depends on the scale
        """
        check(lang)
        if driver.name not in set(self.table.driver):
            raise LookupError(f"{driver.name!r} is no driver here: {', '.join(self.table.driver.unique())}")
        points, log_odds = self._held(driver)
        about = self._about(driver, lang)
        if points.estimate * log_odds.estimate < 0:
            return self._flip(points, log_odds, lang, **about)
        return self._row("row", points, lang, **about)

    def text(self, lang):
        """Return the finding in ``lang`` ("vi" or "en"): first a sign that turns, then what could not have been seen, then what was.

        Raises ValueError when the language is not known.

        >>> import povertystats as ps
        >>> from povertystats.drivers.long_difference import programme_coverage
        >>> print(programme_coverage(ps.load_facts()).text("en").splitlines()[-1])
        These are associations; they do not say what a change of policy would bring about.
        """
        check(lang)
        lines = [line for driver in self.drivers for line in self._driver(driver, lang)]
        kinds = [say(f"long_difference.evidence.{d.evidence}", lang) for d in self.drivers]
        return "\n".join([*lines, *dict.fromkeys(kinds), say("drivers.association", lang)])

    def _driver(self, driver, lang):
        points, log_odds = self._held(driver)
        about = self._about(driver, lang)
        start, end = about["start"], about["end"]
        rows = self.table[(self.table.driver == driver.name) & (self.table.controls == "")]
        alone = rows.set_index("scale").loc["points"]
        told = {"missed": points, "row": points, "without": points, "other": log_odds, "alone": alone}
        lines = [self._row(key, row, lang, **about) for key, row in told.items()]
        if points.estimate * log_odds.estimate < 0:
            lines.insert(0, self._flip(points, log_odds, lang, **about))
        if len(driver.times) == 2 and driver.times != (start, end):
            lines.append(say("long_difference.dates", lang, times="–".join(driver.times), **about))
        return lines + [say(f"long_difference.note.{note}", lang) for note in driver.notes]

    def _held(self, driver):
        """Return a driver's rows in points and in log-odds, the initial rate held."""
        rows = self.table[(self.table.driver == driver.name) & (self.table.controls != "")].set_index("scale")
        return rows.loc["points"], rows.loc["log_odds"]

    def _about(self, driver, lang):
        start, _, end = self.table.years.iloc[0].partition("–")
        return {"start": start, "end": end, "outcome": self.titles[lang], "step": driver.step[lang]}

    @staticmethod
    def _flip(points, log_odds, lang, **about):
        ways = []
        for row in (points, log_odds):
            direction = "higher" if row.estimate > 0 else "lower"
            ways.append(
                say(f"long_difference.{direction}", lang, scale=say(f"drivers.scale.{row.name}", lang))
            )
        return say("long_difference.flip", lang, first=ways[0], second=ways[1], **about)

    @staticmethod
    def _row(key, row, lang, **about):
        decimals = precision(row.se)

        def told(kind, size):
            return say(f"drivers.change.{kind}_{row.name}", lang, size=number(abs(size), lang, decimals))

        return say(
            f"long_difference.{key}",
            lang,
            scale=say(f"drivers.scale.{row.name}", lang),
            change=told("higher" if row.estimate >= 0 else "lower", row.estimate),
            otherwise=told("higher" if row.estimate_without >= 0 else "lower", row.estimate_without),
            without=row.without,
            size=told("size", row.detectable),
            low=number(row.low, lang, decimals),
            high=number(row.high, lang, decimals),
            level=number(100 * row.level, lang, 0),
            p=p_value(row.p, lang),
            n=row.n,
            verdict=say("long_difference.unclear", lang) if row.low < 0 < row.high else "",
            **about,
        )


def long_difference(facts, outcome, drivers, *, years, level=0.95):
    """Regress a rate's change between two years on each driver by itself, with and without the initial rate.

    ``y_i,end − y_i,start = α + β x_i + γ y_i,start + e_i`` by least squares over places, y in percentage points or
    in log-odds (rates of 0 or 100 have none: left out and counted). Programmes go where the rate is high, and a
    high rate falls by more points: without γ the two are mixed. ``drivers``: Driver objects; ``years``: start and
    end of the rate (in per cent). Interval: jackknife over places (``jackknife.cv3``, with one row a place
    HC3·(n − 1)/n), t with n − 1 degrees.

    Returns a LongDifference. Raises ValueError, all problems at once, on years that are not two in order,
    a bad level, an outcome that is no rate (``_pct``), a driver with fewer than ten places that have the rate in
    both years; LookupError for an indicator that does not exist.
    Source: MacKinnon & White 1985, doi:10.1016/0304-4076(85)90158-7.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> water = known_driver(facts, "census_tap_or_drilled_well_pct", [2009])
    >>> fit = long_difference(facts, "poor_income_pct", [water], years=(2010, 2016))
    >>> fit.table[["scale", "controls", "n"]].values.tolist()[:2]
    [['points', '', 62], ['points', 'poor_income_pct', 62]]
    """
    problems = bad_level(level)
    if len(years) != 2 or not years[0] < years[1]:
        problems.append(f"years are {years!r}; expected the rate's first and last year, such as (2018, 2021)")
    names = [driver.name for driver in drivers]
    problems += [f"driver {name!r} stands more than once" for name in {*names} if names.count(name) > 1]
    problems += [] if names else ["drivers are empty; expected at least one"]
    problems += [] if outcome.endswith("_pct") else [f"{outcome} is no rate; expected one in per cent"]
    refuse("cannot compare changes", problems)
    wide = both_years(facts, outcome, years)
    found = {d.name: wide.assign(value=d.values.reindex(wide.index)).dropna(subset="value") for d in drivers}
    lost = {d.name: len(d.values) - len(found[d.name]) for d in drivers}
    refuse(
        "cannot compare changes",
        [
            f"{name}: {len(rows)} place(s) have it and {outcome} in {years[0]} and {years[1]}; "
            f"expected at least {FEWEST}"
            for name, rows in found.items()
            if len(rows) < FEWEST
        ],
    )
    tables = [
        _fit(found[driver.name], driver, outcome, held, scale, level, lost[driver.name]).assign(
            driver_times="–".join(driver.times), years="–".join(map(str, years))
        )
        for driver in drivers
        for scale in _SCALES
        for held in ((), (outcome,))
    ]
    places = [rows.reset_index().assign(driver=name) for name, rows in found.items()]
    titles = facts.titles(outcome, short=True)
    table, places = (pd.concat(parts, ignore_index=True) for parts in (tables, places))
    return LongDifference(table[_COLUMNS], places, tuple(drivers), titles)


_COLUMNS = [
    "evidence", "scale", "outcome", "driver", "estimate", "se", "t", "p", "low", "high", "detectable",
    "estimate_without", "without", "level", "n", "years", "driver_times", "controls", "dropped", "convention",
]  # fmt: skip


def both_years(facts, outcome, years):
    """Return the places whose rate is known in both years: index place, columns start and end, in per cent.

    >>> import povertystats as ps
    >>> both_years(ps.load_facts(), "poor_multidim_pct", (2018, 2021)).loc["Bắc Kạn"].tolist()
    [25.05, 20.62273]
    """
    panel = facts.panel([outcome], years=list(years))
    wide = panel.pivot(index="place", columns="year", values=outcome).reindex(columns=list(years))
    return wide.dropna().set_axis(["start", "end"], axis=1)


def known_driver(facts, indicator, years, *, evidence="cross_section", notes=()):
    """Return an indicator as a Driver: its level in one year, or its change (later minus earlier) between two.

    Raises LookupError for an unknown indicator, ValueError when there are not one or two years in order.

    >>> import povertystats as ps
    >>> toilets = known_driver(ps.load_facts(), "census_hygienic_toilet_pct", [2009, 2019])
    >>> round(float(toilets.values["Bắc Kạn"]), 2), toilets.times
    (38.49, ('2009', '2019'))
    """
    if len(years) not in (1, 2) or list(years) != sorted(set(years)):
        raise ValueError(f"years are {years!r}; expected one year, or two in order")
    panel = facts.panel([indicator], years=list(years))
    wide = panel.pivot(index="place", columns="year", values=indicator).reindex(columns=list(years))
    change = len(years) == 2
    values = (wide[years[1]] - wide[years[0]] if change else wide[years[0]]).dropna()
    kind = ("change" if change else "level") + ("_pct" if indicator.endswith("_pct") else "")
    name = facts.titles(indicator, short=True)
    step = Sentence(f"long_difference.step.{kind}", name=name, first=years[0], last=years[-1])
    return Driver(indicator, values, tuple(map(str, years)), step, evidence, tuple(notes))


def programme_coverage(facts, *, years=(2010, 2016), census=(2009, 2019), level=0.95):
    """Regress the change of income poverty on the change of water and toilet coverage between two censuses.

    Proxies, and said to be such: census shares of households, not a programme's own count; the censuses' dates
    are not the rate's; the toilets of 2009 and 2019 are defined differently; both indicators are part of the
    multidimensional rate, so that only the income line (2010 to 2016 is one line) can be set against them.
    Returns and raises as ``long_difference``.

    >>> import povertystats as ps
    >>> programme_coverage(ps.load_facts()).table.evidence.unique().tolist()
    ['proxy']
    """
    coverage = {"census_tap_or_drilled_well_pct": "water", "census_hygienic_toilet_pct": "toilets"}
    drivers = [
        known_driver(facts, indicator, census, evidence="proxy", notes=[note])
        for indicator, note in coverage.items()
    ]
    return long_difference(facts, "poor_income_pct", drivers, years=years, level=level)


def _fit(rows, driver, outcome, held, scale, level, unrated):
    """Return the driver's row with ``held`` as controls; ``unrated`` places have the driver and not the rate."""
    start, end = (read_term(rows, SCALES[scale].format(column))[0] for column in ("start", "end"))
    change, value, initial = f"change of {outcome}", f"driver {driver.name}", f"initial {outcome}"
    columns = {"place": rows.index, change: end - start, value: rows["value"].to_numpy(), initial: start}
    data = pd.DataFrame(columns)
    usable = data.dropna(subset=[change])
    regressors = [value, initial] if held else [value]
    moments = Moments.from_frame(usable, change, regressors, entity=None, time=None)
    beta = solve(moments)
    dof = len(moments.n) - 1
    without = leave_one_out(moments)
    left = without[:, 0]
    most = np.argmax(np.abs(left - beta[0]))
    table = t_table(moments.columns, beta, spread(without, beta), dof=dof, level=level).iloc[:1]
    reasons = [
        ("missing", outcome, unrated),
        ("no_log_odds", outcome, len(data) - len(usable)),
        *moments.dropped,
    ]
    return table.drop(columns="name").assign(
        driver=driver.name,
        evidence=driver.evidence,
        scale=scale,
        outcome=outcome,
        detectable=detectable(table.se, dof, level=level),
        estimate_without=left[most],
        without=moments.clusters[most],
        level=level,
        n=int(moments.n.sum()),
        controls=", ".join(held),
        dropped="; ".join(f"{reason} {column}: {count}" for reason, column, count in reasons if count),
        convention=f"jackknife over places (CV3), t({dof})",
    )
