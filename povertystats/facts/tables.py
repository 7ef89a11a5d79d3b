"""The tables of a data package, and what is looked up in them: names, sources, disagreements."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.facts import panels
from povertystats.facts.places import Places
from povertystats.facts.specifications import Question
from povertystats.words.errors import NotFound
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
    specifications: dict[str, Question]
    comparison: pd.DataFrame
    cutoff: datetime.date | None = None

    def conflicts(self) -> pd.DataFrame:
        """Return the figures that disagree: same place, indicator, year and standard, other value.

        Returns
        -------
        DataFrame
            One row a figure; ``taken`` marks the one that ``series`` and ``panel`` use.
        """
        return panels.conflicts(self._outcomes(illustrative=False))

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

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().cite(["gso-bieu10"])["publisher"].tolist()
        ['General Statistics Office of Viet Nam']
        """
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
        about = self._about([indicator]).loc[indicator]
        return Words(Words.of(about, "title_") | (Words.of(about, "short_") if short else {}))

    @cached_property
    def _by_indicator(self) -> pd.DataFrame:
        return self.indicators.set_index("indicator")

    def _about(self, names: Sequence[str]) -> pd.DataFrame:
        about = self._by_indicator
        unknown = [n for n in names if n not in about.index]
        if unknown:
            near = {i: i for i in about.index}
            raise NotFound("; ".join(f"there is no indicator {n!r}{did_you_mean(n, near)}" for n in unknown))
        return about.loc[list(names)]

    def _outcomes(self, illustrative: bool) -> pd.DataFrame:
        return panels.outcomes(self.table, illustrative=illustrative)

    def _sentence(self) -> str:
        table = self.table
        span = f", {table['year'].min()} to {table['year'].max()}" if len(table) else ""
        when = f", known on {self.cutoff}" if self.cutoff else ""
        return f"{len(table):,} facts on {table['indicator'].nunique()} indicators in {table['place'].nunique()} places{span}{when}"
