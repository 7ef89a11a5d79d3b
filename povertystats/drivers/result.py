"""What a fit of drivers says: its table, its sentences, how robust it is; associations, never effects."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from povertystats.drivers.diagnostics import diagnose
from povertystats.regression.estimators import ESTIMATORS
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.jackknife import leave_one_out
from povertystats.regression.moments import Moments
from povertystats.regression.terms import parse
from povertystats.words.wording import check, confidence, number, p_value, precision, say

# With fewer clusters every standard error is doubtful: Cameron, Gelbach & Miller 2008, doi:10.1162/rest.90.3.414.
_FEW = 20


@dataclass(frozen=True, eq=False)
class DriverFit:
    """The associations of each driver with an outcome, one row an estimator, scale and driver.

    ``table``: estimator, scale, outcome, driver, estimate (percentage points, log units or log-odds per unit of
    the driver; positive: the outcome is higher where the driver is), se, t, p, low, high (by ``errors``), se_crv1,
    p_crv1, p_wild, low_wild, high_wild (NaN where there is no bootstrap), p_holm, detectable, level, n,
    places, years, dropped, convention. ``moments`` and ``dropped``: what each (estimator, scale) is
    computed from, and (reason, column, rows) left out; ``logit``: the FractionalLogit, if one was asked for.
    """

    table: pd.DataFrame
    moments: dict[tuple[str, str], Moments]
    dropped: dict[tuple[str, str], tuple]
    logit: FractionalLogit | None = None
    controls: tuple[str, ...] = ()
    errors: str = "cv3"
    count_nested: bool = False

    @property
    def drivers(self):
        return tuple(self.table["driver"].unique())

    @property
    def flips(self):
        """The drivers whose sign is not the same in every row: no direction can be claimed for them.

        Rows between places ask another question and are not counted.
        """
        estimates = self._compared.groupby("driver", sort=False).estimate
        return tuple(estimates.min().index[(estimates.min() < 0) & (estimates.max() > 0)])

    @property
    def clear(self):
        """Whether the interval of each row of ``table`` excludes zero: a boolean Series."""
        return (self.table.low > 0) | (self.table.high < 0)

    @property
    def one_scale(self):
        """The drivers that keep their sign but whose interval excludes zero in some rows only."""
        rows = self._compared
        shares = self.clear[rows.index].groupby(rows.driver, sort=False).mean()
        return tuple(d for d, share in shares.items() if 0 < share < 1 and d not in self.flips)

    @cached_property
    def leave_one_out(self):
        """What each estimate becomes without one place: estimator, scale, driver, place, estimate."""
        parts = [(key, m.clusters, leave_one_out(m)) for key, m in self.moments.items()]
        if self.logit is not None:
            parts.append((("fractional_logit", "points"), self.logit.clusters, self.logit.leave_one_out))
        rows = [
            pd.DataFrame({"driver": driver, "place": places, "estimate": without[:, j]}).assign(
                estimator=estimator, scale=scale
            )
            for (estimator, scale), places, without in parts
            for j, driver in enumerate(self.drivers)
        ]
        return pd.concat(rows, ignore_index=True)[["estimator", "scale", "driver", "place", "estimate"]]

    @cached_property
    def diagnostics(self):
        """Rows used and left out, influence, dependence of residuals, overlap: estimator, scale, quantity, column, place, value."""
        return diagnose(self.moments, self.drivers, self.leave_one_out)

    def summary(self):
        """Return the table as text, in the layout that users of statsmodels know."""
        tail = 100 * (1 - self.table["level"].iloc[0]) / 2
        bounds = [f"[{tail / 100:g}", f"{1 - tail / 100:g}]"]
        columns = ["coef", "std err", "t", "P>|t|", *bounds, "P wild"]
        values = self.table[["estimate", "se", "t", "p", "low", "high", "p_wild"]]
        lines = [f"Drivers of {self.table['outcome'].iloc[0]}: associations"]
        for (estimator, scale), rows in self.table.groupby(["estimator", "scale"], sort=False):
            first = rows.iloc[0]
            head = f"{estimator}, {scale}: {first.n} rows, {first.places} clusters"
            lines += ["", head + (f", {first.years}" if first.years else ""), str(first.convention)]
            shown = values.loc[rows.index].set_axis(rows["driver"].rename(None)).set_axis(columns, axis=1)
            lines.append(shown.to_string(float_format="{:.4f}".format, na_rep=""))
        return "\n".join(lines)

    def headline(self, lang, *, labels=None):
        """Return the finding in short: what depends on the scale, then what keeps its sign; ``labels`` as in text.

        Raises ValueError when the language is not known.
        """
        check(lang)
        labels = labels or {}

        def name(term):
            return term_name(term, lang, labels)

        steady = self._compared[~self._compared.driver.isin(self.flips)]
        lines = self._bad_news(name, lang)
        return "\n".join([*lines, *(self._row(row, labels, name, lang) for row in steady.itertuples())])

    def text(self, lang, *, labels=None):
        """Return the finding in ``lang`` ("vi" or "en"), bad news first; ``labels`` maps columns to names.

        Raises ValueError when the language is not known.

        >>> from povertystats.drivers.associations import fit_drivers
        >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
        >>> fit = fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"], scales=["points"])
        >>> print(fit.text("en", labels={"x": "training"}).splitlines()[1])
        In percentage points, training higher by one unit goes with y_pct lower by 0.73 percentage points \
