"""The national poverty standards, ours or from a file, and what Alkire and Foster measure by them."""

import re
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from povertystats.criteria.classes import classes_of, gaps, indicators_of, titled
from povertystats.criteria.households import wrong_rows
from povertystats.criteria.lines import Income, Line, Prices
from povertystats.criteria.standard import NationalStandard
from povertystats.criteria.standards_file import read_criteria, statements
from povertystats.files.identity import DATA
from povertystats.words.errors import refuse
from povertystats.words.languages import Words

# A file and the name of a standard in it; the name may be left out where there is one alone.
_FILE = re.compile(r"(?P<file>.+\.toml)(:(?P<name>.+))?", re.IGNORECASE)


def national_standard(name: str = "multidim_2016_2020", path: str | Path | None = None) -> NationalStandard:
    """Return a poverty standard by its name, from ours (``data/criteria.toml``) or from a file of the same form.

    Parameters
    ----------
    name : str, default "multidim_2016_2020"
        "income_2006_2010" is Decision 170/2005/QĐ-TTg, "income_2011_2015" 09/2011/QĐ-TTg, "multidim_2016_2020"
        59/2015/QĐ-TTg, "multidim_2022_2025" Decree 07/2021/NĐ-CP. "mine.toml:name" is one of a file of your own.
    path : str or Path, optional
        A file of your own, instead; its titles, in any language, are its own as well.

    Returns
    -------
    NationalStandard
        Its lines, indicators and classes.

    Raises
    ------
    MissingFile
        There is no such file.
    Refused
        All problems at once: not TOML, unknown, missing or wrong entries, what is checked without a source, classes
        that overlap or leave households out, no standard of this name.

    Examples
    --------
    >>> import povertystats as ps
    >>> standard = ps.national_standard()
    >>> standard.decision, standard.lines["poverty_line"], standard.needed, standard.poor
    ('59/2015/QĐ-TTg', {'rural': 700, 'urban': 900}, 3, ('income_poor', 'deprivation_poor'))
    """
    if path is None and (file_and_name := _FILE.fullmatch(str(name))):
        path, name = file_and_name["file"], file_and_name["name"] or ""
    file = read_criteria(DATA / "criteria.toml" if path is None else Path(path), checked=path is None)
    names = [*file["standard"]]
    if not name and len(names) == 1:
        name = names[0]
    if name not in names:
        what = f"there is no standard {name!r}" if name else 'it is not said which one; expected "FILE:NAME"'
        refuse("cannot choose a standard", [f"{what}; the file has {', '.join(names) or 'none'}"])
    found = file["standard"][name]
    of_file = found.get("line", {})
    lines = {key: Line.of(line) for key, line in of_file.items()}
    income = Income.of(found.get("income", {}))
    indicators, needed = indicators_of(found, file.get("service", {})), found.get("needed", {"value": 0})
    total = sum(indicator.weight for indicator in indicators)
    # A third of 18 is 6, of 10 it is more than 3.
    enough = -(-needed["value"] * total // needed["of"]) if "of" in needed else needed["value"]
    standard = NationalStandard(
        name=name,
        title=Words.of(found),
        needed=enough,
        income=income,
        lines=lines,
        line_titles={key: titled(line, key) for key, line in of_file.items()},
        indicators=indicators,
        classes=classes_of(found, lines),
        prices=Prices.of(found.get("prices", {})),
        table=statements(found, file["source"], lines, income),
        **{key: found[key] for key in ("decision", "issued", "first_year", "last_year")},
    )
    wrong = gaps(standard.classes.values(), lines, standard.needed, total, standard.income)
    refuse(f"cannot use the standard {name}", wrong)
    return standard


def adjusted_headcount(
    households: npt.ArrayLike, deprived: npt.ArrayLike, deprivations: npt.ArrayLike, indicators: float
) -> pd.DataFrame:
    """Return the headcount ratio, intensity and adjusted headcount ratio of Alkire and Foster, from counts.

    Parameters
    ----------
    households, deprived, deprivations : array-like of shape (n,), or number
        Of each group: its households; those of them who are deprived in the needed number of indicators or more;
        in how many indicators these are deprived, added up.
    indicators : int
        How many indicators there are, where all are of one weight; else the sum of their weights.

    Returns
    -------
    DataFrame
        One row a group: headcount_ratio, intensity_ratio (NaN without deprived households), adjusted_headcount_ratio
        (all NaN without households), each from 0 to 1.

    Raises
    ------
    Refused
        All problems at once: counts that are missing or negative, more deprived than there are households, more
        deprivations than indicators allow.

    Notes
    -----
    With n households, q of them deprived in Σc of the d indicators: ``H = q/n``, ``A = Σc/(q d)``,
    ``M0 = H A = Σc/(n d)``.

    References
    ----------
    Alkire & Foster 2011, doi:10.1016/j.jpubeco.2010.11.006.

    Examples
    --------
    >>> adjusted_headcount(4, 2, 6, 4).values.tolist()
    [[0.5, 0.75, 0.375]]
    """
    given: dict[str, Any] = {"households": households, "deprived": deprived, "deprivations": deprivations}
    counts = pd.DataFrame(given, index=None if any(map(np.ndim, given.values())) else [0]).astype(float)
    n, q, c = (counts[name] for name in given)
    problems: list[str] = []
    for name, values in counts.items():
        problems += wrong_rows(
            name, ~((values >= 0) & np.isfinite(values)), values, "missing, negative or infinite"
        )
    problems += wrong_rows("deprived", q > n, q, "more than the households")
    if not (isinstance(indicators, Real) and indicators >= 1):
        problems.append(f"indicators: {indicators!r}; expected a number of 1 or more")
    else:
        problems += wrong_rows(
            "deprivations", c > q * indicators, c, f"more than {indicators} a deprived household"
        )
    refuse("cannot measure multidimensional poverty", problems)
    ratios = {"headcount_ratio": q / n, "intensity_ratio": c / (q * indicators)}
    return pd.DataFrame(ratios | {"adjusted_headcount_ratio": c / (n * indicators)})
