"""The tables of a data package, and what is looked up in them: names, sources, disagreements."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from povertystats.facts import panels
from povertystats.facts.places import Places
from povertystats.facts.specifications import Question
from povertystats.files.identity import Identity
from povertystats.files.problems import Problem
from povertystats.words.errors import InvalidValue, NotFound, WrongType, not_lists
from povertystats.words.languages import Words, check
from povertystats.words.names import did_you_mean
from povertystats.words.result import Result


@dataclass(frozen=True, eq=False, repr=False)
class Tables(Result):
    """The tables that ``Facts`` are made of."""

    table: pd.DataFrame
    places: Places
    indicators: pd.DataFrame
    standards: pd.DataFrame
    sources: pd.DataFrame
    targets: pd.DataFrame
    drivers: pd.DataFrame
    levers: pd.DataFrame
    tiles: pd.DataFrame
    specifications: dict[str, Question]
    identity: Identity
    cutoff: datetime.date | None = None
    warnings: tuple[Problem, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether the package stands alone: nothing of ours came along."""
        return self.identity.alone

    @cached_property
    def country(self) -> Words:
        """The country of the package, {language: name}; empty where it is not known."""
        if self.identity.country:
            return self.identity.country
        table = self.places.table
        over = {*table.loc[table["kind"] == "province", "parent"]}
        label = [*table.loc[table["kind"] == "country", "place"]] or [*over]
        return Words(en=label[0]) if len(label) == 1 and label[0] else Words()

    @property
    def name_of_package(self) -> Words:
        """The title of the package, {language: title}."""
        return self.identity.name

    def conflicts(self) -> pd.DataFrame:
        """Return the figures that disagree: same place, indicator, year and standard, other value.

        Returns
        -------
        DataFrame
            One row a figure; ``taken`` marks the one that ``series`` and ``panel`` use, ``why`` says by which rule it
            stands before the other (of the one taken: by which rules).

        Notes
        -----
        A final figure of the year's end stands before one of a part of the year; the statuses as in ``TRUST``
        (official, derived, preliminary, estimate, plan); a figure before a bound; the later period. Of the same status
        and period the later publication replaces the earlier one whatever its digits, but for a mere rounding of it.

        Examples
        --------
        >>> import povertystats as ps
        >>> found = ps.load_facts().conflicts()
        >>> found.query("place == 'Bắc Kạn' and indicator == 'near_poor_household_pct'")[["value", "why"]].values.tolist()[1]
        [11.8, 'a rounding does not replace a figure']
        """
        return panels.conflicts(panels.outcomes(self.table))

    def vintages(self, indicator: str, *, place: str) -> pd.DataFrame:
        """Return every figure that was published of an indicator in one place, and when it stood.

        Parameters
        ----------
        indicator : str
            Its name in ``indicators.csv``.
        place : str
            Any spelling of the place.

        Returns
        -------
        DataFrame
            One row a figure, by year, standard and publication: year, standard, period, value, bound, status,
            source_id, available_from; stood_from, the day from which ``series`` took it, and stood_until, the day
            on which another one took its place (missing: never).

        Raises
        ------
        NotFound
            The indicator or place is unknown.

        Examples
        --------
        >>> import povertystats as ps
        >>> found = ps.load_facts().vintages("poor_household_pct", place="Bắc Kạn")
        >>> stood = found[found["year"] == 2019].dropna(subset="stood_from").set_index("value")["stood_from"]
        >>> stood.astype(str).to_dict()
        {19.93: '2019-12-01', 19.57: '2020-05-07'}
        """
        place, _ = self.places.find(place), self._about([indicator])
        rows = panels.outcomes(self.table)
        return panels.vintages(rows[(rows["place"] == place) & (rows["indicator"] == indicator)])

    def on_list(self, indicator: str) -> list[str]:
        """Return the places on a list, by the last that is known of each (with ``as_of``, that was known on a day).

        Parameters
        ----------
        indicator : str
            The list: of unit yes_no, 1 for the places on it, 0 for those that left it.

        Returns
        -------
        list of str
            Labels of places.

        Raises
        ------
        NotFound, InvalidValue
            The indicator is unknown, or no list.

        Examples
        --------
        >>> import povertystats as ps
        >>> known = ps.load_facts().as_of("2020-05-07")
        >>> [p for p in known.on_list("poor_district") if known.places.kin[p][1] == "Bắc Kạn"]
        ['Pác Nặm', 'Ngân Sơn']
        """
        if (unit := self._described(indicator)["unit"]) != "yes_no":
            raise InvalidValue(f"{indicator} is no list of places: expected the unit yes_no, got {unit}")
        rows = self.table[self.table["indicator"] == indicator]
        on = panels.last_of_each(panels.outcomes(rows)) == 1
        return [place for place in self.places.table["place"] if on.get(place, False)]

    def context(self, year: int, *, place: str) -> pd.DataFrame:
        """Return what is known of a year itself in a place and those that it lies in: how the year goes.

        Parameters
        ----------
        year : int
            The year.
        place : str
            Any spelling of the place.

        Returns
        -------
        DataFrame
            One row a figure of an indicator of role "context", by the day from which it could be known: place,
            indicator, period, value, bound, unit, status, source_id, available_from. No targets, no plans, nothing
            that a later publication replaced.

        Raises
        ------
        NotFound
            The place is unknown.

        Examples
        --------
        >>> import povertystats as ps
        >>> known = ps.load_facts().as_of("2020-05-07").context(2020, place="Bắc Kạn")
        >>> known[["indicator", "period", "value", "bound"]].values.tolist()
        [['gdp_growth_pct', '2020-03', 3.82, ''], ['workers_affected_covid_persons_k', '2020-04', 5000.0, 'upper']]
        """
        over = [self.places.find(place)]
        while (parent := self.places.kin.get(over[-1], ("", ""))[1]) and parent not in over:
            over.append(parent)
        told = self.indicators.loc[self.indicators["role"] == "context", "indicator"]
        rows = panels.outcomes(self.table)
        rows = rows[rows["indicator"].isin(told) & rows["place"].isin(over) & (rows["year"] == year)]
        return panels.in_order_known(rows[rows["status"] != "plan"])

    def cite(self, source_ids: Iterable[str]) -> pd.DataFrame:
        """Return title, publisher, date and address of sources, in the order given, each once.

        Parameters
        ----------
        source_ids : iterable of str
            Names in ``sources.csv``.

        Returns
        -------
        DataFrame
            Columns source_id, title, publisher, dated, url.

        Raises
        ------
        NotFound
            A source is not in ``sources.csv``.
        WrongType
            One text instead of a list.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().cite(["gso-bieu10"])["publisher"].tolist()
        ['General Statistics Office of Viet Nam']
        """
        for problem in not_lists(source_ids=source_ids):
            raise WrongType(problem)
        sources = self.sources.set_index("source_id")
        wanted = list(dict.fromkeys(source_ids))
        unknown = [s for s in wanted if s not in sources.index]
        if unknown:
            raise NotFound(f"not in sources.csv: {', '.join(unknown)}")
        return sources.loc[wanted, ["title", "publisher", "dated", "url"]].reset_index()

    def title(self, indicator: str, lang: str, *, short: bool = False) -> str:
        """Return an indicator's name in a language.

        Parameters
        ----------
        indicator : str
            Its name in ``indicators.csv``.
        lang : str
            "vi", "en" or a language file.
        short : bool, default False
            As it stands inside a sentence, where it has such a name.

        Returns
        -------
        str
            The name, in English where the language has none.

        Examples
        --------
        >>> import povertystats as ps
        >>> facts = ps.load_facts()
        >>> facts.title("trained_labour_pct", "en"), facts.title("poor_income_pct", "vi", short=True)
        ("Trained labour (the province's own definition)", 'tỷ lệ nghèo thu nhập')
        """
        check(lang)
        return self.titles(indicator, short=short)[lang]

    def titles(self, indicator: str, *, short: bool = False) -> Words:
        """Return an indicator's name in every language that has one, as ``title`` does.

        Parameters
        ----------
        indicator : str
            Its name in ``indicators.csv``.
        short : bool, default False
            As it stands inside a sentence, where it has such a name.

        Returns
        -------
        Words
            {language: name}.
        """
        about = self._described(indicator)
        return Words(Words.of(about, "title_") | (Words.of(about, "short_") if short else {}))

    @cached_property
    def _by_indicator(self) -> pd.DataFrame:
        return self.indicators.set_index("indicator")

    def _about(self, names: Sequence[str]) -> pd.DataFrame:
        about = self._by_indicator
        if wrong := [name for name in names if not isinstance(name, str)]:
            raise WrongType(f"expected the name of an indicator, got {wrong[0]!r}")
        unknown = [n for n in names if n not in about.index]
        if unknown:
            near = {i: i for i in about.index}
            raise NotFound("; ".join(f"there is no indicator {n!r}{did_you_mean(n, near)}" for n in unknown))
        return about.loc[list(names)]

    def _described(self, indicator: str) -> dict[str, Any]:
        """Return what indicators.csv says of one indicator."""
        try:
            return self._rows[indicator]
        except (KeyError, TypeError):
            return self._about([indicator]).loc[indicator].to_dict()

    @cached_property
    def _rows(self) -> dict[str, dict[str, Any]]:
        return self._by_indicator.to_dict("index")

    def _sentence(self) -> str:
        table = self.table
        span = f", {table['year'].min()} to {table['year'].max()}" if len(table) else ""
        span += f", known on {self.cutoff}" if self.cutoff else ""
        span += f"; {len(self.warnings)} in .warnings" if self.warnings else ""
        count = f"{len(table):,} facts on {table['indicator'].nunique()} indicators"
        return f"{count} in {table['place'].nunique()} places{span}"