(95% confidence interval −1.71 to 0.24; p = 0.084; 6 observations, 3 places, 2010–2011), so the data do not \
settle the sign (an association under 1.21 percentage points would often be missed).
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
        lines += self._together(name, lang)
        scales = set(self.table.scale)
        lines += [say(f"drivers.{scale}", lang) for scale in ("log", "log_odds") if scale in scales]
        lines.append(say("drivers.association", lang))
        if self.controls:
            lines.append(say("drivers.controls", lang, names=", ".join(map(name, self.controls))))
        return "\n".join([*lines, *self._left_out(name, lang), *self._methods(lang)])

    @property
    def _compared(self):
        across = [estimator.name for estimator in ESTIMATORS.values() if estimator.across]
        return self.table[~self.table["estimator"].isin(across)]

    def _ways(self, rows, lang):
        """Return the scales of several rows in words, each with its estimators where the fit has several."""
        told = {}
        for row in rows.itertuples():
            scale = say(f"drivers.scale.{unit(row.outcome, row.scale)}", lang)
            told.setdefault(scale, []).append(say(f"drivers.estimator.{row.estimator}", lang))
        ways = list(told)
        if self.table["estimator"].nunique() > 1:
            ways = [
                say("drivers.way", lang, scale=scale, estimator=", ".join(dict.fromkeys(estimators)))
                for scale, estimators in told.items()
            ]
        *first, last = ways
        return say("drivers.and", lang, first=", ".join(first), last=last) if first else last

    def _bad_news(self, name, lang):
        return [self._flip(d, name, lang) for d in self.flips] + [
            self._on_one_scale(d, name, lang) for d in self.one_scale
        ]

    def _on_one_scale(self, driver, name, lang):
        rows = self._compared[self._compared.driver == driver]
        clear = self.clear[rows.index]
        told = {
            "clear": self._ways(rows[clear], lang),
            "unclear": self._ways(rows[~clear], lang),
        }
        return say("drivers.one_scale", lang, driver=name(driver), outcome=name(rows.outcome.iloc[0]), **told)

    def _flip(self, driver, name, lang):
        rows = self._compared[self._compared.driver == driver]
        up, down = (self._ways(rows[rows.estimate * sign > 0], lang) for sign in (1, -1))
        names = {"driver": name(driver), "outcome": name(rows.outcome.iloc[0])}
        clear = rows[self.clear[rows.index]]
        lines = [say("drivers.flip", lang, up=up, down=down, **names)]
        if clear.empty:
            lines.append(say("drivers.flip_unclear", lang))
        elif len(clear) < len(rows):
            lines.append(say("drivers.flip_clear", lang, clear=self._ways(clear, lang)))
        return " ".join(lines)

    def _row(self, row, labels, name, lang):
        decimals = precision(row.se)
        transform, column = parse(row.driver)
        kind = transform or ("pct" if column.endswith("_pct") else "unit")
        # Nobody thinks in units of a logarithm: tell what goes with twice as much.
        step = math.log(2) if transform == "log" else 1.0

        def change(direction, size):
            key = f"drivers.change.{direction}{unit(row.outcome, row.scale)}"
            return say(key, lang, size=number(abs(step * size), lang, decimals))

        p = p_value(row.p, lang)
        if not np.isnan(row.p_wild):
            p += say("drivers.p.wild_tiny" if row.p_wild < 0.001 else "drivers.p.wild", lang, p=row.p_wild)
        unclear = row.low < 0 < row.high
        return say(
            "drivers.row",
            lang,
            scale=self._ways(self.table.loc[[row.Index]], lang),
            step=say(f"drivers.step.{kind}", lang, name=labels.get(column, column)),
            outcome=name(row.outcome),
            change=change("higher_" if row.estimate >= 0 else "lower_", row.estimate),
            level=confidence(row.level, lang),
            low=number(step * row.low, lang, decimals),
            high=number(step * row.high, lang, decimals),
            p=p,
            sample=say(
                "drivers.sample_years" if row.years else "drivers.sample",
                lang, n=row.n, places=row.places, years=row.years,
            ),
            verdict=say("drivers.unclear", lang, size=change("size_", row.detectable)) if unclear else "",
        )  # fmt: skip

    def _together(self, name, lang):
        """Return what is clear by itself but not with all drivers tested together."""
        lost = self.table[self.clear & (self.table["p_holm"] > 1 - self.table["level"])]
        for row in lost.itertuples():
            told = {"scale": self._ways(lost.loc[[row.Index]], lang), "driver": name(row.driver)}
            yield say("drivers.holm", lang, p=row.p_holm, m=len(self.drivers), **told)

    def _left_out(self, name, lang):
        """Return the rows left out, the models with the same reasons together."""
        models = self.table.drop_duplicates(["estimator", "scale"])
        for _, rows in models.groupby("dropped", sort=False):
            first = rows.iloc[0]
            key = first["estimator"], first["scale"]
            nested = key in self.moments and self.moments[key].entity not in (None, self.moments[key].cluster)
            reasons = [
                say(
                    f"drivers.reason.{'nested_' * (nested and reason == 'singleton')}{reason}",
                    lang,
                    rows=count,
                    name=name(column),
                )
                for reason, column, count in self.dropped[key]
            ]
            if reasons:
                yield say("drivers.dropped", lang, scale=self._ways(rows, lang), reasons="; ".join(reasons))

    def _methods(self, lang):
        by_estimator = {}
        for (estimator, _), m in self.moments.items():
            by_estimator.setdefault(estimator, []).append(m)
        for estimator, fitted in by_estimator.items():
            yield self._method(estimator, fitted, lang)
        if self.logit is not None:
            model = say("drivers.model.fractional_logit", lang)
            yield say("drivers.errors.cv3l", lang, model=model, dof=len(self.logit.clusters) - 1)
        if self.table["p_wild"].notna().any():
            yield say("drivers.wild", lang)

    def _method(self, estimator, fitted, lang):
        moments = fitted[0]
        if estimator == "within":
            kind = {(1, 1): "two_way", (1, 0): "place", (0, 1): "time", (0, 0): "pooled"}
            estimator = kind[bool(moments.entity), bool(moments.time)]
            if moments.entity not in (None, moments.cluster):
                estimator = f"nested_{estimator}"
        errors = self.errors
        if errors == "crv1":
            errors = "pooled" if not moments.entity else "nested" if self.count_nested else "standard"
        model = say(f"drivers.model.{estimator}", lang, entity=moments.entity, cluster=moments.cluster)
        dof = "–".join(map(str, sorted({len(m.n) - 1 for m in fitted})))
        return say(f"drivers.errors.{errors}", lang, model=model, dof=dof)


def unit(outcome, scale):
    """Return the name of a scale's unit: an outcome that is no percentage has units of its own in "points".

    >>> unit("poor_income_pct", "points"), unit("income_vnd_k", "points"), unit("income_vnd_k", "log")
    ('points', 'units', 'log')
    """
    return scale if scale != "points" or outcome.endswith(("_pct", "_pp")) else "units"


def term_name(term, lang, labels):
    """Return a term's name for readers: ``labels`` maps terms or columns to names; a logarithm is called one.

    >>> term_name("log(money)", "en", {"money": "programme money"})
    'the logarithm of programme money'
    """
    kind, column = parse(term)
    label = labels.get(term) or labels.get(column, column)
    return say(f"drivers.name.{kind}", lang, name=label) if kind and term not in labels else label
