"""Which drivers go with a rate, on which scale, and how sure that is: associations, never effects."""

import math
from dataclasses import dataclass

import pandas as pd

from povertystats.inference import bad_level, crv1, parameters, solve, t_table, within_r2
from povertystats.moments import Moments
from povertystats.terms import Refused, parse, refuse
from povertystats.wording import check, number, say

SCALES = {"points": "{}", "log_odds": "log_odds({})"}
# With fewer clusters CRV1 intervals are too short: Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414.
_FEW = 20


@dataclass(frozen=True, eq=False)
class DriverFit:
    """The associations of each driver with an outcome, one row a scale and driver.

    ``table``: scale, outcome, driver, estimate (outcome units or log-odds per unit of the driver; positive:
    the outcome is higher where the driver is higher), se, t, p, low, high, level, n, places, years, dropped,
    convention. ``diagnostics``: scale, quantity, column, value. ``moments``: the moments behind each scale.
    """

    table: pd.DataFrame
    diagnostics: pd.DataFrame
    moments: dict[str, Moments]
    controls: tuple[str, ...] = ()
    count_nested: bool = False

    @property
    def flips(self):
        """The drivers whose sign is not the same on every scale: no direction can be claimed for them."""
        estimates = self.table.groupby("driver", sort=False).estimate
        return tuple(estimates.min().index[(estimates.min() < 0) & (estimates.max() > 0)])

    @property
    def clear(self):
        """Whether the interval of each row of ``table`` excludes zero: a boolean Series."""
        return (self.table.low > 0) | (self.table.high < 0)

    @property
    def one_scale(self):
        """The drivers that keep their sign but whose interval excludes zero on some scales only."""
        shares = self.clear.groupby(self.table.driver, sort=False).mean()
        return tuple(d for d, share in shares.items() if 0 < share < 1 and d not in self.flips)

    def headline(self, lang, *, labels=None):
        """Return the finding in short: what depends on the scale, then what keeps its sign; ``labels`` as in text.

        Raises ValueError when the language is not known.
        """
        check(lang)
        labels = labels or {}

        def name(term):
            return term_name(term, lang, labels)

        steady = self.table[~self.table.driver.isin(self.flips)]
        lines = self._bad_news(name, lang)
        return "\n".join([*lines, *(self._row(row, labels, name, lang) for row in steady.itertuples())])

    def text(self, lang, *, labels=None):
        """Return the finding in ``lang`` ("vi" or "en"), bad news first; ``labels`` maps columns to names.

        Raises ValueError when the language is not known.

        >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
        >>> fit = fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"], scales=["points"])
        >>> print(fit.text("en", labels={"x": "training"}).splitlines()[1])
        In percentage points, training higher by one unit goes with y_pct lower by 0.731 percentage points \
(95% confidence interval −0.916 to −0.546; p = 0.003; 6 observations, 3 places, 2010–2011).
        """
        check(lang)
        labels = labels or {}

        def name(term):
            return term_name(term, lang, labels)

        lines = self._bad_news(name, lang)
        fewest = int(self.table.places.min())
        if fewest < _FEW:
            lines.append(say("drivers.few", lang, places=fewest))
        lines += [self._row(row, labels, name, lang) for row in self.table.itertuples()]
        if "log_odds" in self.moments:
            lines.append(say("drivers.log_odds", lang))
        lines.append(say("drivers.association", lang))
        if self.controls:
            lines.append(say("drivers.controls", lang, names=", ".join(map(name, self.controls))))
        for scale, moments in self.moments.items():
            reasons = [
                say(f"drivers.reason.{reason}", lang, rows=rows, name=name(column))
                for reason, column, rows in moments.dropped
            ]
            if reasons:
                scale = self._scale(scale, lang)
                lines.append(say("drivers.dropped", lang, scale=scale, reasons="; ".join(reasons)))
        return "\n".join([*lines, *dict.fromkeys(self._method(m, lang) for m in self.moments.values())])

    def _unit(self, scale):
        percent = self.table.outcome[0].endswith(("_pct", "_pp"))
        return scale if percent or scale != "points" else "units"

    def _scale(self, scale, lang):
        return say(f"drivers.scale.{self._unit(scale)}", lang)

    def _bad_news(self, name, lang):
        return [self._flip(d, name, lang) for d in self.flips] + [
            self._on_one_scale(d, name, lang) for d in self.one_scale
        ]

    def _on_one_scale(self, driver, name, lang):
        rows = self.table[self.table.driver == driver]
        clear = self.clear[rows.index]
        told = {
            k: ", ".join(self._scale(s, lang) for s in rows.scale[on])
            for k, on in (("clear", clear), ("unclear", ~clear))
        }
        return say("drivers.one_scale", lang, driver=name(driver), outcome=name(rows.outcome.iloc[0]), **told)

    def _flip(self, driver, name, lang):
        rows = self.table[self.table.driver == driver]
        up, down = (rows.scale[rows.estimate * sign > 0].iloc[0] for sign in (1, -1))
        return say(
            "drivers.flip", lang, driver=name(driver), outcome=name(rows.outcome.iloc[0]),
            up=self._scale(up, lang), down=self._scale(down, lang),
        )  # fmt: skip

    def _row(self, row, labels, name, lang):
        # Two significant digits of the standard error: more would be noise.
        decimals = min(max(1 - math.floor(math.log10(row.se)), 0), 8) if row.se > 0 else 4
        transform, column = parse(row.driver)
        kind = transform or ("pct" if column.endswith("_pct") else "unit")
        # Nobody thinks in units of a logarithm: tell what goes with twice as much.
        step = math.log(2) if transform == "log" else 1.0
        direction = "higher" if row.estimate >= 0 else "lower"
        return say(
            "drivers.row",
            lang,
            scale=self._scale(row.scale, lang),
            step=say(f"drivers.step.{kind}", lang, name=labels.get(column, column)),
            outcome=name(row.outcome),
            change=say(
                f"drivers.change.{direction}_{self._unit(row.scale)}",
                lang,
                size=number(abs(step * row.estimate), lang, decimals),
            ),
            level=number(100 * row.level, lang, 0 if round(100 * row.level, 6) % 1 == 0 else 1),
            low=number(step * row.low, lang, decimals),
            high=number(step * row.high, lang, decimals),
            p=say("drivers.p.tiny" if row.p < 0.001 else "drivers.p.value", lang, p=row.p),
            sample=say(
                "drivers.sample_years" if row.years else "drivers.sample",
                lang, n=row.n, places=row.places, years=row.years,
            ),
            verdict=say("drivers.unclear", lang) if row.low < 0 < row.high else "",
        )  # fmt: skip

    def _method(self, moments, lang):
        kind = {(1, 1): "two_way", (1, 0): "place", (0, 1): "time", (0, 0): "pooled"}
        model = say(f"drivers.model.{kind[bool(moments.entity), bool(moments.time)]}", lang)
        errors = "pooled" if not moments.entity else "nested" if self.count_nested else "standard"
        return say(f"drivers.errors.{errors}", lang, model=model, dof=len(moments.n) - 1)


