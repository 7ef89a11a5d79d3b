"""What was made of a table: the package, what was understood, and the first answer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import pandas as pd

from povertystats.facts.facts import Facts
from povertystats.forecasts.outlook import outlook
from povertystats.targets.scorecard import scorecard
from povertystats.targets.sources import peers
from povertystats.words.languages import check
from povertystats.words.result import Result
from povertystats.words.wording import Sentence, quantity, say


@dataclass(frozen=True, eq=False, repr=False)
class Started(Result):
    """A data package that was made of a table.

    Parameters
    ----------
    folder : Path
        Where it is.
    place : str
        The place that the first answer is about.
    as_of : str
        The day on which it is given: "2024-12-31".
    table : DataFrame
        What was understood: columns what ("place", "year", "outcome", …) and answer.
    made : Sentence
        How many figures of how many places and years were written.
    facts : Facts
        The package as it is read.
    notes : tuple of Sentence
        What was made of rows and columns that are no figures of a place.

    Examples
    --------
    >>> import tempfile
    >>> import povertystats as ps
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "rates.csv")
    ...     rows = [f"{place},{year},{20 - i - (year - 2015) * 0.5 - (year * i) % 3 / 10}" for i, place in
    ...             enumerate(["Aceh", "Riau", "Jambi", "Bali", "Banten"]) for year in range(2015, 2024)]
    ...     _ = path.write_text("\\n".join(["province,year,poor_pct", *rows]), "utf-8")
    ...     made = ps.start_package(f"{folder}/mine", path, targets="poor_pct <= 14 in 2024", for_place="Aceh")
    >>> made.table.values.tolist()[:3]
    [['place', 'province'], ['year', 'year'], ['outcome', 'poor_pct']]
    >>> made.as_of, len(made.facts.table)
    ('2023-12-31', 45)
    """

    folder: Path
    place: str
    as_of: str
    table: pd.DataFrame
    made: Sentence
    facts: Facts
    notes: tuple[Sentence, ...] = ()

    def text(self, lang: str = "vi") -> str:
        """Return what was made and understood, the first answer, and the next command.

        Parameters
        ----------
        lang : str, default "vi"
            "vi", "en" or a language file.

        Returns
        -------
        str
            A line each.
        """
        check(lang)
        lines = [self.made[lang]]
        for what, answer in self.table.itertuples(index=False):
            said = answer if answer else say("start.year_of_names.columns", lang)
            lines.append(say("start.column", lang, what=say(f"start.what_is.{what}", lang), answer=said))
        lines += [note[lang] for note in self.notes]
        command = f'povertystats brief --data {quote(str(self.folder))} --place "{self.place}" --as-of {self.as_of} --lang {lang}'
        return "\n".join([*lines, "", self.answer(lang), "", say("start.next", lang, command=command)])

    def answer(self, lang: str = "vi") -> str:
        """Return the first answer: how probable the targets are, or without one what is likely.

        Parameters
        ----------
        lang : str, default "vi"
            "vi", "en" or a language file.

        Returns
        -------
        str
            With the places that teach how the rate moves.
        """
        known = self.facts.as_of(self.as_of)
        indicator = known.outcome(self.place) or ""
        group = known.peer_group(indicator, place=self.place) if indicator else None
        taught = [group.text(lang)] if group else []
        card = scorecard(known, place=self.place)
        if card.targets:
            first, *others = dict.fromkeys(target.target for target in card.targets)
            head = card.headline(lang, target=first)
            more = [card.headline(lang, target=code).splitlines()[0] for code in others]
            if any(found.chances for found in card.details):
                taught = peers(card.details, lang)
            return "\n".join([head, *more, *(text for text in taught if text not in head)])
        ahead = outlook(known, self.place)
        if ahead is None:
            about = known.indicators.set_index("indicator")
            outcomes = about.index[about["role"] == "outcome"]
            indicator = indicator or (outcomes[0] if len(outcomes) else about.index[0])
            name, unit = known.titles(indicator, short=True)[lang], str(about.at[indicator, "unit"])
            rows = known.table[(known.table["place"] == self.place) & (known.table["indicator"] == indicator)]
            key = "start.unlikely" if unit == "pct" else "start.no_rate"
            return say(key, lang, place=self.place, name=name, n=len(rows), unit=unit)
        low, high = ahead.interval(0.8)
        figures = {"low": low, "high": high, "middle": ahead.level_at(0.5), "value": ahead.series.values[-1]}
        words = {name: quantity(round(float(value), 1), "pct", lang) for name, value in figures.items()}
        words |= {"name": known.titles(ahead.series.indicator, short=True)[lang], "place": self.place}
        said = say("start.likely", lang, year=ahead.year, last=int(ahead.series.years[-1]), **words)
        alone = ahead.peers is None and group is not None and group.places
        return "\n".join([said, *(() if alone else taught)])

    def _sentence(self) -> str:
        return (
            f"{self.folder.name}: {len(self.facts.table)} facts, first place {self.place}, as of {self.as_of}"
        )
