"""The facts, as they could be known on a day: panels for regressions, annual series for forecasts.

Facts are long: one figure a row, with its source and the day from which it could be known. Where sources
disagree, both stand in the table; a view takes the one to trust first. Two poverty standards are never joined.
"""

import datetime
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from povertystats.facts.package import DataError as DataError
from povertystats.facts.package import read_package
from povertystats.facts.places import Places
from povertystats.facts.series import AnnualSeries
from povertystats.facts.specifications import Question
from povertystats.facts.trust import outcomes, trusted
from povertystats.facts.views import shared
from povertystats.words.languages import Words, check
from povertystats.words.names import did_you_mean


@dataclass(frozen=True, eq=False)
class Facts:
    """Figures with their sources, places, indicators, standards, targets, drivers and levers.

    ``table`` holds every fact known on ``cutoff`` (None: all), disagreements included; ``comparison`` the facts
    of our package where the table is that of another one, for ``peers`` alone.
    """

    table: pd.DataFrame
    places: Places
    indicators: pd.DataFrame
    standards: pd.DataFrame
    sources: pd.DataFrame
    targets: pd.DataFrame
    drivers: pd.DataFrame
    levers: pd.DataFrame
    specifications: dict[str, Question]
    comparison: pd.DataFrame
    cutoff: datetime.date | None = None

    def as_of(self, date):
        """Return what was known on a day: facts and targets with ``available_from`` on or before it.

        Raises ValueError for a date that is none, or later than an earlier cut-off (what is hidden stays hidden).

        >>> import povertystats as ps
        >>> known = ps.load_facts().as_of("2019-12-15")
        >>> float(known.series("poor_household_pct", place="Bắc Kạn").latest.value)
        19.93
        """
        day = read_day(date)
        if self.cutoff and day > self.cutoff:
            raise ValueError(f"these facts are already cut off at {self.cutoff}; {day} is later")
        moment = pd.Timestamp(day)
        return shared(
            (self, day),
            lambda: replace(
                self,
                table=self.table[self.table["available_from"] <= moment],
                comparison=self.comparison[self.comparison["available_from"] <= moment],
                targets=self.targets[self.targets["available_from"] <= moment],
                cutoff=day,
            ),
        )

    def series(self, indicator, *, place, standard=None, illustrative=False):
        """Return an indicator's annual figures in one place, by the order of trust.

        ``standard``: the poverty standard; the latest known one when left out. Raises LookupError when the
        indicator or place is unknown or has no figure.

        >>> import povertystats as ps
        >>> s = ps.load_facts().as_of("2020-05-07").series("poor_household_pct", place="bac kan")
        >>> s.years.tolist(), s.values.tolist(), s.standard
        ([2015, 2016, 2017, 2018, 2019], [29.4, 26.61, 24.53, 21.88, 19.57], 'multidim_2016_2020')
        """
        place = self.places.find(place)
        about = self._about([indicator]).loc[indicator]
        rows = self.table[(self.table["place"] == place) & (self.table["indicator"] == indicator)]
        rows = outcomes(rows, illustrative=illustrative)
        if standard is None and len(rows):
            standard = rows["standard"].iloc[self._standard_order(rows["standard"]).argmax()]
        rows = trusted(rows[rows["standard"] == standard])
        if rows.empty:
            under = f" under {standard}" if standard else ""
            raise LookupError(f"{place} has no figure of {indicator}{under}{self._when()}")
        columns = ["year", "value", "status", "period", "source_id", "available_from"]
        table = rows.sort_values("year")[columns].reset_index(drop=True)
        return AnnualSeries(place, indicator, standard, about["unit"], table)

    def panel(self, indicators, *, places=None, years=None, standard=None, illustrative=False):
        """Return a tidy panel: one row a place and year with any figure, one column an indicator.

        ``places``: names (all provinces when left out); ``years``: the years wanted, or (first, last);
        ``standard``: needed where an indicator has figures under several; "any" keeps them all, for models
        whose year effects take the change of standard away. Missing figures stay missing.
        An indicator that is worked out from others (``a / b`` in indicators.csv) is worked out here.

        >>> import povertystats as ps
        >>> panel = ps.load_facts().panel(["poor_income_pct", "trained_pct"], standard="any")
        >>> len(panel.dropna()), panel.columns.tolist()
        (440, ['place', 'year', 'poor_income_pct', 'trained_pct'])
        """
        if isinstance(indicators, str) or isinstance(years, int):
            raise TypeError("indicators: expected a list of names; years: a list of years or (first, last)")
        about = self._about(indicators)
        places = self.places.provinces if places is None else [self.places.find(p) for p in places]
        parts = {i: _parts(about.at[i, "derived_from"]) for i in indicators}
        rows = self._outcomes(illustrative)
        wanted = {part for i, of in parts.items() for part in (of or [i])}
        rows = rows[rows["indicator"].isin(wanted) & rows["place"].isin(places)]
        if years is not None:
            span = range(years[0], years[1] + 1) if isinstance(years, tuple) else list(years)
            rows = rows[rows["year"].isin(span)]
        if standard not in (None, "any"):
            rows = rows[rows["standard"].isin([standard, ""])]
        mixed = rows[rows["standard"] != ""].groupby("indicator")["standard"].unique()
        mixed = {} if standard == "any" else mixed
        mixed = {i: sorted(s) for i, s in mixed.items() if len(s) > 1}
        if mixed:
            listed = "; ".join(f"{i}: {', '.join(s)}" for i, s in mixed.items())
            raise ValueError(f"two poverty standards are never joined; choose one with standard=: {listed}")
        rows = trusted(rows)
        newest = rows.iloc[self._standard_order(rows["standard"]).argsort(kind="stable")]
        rows = newest.drop_duplicates(["place", "indicator", "year"], keep="last")
        wide = rows.pivot(index=["place", "year"], columns="indicator", values="value")
        wide = wide.reindex(columns=sorted(wanted))
        for indicator, of in parts.items():
            if of:
                wide[indicator] = wide[of[0]] / wide[of[1]]
        wide = wide[list(indicators)].dropna(how="all").reset_index()
        return wide.rename_axis(columns=None).sort_values(["place", "year"], ignore_index=True)

    def peers(self, indicator):
        """Return the provinces' figures that teach how ``indicator`` moves: its peers (indicators.csv) in percent.

        A panel with place, year and one column a peer and basis: figures under two poverty standards, or from
        before and after an indicator was re-based, stand in columns of their own (``name@standard``,
        ``name@year``). Without peers or figures it has no such column. Another data package is compared with our
        provinces' figures, unless it has figures of the peer itself.

        >>> import povertystats as ps
        >>> ps.load_facts().peers("trained_labour_pct").columns.tolist()
        ['place', 'year', 'trained_pct', 'trained_pct@2015']
        """
        names = [name for name in self._about([indicator]).loc[indicator, "peers"].split(";") if name]
        about = self._about(names)
        theirs = self.comparison[~self.comparison["indicator"].isin(self.table["indicator"])]
        rows = pd.concat([self._outcomes(illustrative=False), outcomes(theirs)], ignore_index=True)
        rows = rows[rows["indicator"].isin(names) & rows["place"].isin(self.places.provinces)]
        rows = trusted(rows[rows["unit"] == "pct"])
        since = rows["indicator"].map(about["rebased"]).astype(float)
        basis = rows["standard"].where(~(rows["year"] >= since), since.map("{:.0f}".format))
        named = rows["indicator"] + ("@" + basis).where(basis != "", "")
        wide = rows.assign(named=named).pivot(index=["place", "year"], columns="named", values="value")
        return wide.rename_axis(columns=None).reset_index()

    def conflicts(self):
        """Return the figures that disagree: same place, indicator, year and standard, other value.

        ``taken`` marks the figure that ``series`` and ``panel`` use.
        """
        rows = self._outcomes(illustrative=False)
        group = ["place", "indicator", "year", "standard"]
        disagree = rows.groupby(group)["value"].transform("nunique") > 1
        rows = rows[disagree]
        taken = rows.index.isin(trusted(rows).index)
        columns = [*group, "period", "value", "bound", "status", "source_id", "available_from"]
        return (
            rows[columns].assign(taken=taken).sort_values([*group, "taken"], ascending=[True] * 4 + [False])
        )

    def cite(self, source_ids):
        """Return title, publisher, date and address of sources, in the order given, each once.

        Raises LookupError for a source that is not in sources.csv.

        >>> import povertystats as ps
        >>> ps.load_facts().cite(["gso-bieu10"])["publisher"].tolist()
        ['General Statistics Office of Viet Nam']
        """
        sources = self.sources.set_index("source_id")
        wanted = list(dict.fromkeys(source_ids))
        unknown = [s for s in wanted if s not in sources.index]
        if unknown:
            raise LookupError(f"not in sources.csv: {', '.join(unknown)}")
        return sources.loc[wanted, ["title", "publisher", "dated", "url"]].reset_index()

    def title(self, indicator, lang, *, short=False):
        """Return an indicator's name in a language; ``short``: as it stands inside a sentence, where it has one.

        >>> import povertystats as ps
        >>> facts = ps.load_facts()
        >>> facts.title("trained_labour_pct", "en"), facts.title("poor_income_pct", "vi", short=True)
        ("Trained labour (the province's own definition)", 'tỷ lệ nghèo thu nhập')
        """
        check(lang)
        return self.titles(indicator, short=short)[lang]

    def titles(self, indicator: str, *, short: bool = False) -> Words:
        """Return an indicator's name in every language that has one, as ``title`` does.

        >>> import povertystats as ps
        >>> ps.load_facts().titles("trained_pct")["en"]
        'Employed people aged 15+ with a certificate of training (GSO)'
        """
        about = self._about([indicator]).loc[indicator]
        return Words(Words.of(about, "title_") | (Words.of(about, "short_") if short else {}))

    @cached_property
    def _by_indicator(self):
        return self.indicators.set_index("indicator")

    def _about(self, names):
        about = self._by_indicator
        unknown = [n for n in names if n not in about.index]
        if unknown:
            near = {i: i for i in about.index}
            raise LookupError(
                "; ".join(f"there is no indicator {n!r}{did_you_mean(n, near)}" for n in unknown)
            )
        return about.loc[list(names)]

    def _outcomes(self, illustrative):
        return outcomes(self.table, illustrative=illustrative)

    def _standard_order(self, names):
        first = self.standards.set_index("standard")["first_year"]
        return names.map(first).fillna(0).to_numpy()

    def _when(self):
        return f" known on {self.cutoff}" if self.cutoff else ""