def term_name(term, lang, labels):
    """Return a term's name for readers: ``labels`` maps terms or columns to names; a logarithm is called one.

    >>> term_name("log(money)", "en", {"money": "programme money"})
    'the logarithm of programme money'
    """
    kind, column = parse(term)
    label = labels.get(term) or labels.get(column, column)
    return say(f"drivers.name.{kind}", lang, name=label) if kind and term not in labels else label


def fit_drivers(
    panel,
    outcome,
    drivers,
    *,
    controls=(),
    scales=("points", "log_odds"),
    cluster="place",
    entity="place",
    time="year",
    level=0.95,
    count_nested=False,
):
    """Fit the association of each driver with an outcome, with place and year effects, on each scale.

    ``y_it = Σ_j β_j x_jit + place_i + year_t + e_it`` by least squares, errors clustered by place (CRV1, t
    with G − 1 degrees). ``panel``: one row a place and year, rates in per cent; drivers and controls may be
    ``log(column)``. Scales: "points" takes the outcome as it is (a rate: percentage points per unit of the
    driver), "log_odds" ln(y/(100 − y)); rates of 0 or 100 have none, are left out and counted. Gaps are
    left as they are, never filled. ``entity=None`` fits an intercept, ``time=None`` no time effects.
    ``count_nested`` is explained in ``inference.crv1``. Positive: the outcome is higher where the driver is.

    Returns a DriverFit. Raises TypeError when ``panel`` is no DataFrame; ValueError, all problems at once, on
    bad options, bad columns (``Moments.from_frame``), a model that the data cannot tell (``solve``).
    Source: MacKinnon, Nielsen & Webb 2023, doi:10.1016/j.jeconom.2022.04.001.

    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
    >>> fit = fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    >>> fit.table[["scale", "driver", "estimate", "n", "places"]].round(3).values.tolist()
    [['points', 'x', -0.731, 6, 3], ['log_odds', 'x', -0.255, 6, 3]]
    """
    if not isinstance(panel, pd.DataFrame):
        raise TypeError(f"panel must be a pandas DataFrame, not {type(panel).__name__}")
    drivers, controls, scales, problems = _options(outcome, drivers, controls, scales, level)
    moments, tables, diagnostics = {}, [], []
    for scale in filter(SCALES.get, scales):
        try:
            m = Moments.from_frame(
                panel,
                SCALES[scale].format(outcome),
                [*drivers, *controls],
                cluster=cluster,
                entity=entity,
                time=time,
            )
            beta = solve(m)
            variance = crv1(m, beta, count_nested=count_nested)
        except Refused as refused:
            problems += refused.problems
        else:
            moments[scale] = m
            if not problems:
                rows = t_table(m.columns, beta, variance, dof=len(m.n) - 1, level=level).iloc[: len(drivers)]
                tables.append(_described(rows, scale, outcome, m, level, count_nested))
                diagnostics.append(_diagnose(scale, len(panel), m, within_r2(m, beta)))
    refuse(f"cannot fit drivers of {outcome!r}", dict.fromkeys(problems))
    tables, diagnostics = (pd.concat(parts, ignore_index=True) for parts in (tables, diagnostics))
    return DriverFit(tables, diagnostics, moments, controls, count_nested)


