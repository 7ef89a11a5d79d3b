"""The files of a small data package: what it says of itself, places, figures, indicators, targets, sources, a README."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from shlex import quote

import pandas as pd

from povertystats.facts.facts import Facts
from povertystats.facts.package import load_facts
from povertystats.files.days import read_day
from povertystats.files.lags import published
from povertystats.files.problems import DataError
from povertystats.files.writing import csv
from povertystats.packages.figures import Figures
from povertystats.packages.headers import whole_country
from povertystats.packages.indicators import Indicator, slug
from povertystats.packages.questions import Questions
from povertystats.tables.reading import ReadTable
from povertystats.targets.targets import load_targets
from povertystats.words.errors import InvalidValue, PovertyStatsError
from povertystats.words.names import plain
from povertystats.words.wording import say

# Where nothing is said: known at the end of the year, which a package marks as assumed.
ASSUMED = "0 days later"
_FACTS = ("place", "indicator", "year", "value", "unit", "status", "standard", "source_id")


@dataclass(frozen=True)
class Contents:
    """What a package is made of.

    ``table``: the figures with indicator, unit and available_from; ``published``: the words that say this day of all of
    them, "" where each has its own; ``ours``: the names of
    places, and of indicators, that come along with the package that this one extends; ``targets``: rows of targets.csv.
    """

    name: str
    figures: Figures
    table: pd.DataFrame
    indicators: Sequence[Indicator]
    targets: Sequence[Mapping[str, object]] = ()
    source: str = ""
    file: str = ""
    status: str = "official"
    standard: str = ""
    instrument: str = ""
    extends: bool = False
    published: str = ""
    ours: frozenset[str] = field(default_factory=frozenset)

    @property
    def source_id(self) -> str:
        """The code of the source of the figures."""
        return slug(self.file.rpartition(".")[0]).replace("_", "-") or "table"

    def files(self, lang: str, place: str, folder: str) -> dict[str, bytes]:
        """Return the files by their names, the README in a language and with the commands for a place.

        Parameters
        ----------
        lang : str
            The language.
        place : str
            The place that the first answer is about.
        folder : str
            What its folder is called.

        Returns
        -------
        dict of str to bytes
            The same bytes for the same contents.
        """
        tables = {
            "places": self._places(),
            "indicators": self._indicators(),
            "facts": self._facts(),
            "targets": pd.DataFrame(list(self.targets)).dropna(axis=1, how="all"),
            "sources": pd.DataFrame(
                [{"source_id": self.source_id, "title": self.source or self.file, "via": self.file}]
            ),
        }
        tables = {name: table for name, table in tables.items() if len(table)}
        made = {f"{name}.csv": csv(table) for name, table in tables.items()}
        made["datapackage.json"] = (
            json.dumps(self._descriptor([*tables]), ensure_ascii=False, indent=1) + "\n"
        ).encode()
        made["README.md"] = self._readme(lang, place, folder).encode()
        return made

    def _places(self) -> pd.DataFrame:
        places = self.figures.places
        return places.loc[~places["label"].isin(self.ours), ["code", "place", "kind", "parent"]].reset_index(
            drop=True
        )

    def _indicators(self) -> pd.DataFrame:
        rows = [
            one.row() | {"instrument": self.instrument}
            for one in self.indicators
            if one.code not in self.ours
        ]
        table = pd.DataFrame(rows)
        return table if table.empty else table.loc[:, (table != "").any()].dropna(axis=1, how="all")

    def _facts(self) -> pd.DataFrame:
        marked = self.table["status"].where(self.table["status"] != "", self.status)
        said = {"status": marked, "standard": self.standard, "source_id": self.source_id}
        days = self.table["available_from"].dt.strftime("%Y-%m-%d")
        table = self.table.assign(**said, available_from=days)[[*_FACTS, "available_from"]]
        said_once = {"standard": not self.standard, "available_from": bool(self.published)}
        return table.drop(columns=[name for name, once in said_once.items() if once])

    def _descriptor(self, tables: list[str]) -> dict[str, object]:
        places = self.figures
        about: dict[str, object] = {"name": self.name, "title": self._title()}
        about["extends"] = "povertystats" if self.extends else False
        about |= {"country": self._country} if self._country and not self.extends else {}
        about |= {"kinds": {kind: of.words for kind, of in places.kinds.items()}} if not self.extends else {}
        settled = {one.code: one.unit for one in self.indicators if one.settled}
        about |= {"units": settled} if settled else {}
        about |= {"published": self.published} if self.published else {}
        about["resources"] = [{"name": name, "path": f"{name}.csv"} for name in tables]
        return about

    def _title(self) -> str:
        return ", ".join(filter(None, [self.indicators[0].title, self._country]))

    @property
    def _country(self) -> str:
        """The name of the country, which "the whole country" is none."""
        return "" if whole_country(self.figures.country) else self.figures.country

    def _readme(self, lang: str, place: str, folder: str) -> str:
        first, last = int(self.table["year"].min()), int(self.table["year"].max())
        about: dict[str, object] = {
            "file": self.file,
            "source": self.source or self.file,
            "folder": quote(folder),
        }
        about |= {"title": self._title(), "place": place, "code": self.indicators[0].code}
        about |= {"first": first, "last": last, "next": last + 1}
        about |= {"figures": len(self.table), "places": self.table["place"].nunique()}
        header, *_, example = csv(self._facts()).decode("utf-8-sig").splitlines()
        said = "assumed" if self.published == ASSUMED else "said" if self.published else "each"
        about["days"] = say(f"start.readme.{said}", lang, published=self.published)
        parts = ["what", "year", "target", "driver", "run"]
        told = [say(f"start.readme.{part}", lang, header=header, example=example, **about) for part in parts]
        return "\n\n".join(part.strip() for part in told) + "\n"


def beside_ours(contents: Contents, questions: Questions) -> Contents:
    """Return a package that extends ours without what comes along; any other as it is."""
    if not contents.extends:
        return contents
    ours = load_facts()
    known = set[str]()
    for row in contents.figures.places.itertuples():
        with suppress(PovertyStatsError):
            ours.places.find(row.place)
            known.add(row.place)
    about = ours.indicators.set_index("indicator")
    for one in contents.indicators:
        if one.code in about.index and about.at[one.code, "unit"] == one.unit:
            known.add(one.code)
            if bool(about.at[one.code, "needs_standard"]) and not contents.standard:
                questions.wrong(
                    f"{one.code} needs its poverty standard: --standard {' or '.join(ours.standards['standard'])}"
                )
    return replace(contents, ours=frozenset(known))


def checked(part: Path, read: ReadTable, rows: pd.DataFrame) -> Facts:
    """Return a package, checked as everything is; what is wrong with its facts is told of the table that they are from."""
    try:
        facts = load_facts(part, again=True)
        load_targets(facts)
        return facts
    except DataError as error:
        at = rows["row"].tolist()
        own = [
            replace(p, file=read.file, row=at[p.row - 2], field="" if p.field == "value" else p.field)
            if p.file == "facts.csv" and p.row and p.row - 2 < len(at)
            else p
            for p in error.problems
        ]
        raise DataError(read.file, own) from None


def with_days(
    rows: pd.DataFrame, read: ReadTable, said: str, questions: Questions
) -> tuple[pd.DataFrame, str]:
    """Return the figures with the day from which they could be known, and the words that say it of all of them.

    Parameters
    ----------
    rows : DataFrame
        The figures, with their row in the file and their year.
    read : ReadTable
        The table.
    said : str
        A column of days, one day for all, or what a package may say ("9 months later"); "" where nothing is known.
    questions : Questions
        Takes what is wrong with it.

    Returns
    -------
    tuple of (DataFrame, str)
        With ``available_from``; the words are "" where each figure has a day of its own.
    """
    if column := {plain(name): name for name in read.columns["column"]}.get(plain(said)) if said else None:
        days = (
            pd.to_datetime(read.table[column], format="%Y-%m-%d", errors="coerce")
            .set_axis(list(read.rows))
            .reindex(rows["row"])
        )
        if lost := int(days.isna().sum()):
            questions.wrong(f"--published: {column!r} holds no day (year-month-day) for {lost} figures")
        return rows.assign(available_from=days.to_numpy()), ""
    with suppress(InvalidValue):
        one = read_day(said)
        if one.year < rows["year"].max():
            questions.wrong(
                f"--published {said!r}: before {rows['year'].max()}, the last year of the figures"
            )
        return rows.assign(available_from=pd.Timestamp(one)), ""
    ends = pd.to_datetime(rows["year"].astype(int).astype(str) + "-12-31")
    try:
        return rows.assign(available_from=published(ends, said or ASSUMED)), said or ASSUMED
    except InvalidValue as error:
        questions.wrong(f"--published {error}, a day for all (2024-03-01), or a column of days")
        return rows.assign(available_from=ends), ASSUMED
