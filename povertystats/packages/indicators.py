"""The indicators of a package: the code, unit, title and role of each thing that a table measures."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from povertystats.files.units import COUNTS, RATES, convert, unit_of, unit_told
from povertystats.packages.columns import Columns, Measure
from povertystats.packages.headers import is_rate
from povertystats.packages.phrase import Phrase
from povertystats.packages.questions import Questions
from povertystats.tables.reading import ReadTable
from povertystats.words.errors import InvalidValue
from povertystats.words.names import plain

# What figures may be written in, as it is asked; any other word is a unit of its own.
ASKED = ("pct", "share", "persons", "households", "index")


@dataclass(frozen=True)
class Indicator:
    """One indicator: ``written`` is the unit in the table, ``unit`` that of the package, ``settled`` whether it was said."""

    code: str
    title: str
    unit: str
    written: str
    role: str
    settled: bool = False

    @property
    def short(self) -> str:
        """Its title inside a sentence."""
        first, rest = self.title[:1], self.title[1:]
        return first.lower() + rest if rest == rest.lower() else self.title

    def row(self) -> dict[str, object]:
        """Return its row of indicators.csv."""
        ends = {"pct": (0, 100), "permille": (0, 1000)}.get(
            self.unit, (0 if self.unit in COUNTS else None, None)
        )
        titles = {f"title_{lang}": self.title for lang in ("vi", "en")}
        shorts = {f"short_{lang}": self.short for lang in ("vi", "en")}
        about = {"indicator": self.code, "unit": self.unit, "min": ends[0], "max": ends[1], "role": self.role}
        return {**about, **titles, **shorts}


def indicators_of(
    read: ReadTable,
    columns: Columns,
    table: pd.DataFrame,
    questions: Questions,
    *,
    name: str = "",
    units: Mapping[str, str] | None = None,
    titles: Mapping[str, str] | None = None,
    phrases: tuple[Phrase, ...] = (),
) -> tuple[list[Indicator], pd.DataFrame]:
    """Return the indicators of a table, and its figures in their units.

    Parameters
    ----------
    read : ReadTable
        The table.
    columns : Columns
        What its columns hold.
    table : DataFrame
        Its figures (``Figures.table``).
    questions : Questions
        Where names and units are asked that nothing tells.
    name : str, optional
        What is measured where the table does not say it.
    units : mapping of str to str, optional
        {indicator, or column: the unit in which it is written}.
    titles : mapping of str to str, optional
        {indicator, or column: its title}.
    phrases : tuple of Phrase
        The targets, which may say both.

    Returns
    -------
    tuple of (list of Indicator, DataFrame)
        The figures with ``indicator`` and in ``unit``.
    """
    made: list[Indicator] = []
    for at, measure in enumerate(columns.measures):
        of = table[table["measure"] == at]
        called = measure.name or _named(read, name, phrases, questions, measure)
        keys = [plain(key) for key in (called, measure.name, *measure.cells, slug(called))]
        said, title = (_said(given, keys) for given in (units, titles))
        outcome = measure.role == "outcome"
        mine = [one.unit for one in phrases if outcome and plain(one.name) in ("", plain(called))]
        told = next(filter(None, [said, _told(read, of, measure), unit_told(called), *mine]), "")
        written = unit_of(told) or _asked(called, of, questions)
        if written == "share" and of["value"].abs().max() > 1:
            questions.wrong(f"--unit {called}={written}: figures up to {of['value'].max():g} are no shares")
        unit = {"share": "pct", "pp": "pct" if outcome else "pp"}.get(written, written)
        made.append(
            Indicator(
                _code(called, unit, made), title or _title(called), unit, written, measure.role, bool(said)
            )
        )
    figures = []
    for at, one in enumerate(made):
        of = table[table["measure"] == at]
        try:
            values = convert(of["value"], one.written if one.written != "pp" else one.unit, one.unit)
        except InvalidValue as error:
            questions.wrong(f"--unit {one.title}={one.written}: {error}")
            continue
        figures.append(of.assign(indicator=one.code, value=values, unit=one.unit))
    return made, pd.concat(figures, ignore_index=True) if figures else table


def _said(given: Mapping[str, str] | None, keys: list[str]) -> str:
    """Return what was said of the first of several names, "" without any."""
    spelled = {plain(name): said for name, said in (given or {}).items()}
    return next((spelled[key] for key in keys if key in spelled), "")


def _named(
    read: ReadTable, name: str, phrases: tuple[Phrase, ...], questions: Questions, measure: Measure
) -> str:
    """Return what nameless figures measure: as is said, as a target calls it, else as is answered."""
    called = [name, *dict.fromkeys(phrase.name for phrase in phrases)]
    titles = [title for title in read.understood.get("titles", "").split(" / ") if title]
    likely = titles[-1] if titles else re.sub(r"[\W_]+", " ", read.file.rpartition(".")[0]).strip()
    return next(filter(None, called), "") or questions.answer(
        "--indicator NAME", "What do the figures measure?", likely=likely
    )


def _told(read: ReadTable, of: pd.DataFrame, measure: Measure) -> str:
    """Return the unit that the rows tell, or the columns."""
    written = {*of["unit"]} - {""}
    if len(written) == 1:
        return str(written.pop())
    units = {*read.columns.set_index("column")["unit"].reindex([*measure.cells])} - {""}
    return str(units.pop()) if len(units) == 1 and not measure.rows else ""


def _asked(name: str, of: pd.DataFrame, questions: Questions) -> str:
    values = of["value"]
    rates = len(values) and values.between(0, 100).all()
    if rates and values.max() > 1 and is_rate(name):
        return "pct"
    if re.search(r"(\b|_)(index|chỉ số|gini|hdi|score)(\b|_)", name, re.IGNORECASE):
        return "index"
    likely = "" if not rates else "share" if values.max() <= 1 else "pct"
    question = f"In which unit are the figures of {name!r} ({values.min():g} to {values.max():g})? {', '.join(ASKED)}, …"
    return questions.answer(f'--unit "{name}=UNIT"', question, likely=likely)


def slug(text: str) -> str:
    """Return a text as a code: letters without diacritics, digits, low lines.

    >>> slug("Tỷ lệ hộ nghèo (%)")
    'ty_le_ho_ngheo'
    """
    return re.sub(r"[^a-z0-9]+", "_", plain(text).replace("đ", "d")).strip("_")[:48].strip("_")


def _code(name: str, unit: str, taken: list[Indicator]) -> str:
    """Return a code that no other indicator has, ending in its unit where that is a rate."""
    bare = re.sub(r"\([^)]*\)\s*$", "", name)
    code = slug(bare) or "figures"
    code += f"_{unit}" if unit in RATES and not code.endswith(f"_{unit}") else ""
    used = {one.code for one in taken}
    return code if code not in used else next(c for n in range(2, 10**6) if (c := f"{code}_{n}") not in used)


def _title(name: str) -> str:
    """Return a name as a title: without its unit, with blanks for low lines.

    >>> _title("poor_pct"), _title("Tỷ lệ hộ nghèo (%)"), _title("GDP")
    ('Poor (%)', 'Tỷ lệ hộ nghèo', 'GDP')
    """
    bare = re.sub(r"\s*\([^)]*\)\s*$", "", name) if unit_told(name) else name
    if "_" in bare:
        bare = re.sub(rf"_({'|'.join((*RATES, 'share', *COUNTS))})$", "", bare).replace("_", " ")
    bare = (
        bare
        if " " in bare or not unit_told(name) or bare == name
        else f"{bare} (%)"
        if unit_told(name) == "pct"
        else bare
    )
    return bare[:1].upper() + bare[1:]