def _described(rows, scale, outcome, moments, level, count_nested):
    """Return the coefficients' rows with what they were estimated from, and by which convention."""
    g, years = len(moments.n), moments.years
    counted = "counted" if count_nested else "nested in clusters, not counted"
    nesting = f"; {moments.entity} effects {counted}" if moments.entity else ""
    table = rows.rename(columns={"name": "driver"}).assign(
        level=level,
        n=int(moments.n.sum()),
        places=g,
        years="–".join(map(str, dict.fromkeys(years))) if years else None,
        dropped="; ".join(f"{reason} {column}: {count}" for reason, column, count in moments.dropped),
        convention=f"CRV1, t({g - 1}), K = {parameters(moments, count_nested)}{nesting}",
    )
    table.insert(0, "scale", scale)
    table.insert(1, "outcome", outcome)
    return table


def _diagnose(scale, rows, moments, r2):
    items = [
        ("rows", None, rows),
        *((f"dropped: {reason}", column, count) for reason, column, count in moments.dropped),
        ("rows used", None, int(moments.n.sum())),
        ("clusters", moments.cluster, len(moments.n)),
        ("smallest cluster", moments.cluster, int(moments.n.min())),
        ("largest cluster", moments.cluster, int(moments.n.max())),
        ("within R²", None, r2),
    ]
    table = pd.DataFrame(items, columns=["quantity", "column", "value"])
    table.insert(0, "scale", scale)
    return table


def _options(outcome, drivers, controls, scales, level):
    problems, lists = [], []
    for option, given in (("drivers", drivers), ("controls", controls), ("scales", scales)):
        if isinstance(given, str):
            problems.append(f"{option} must be a list, not the text {given!r}")
            given = [given]
        lists.append(tuple(given))
    drivers, controls, scales = lists
    problems += [
        f"{option} are empty" for option, given in (("drivers", drivers), ("scales", scales)) if not given
    ]
    problems += [
        f"scale {scale!r} is not known; choose from {', '.join(SCALES)}"
        for scale in scales
        if scale not in SCALES
    ]
    if parse(outcome)[0]:
        problems.append(f"outcome {outcome!r} must be a column; the scales transform it")
    shared = [term for term in (*drivers, *controls) if parse(term)[1] == parse(outcome)[1]]
    problems += [f"{outcome!r} is both outcome and regressor ({term!r})" for term in shared]
    return drivers, controls, scales, problems + bad_level(level)