_KEPT = ("indicators", "standards", "sources", "targets", "drivers", "levers", "specifications", "comparison")


def load_facts(path=None, *, again=False):
    """Read and check a data package (ours when ``path`` is left out) and return its facts.

    ``path`` is a ``datapackage.json`` or its folder; ``again`` as in ``read_package``. Raises DataError with every problem at once.

    >>> import povertystats as ps
    >>> facts = ps.load_facts()
    >>> len(facts.places.provinces)
    63
    """
    if again:
        return _facts(read_package(path, again=True))
    return shared(path, lambda: _facts(read_package(path)))


def _facts(tables):
    return Facts(
        table=tables["facts"],
        places=Places(tables["places"]),
        **{role: tables[role] for role in _KEPT},
    )


def _parts(formula):
    """Return the two indicators of "a / b", or an empty list."""
    return [part.strip() for part in str(formula).split("/")] if isinstance(formula, str) and formula else []


def read_day(date):
    """Return a day given as a date or as the text year-month-day; raise ValueError when it is none."""
    if isinstance(date, datetime.date):
        return date.date() if isinstance(date, datetime.datetime) else date
    try:
        return datetime.date.fromisoformat(date)
    except (ValueError, TypeError):
        raise ValueError(f"{date!r} is not a date; expected year-month-day, such as 2020-05-07") from None
