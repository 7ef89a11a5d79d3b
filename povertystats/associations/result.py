"""What a fit of drivers says: its table, its sentences, how robust it is; associations, never effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.associations.diagnostics import diagnose
from povertystats.associations.judgement import all_hold, doubts
from povertystats.associations.layout import intervals, regression_table
from povertystats.associations.leave_one_out import LeaveOneOut
from povertystats.associations.methods import logit_line, method_lines, resampling_lines, rows_lost, rows_told
from povertystats.associations.mixing import mixed_lines
from povertystats.estimators.estimators import ESTIMATORS
from povertystats.estimators.formula_given import Told, labels_of
from povertystats.regression.fractional import FractionalLogit
from povertystats.regression.moments import Moments
from povertystats.words.phrases import (
    association,
    controls_line,
    scales_left_out,
    term_name,
    together,
)
from povertystats.words.result import Plotted
from povertystats.words.wording import check, say


@dataclass(frozen=True, eq=False, repr=False)
class DriverFit(Plotted):
    """The associations of each driver with an outcome, one row an estimator, scale and driver, from ``fit_drivers``.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an estimator, scale and driver: estimator, scale, outcome, driver; estimate (percentage points, log units or
        log-odds per unit of the driver; positive: the outcome is higher where the driver is), se, t, p, low, high (the
        interval): by ``errors``; se_crv1, p_crv1: by CRV1; p_wild, low_wild, high_wild: by the wild cluster bootstrap;
        p_random: by randomisation (each NaN where there is none).
        effective (how many equal clusters would tell as much), treated (clusters that ever have the other value of a 0/1
        driver; NaN of others), verdict on the test ("holds", "doubtful", "none": no test exists), read (the column of p
        to read; "" for none), why (reasons, "; " between): few_clusters or, of one of two kinds, few_of_a_kind (under
        10), few_treated and few_untreated (clusters that ever have a 0/1 driver, or never), one_cluster (most of
        the driver's variation, or all, lies in it), uneven (it lies in few), shared (residuals go together in places in
        which the driver does; asked of models with place and year effects and one kind of clusters), regions (errors by ``region`` give another answer), rows (errors that take rows as
        independent), unsized (too many effects to work out the test's size).
        p_holm (p adjusted for all drivers of the row's model), detectable (the association that a test at ``level`` finds
        with a chance of 80%, in units of the estimate), level (of the intervals), n (rows), places (clusters), years,
        dropped (rows left out: reason, column: how many), unit (of the estimate: "points" in per cent, "share" of an
        outcome of 0 and 1, "units" of its own, "log", "log_odds"), convention (which errors, degrees of freedom, K
        parameters).
    moments : dict of (str, str) to Moments
        What each (estimator, scale) is computed from, the logit aside.
    dropped : dict of (str, str) to tuple
        (reason, column, rows) left out, by (estimator, scale).
    logit : FractionalLogit, optional
        The fractional logit, if one was asked for.
    controls : tuple of str
        The terms held constant.
    errors : {"cv3", "crv1", "robust", "classical"}
        Which standard errors stand in ``se``.
    count_nested : bool
        Whether CRV1 counts the effects nested in clusters.
    without : tuple of (str, str)
        Scales that are left out, not being asked for, and why: "yes_no" (the outcome is of 0 and 1), "unit" (no rate).
    formula : Told, optional
        What a formula made of its terms: categories with their base, products, what was left out.
    inside : DriverFit, optional
        Of a formula with products of a driver and a category: the driver in each level, in place of differences.

    Examples
    --------
    >>> import povertystats as ps
    >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
    >>> ps.fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"])
    <DriverFit> Associations of x with y_pct: 6 rows of 3 places, 2010–2011; estimate (95% interval)
    estimator    scale                              x
       within   points   -0.73 (-1.7, 0.24), doubtful
       within log_odds -0.25 (-0.35, -0.16), doubtful
    """

    table: pd.DataFrame
    moments: dict[tuple[str, str], Moments]
    dropped: dict[tuple[str, str], tuple[tuple[str, str, int], ...]]
    logit: FractionalLogit | None = None
    controls: tuple[str, ...] = ()
    errors: str = "cv3"
    count_nested: bool = False
    without: tuple[tuple[str, str], ...] = ()
    formula: Told | None = None
    inside: DriverFit | None = None

    @property
    def drivers(self) -> tuple[str, ...]:
        """The drivers, as terms, in the order in which they were given."""
        return tuple(self.table["driver"].unique())

    @property
    def flips(self) -> tuple[str, ...]:
        """The drivers whose sign is not the same in every row: no direction can be claimed for them.

        Rows between places ask another question and are not counted.
        """
        estimates = self._compared.groupby("driver", sort=False).estimate
        return tuple(estimates.min().index[(estimates.min() < 0) & (estimates.max() > 0)])

    @property
    def clear(self) -> pd.Series:
        """Whether the interval of each row of ``table`` excludes zero: a boolean Series."""
        return (self.table.low > 0) | (self.table.high < 0)

    @property
    def stands(self) -> pd.Series:
        """Whether each row is clear by a test that holds: a boolean Series."""
        return self.clear & (self.table["verdict"] == "holds")

    @property
    def one_scale(self) -> tuple[str, ...]:
        """The drivers that keep their sign but whose interval excludes zero in some rows only."""
        rows = self._compared
        shares = self.clear[rows.index].groupby(rows.driver, sort=False).mean()
        return tuple(d for d, share in shares.items() if 0 < share < 1 and d not in self.flips)

    @cached_property
    def leave_one_out(self) -> LeaveOneOut:
        """What each estimate becomes without one place: a check whose ``table`` has a row an estimate and place."""
        return LeaveOneOut.of(self.table, self.moments, self.logit)

    @cached_property
    def diagnostics(self) -> pd.DataFrame:
        """Rows used and left out, influence, dependence of residuals, overlap: estimator, scale, quantity, column, place, value."""
        return diagnose(self.moments, self.drivers, self.leave_one_out.table)

    def _sentence(self) -> str:
        first = self.table.iloc[0]
        years = f", {first.years}" if first.years else ""
        sample = f"{first.n} rows of {first.places} places{years}"
        share = ", as a share" if "share" in set(self.table["unit"]) else ""
        return f"Associations of {', '.join(self.drivers)} with {first.outcome}{share}: {sample}; estimate ({100 * first.level:g}% interval)"

    def _displayed(self) -> pd.DataFrame:
        return intervals(self.table, self.drivers)

    def summary(self) -> str:
        """Return the table as text, in the layout that users of statsmodels know.

        Returns
        -------
        str
            A block an estimator and scale, a line a driver.
        """
        return "\n".join([regression_table(self.table), "", *self.warnings("en")]).rstrip()

    def headline(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return the finding in short: what depends on the scale, then what keeps its sign.

        Parameters
        ----------
        lang : str
            The language, such as "vi" or "en".
        labels : mapping of str to str, optional
            Names of columns for readers.

        Returns
        -------
        str
            A line a finding.
        """
        check(lang)
        labels = labels_of(self.formula, lang, labels)
        steady = self._compared[~self._compared.driver.isin(self.flips)]
        lines = [*self._bad_news(labels, lang), *doubts(self._compared, lang, labels, self._ways)]
        return "\n".join([*lines, *(self._row(row, labels, lang) for row in steady.itertuples())])

    def text(self, lang: str, *, labels: Mapping[str, str] | None = None) -> str:
        """Return the finding, bad news first.

        Parameters
        ----------
        lang : str
            The language, such as "vi" or "en".
        labels : mapping of str to str, optional
            Names of columns for readers.

        Returns
        -------
        str
            Signs that turn, tests that are doubtful, a sentence a row, then what was held, left out, and how it was computed.

        Examples
        --------
        >>> import povertystats as ps
        >>> panel = pd.DataFrame({"place": list("aabbcc"), "year": [2010, 2011] * 3, "x": [0, 1, 0, 2, 0, 5]})
        >>> fit = ps.fit_drivers(panel.assign(y_pct=[9, 8, 7, 5, 6, 2]), "y_pct", ["x"], scales=["points"])
        >>> print(fit.text("en", labels={"x": "training"}).splitlines()[1])
        In percentage points, training higher by one unit goes with y_pct lower by 0.73 percentage points \
(95% confidence interval −1.71 to 0.24; p = 0.084; 6 observations, 3 places, 2010–2011), so the data do not \
settle the sign (an association under 1.21 percentage points would often be missed).
        """
        check(lang)
        given, labels = labels, labels_of(self.formula, lang, labels)
        lines = [*self._bad_news(labels, lang), *self.warnings(lang, labels=given)]
        lines += [fit._row(row, labels, lang) for fit, table in rows_told(self) for row in table.itertuples()]
        lines += self.formula.lines(lang, labels) if self.formula else []
        lines += [*self._together(labels, lang), *all_hold(self.table, lang)]
        scales = set(self.table.scale)
        lines += [say(f"drivers.{scale}", lang) for scale in ("log", "log_odds") if scale in scales]
        lines += scales_left_out(self.without, self.table["outcome"].iloc[0], lang, labels)
        lines.append(say("drivers.association", lang))
        lines += controls_line(self.controls, lang, labels)
        methods = method_lines(self.moments, self.errors, self.count_nested, lang)
        if self.logit is not None:
            methods.append(logit_line(self.logit, lang))
        methods += resampling_lines(self.table, lang)
        return "\n".join([*lines, *rows_lost(self, labels, lang), *methods])

    def warnings(self, lang: str, *, labels: Mapping[str, str] | None = None) -> list[str]:
        """Return which tests are doubtful or do not exist, and why.

        Parameters
        ----------
        lang : str
            The language, such as "vi" or "en".
        labels : mapping of str to str, optional
            Names of columns for readers.

        Returns
        -------
        list of str
            A line a driver and reason; none where every test holds.
        """
        check(lang)
        told = [(fit, table, labels_of(fit.formula, lang, labels)) for fit, table in rows_told(self)]
        return [line for fit, table, names in told for line in doubts(table, lang, names, fit._ways)]

    @property
    def _compared(self) -> pd.DataFrame:
        across = [estimator.name for estimator in ESTIMATORS.values() if estimator.across]
        return self.table[~self.table["estimator"].isin(across)]

    def _ways(self, rows: pd.DataFrame, lang: str) -> str:
        """Return the scales of several rows in words, each with its estimators where the fit has several."""
        estimators: dict[str, list[str]] = {}
        for row in rows.itertuples():
            scale = say(f"drivers.scale.{row.unit}", lang)
            estimators.setdefault(scale, []).append(say(f"drivers.estimator.{row.estimator}", lang))
        ways = list(estimators)
        if self.table["estimator"].nunique() > 1:
            ways = [
                say("drivers.way", lang, scale=scale, estimator=", ".join(dict.fromkeys(names)))
                for scale, names in estimators.items()
            ]
        return together(ways, lang)

    def _bad_news(self, labels: Mapping[str, str], lang: str) -> list[str]:
        turning = [self._flip(driver, labels, lang) for driver in self.flips]
        once = [self._on_one_scale(driver, labels, lang) for driver in self.one_scale]
        within = [moments for (estimator, _), moments in self.moments.items() if estimator == "within"]
        return [*turning, *once, *mixed_lines(within, self.drivers, lang, labels)]

    def _on_one_scale(self, driver: str, labels: Mapping[str, str], lang: str) -> str:
        rows = self._compared[self._compared.driver == driver]
        clear = self.clear[rows.index]
        names = {"driver": driver, "outcome": rows.outcome.iloc[0]}
        names = {key: term_name(term, lang, labels) for key, term in names.items()}
        ways = {
            key: self._ways(rows[chosen], lang) for key, chosen in (("clear", clear), ("unclear", ~clear))
        }
        return say("drivers.one_scale", lang, **names, **ways)

    def _flip(self, driver: str, labels: Mapping[str, str], lang: str) -> str:
        rows = self._compared[self._compared.driver == driver]
        up, down = (self._ways(rows[rows.estimate * sign > 0], lang) for sign in (1, -1))
        names = {"driver": driver, "outcome": rows.outcome.iloc[0]}
        names = {key: term_name(term, lang, labels) for key, term in names.items()}
        clear = rows[self.clear[rows.index]]
        lines = [say("drivers.flip", lang, up=up, down=down, **names)]
        if clear.empty:
            lines.append(say("drivers.flip_unclear", lang))
        elif len(clear) < len(rows):
            lines.append(say("drivers.flip_clear", lang, clear=self._ways(clear, lang)))
        return " ".join(lines)

    def _row(self, row: Any, labels: Mapping[str, str], lang: str) -> str:
        scale = self._ways(self.table.loc[[row.Index]], lang)
        made = self.formula.step(row.driver, lang, labels) if self.formula else None
        return association(row, lang, labels, scale=scale, unit=row.unit, made=made)

    def _together(self, labels: Mapping[str, str], lang: str) -> Iterator[str]:
        """Return what is clear by itself but not with all drivers tested together."""
        lost = self.table[self.clear & (self.table["p_holm"] > 1 - self.table["level"])]
        for row in lost.itertuples():
            scale, name = self._ways(lost.loc[[row.Index]], lang), term_name(row.driver, lang, labels)
            yield say("drivers.holm", lang, scale=scale, driver=name, p=row.p_holm, m=len(self.drivers))
