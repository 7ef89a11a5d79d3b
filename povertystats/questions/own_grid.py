"""A grid of specifications of one's own: a file that names the indicators of a package, or the columns of a frame."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from povertystats.facts.facts import Facts
from povertystats.facts.package import load_facts
from povertystats.facts.specifications import Question, read_grid


def load_grid(path: str | Path, facts: Facts | pd.DataFrame | None = None) -> dict[str, Question]:
    """Read and check a grid of specifications, a TOML file, for one's own indicators.

    Parameters
    ----------
    path : str or Path
        The file.
    facts : Facts or DataFrame, optional
        Whose indicators, or columns, it names; when left out those of the data package that it lies in, else ours.

    Returns
    -------
    dict of str to Question
        The questions by name, as ``specification_curve`` takes them (``grid=``).

    Raises
    ------
    MissingFile
        Without the file.
    Refused
        All problems at once: a file that is not TOML, unknown and missing keys, missing titles, unknown indicators,
        scales and estimators.

    Notes
    -----
    Terms are indicators, "a / b" of two, or log(), log1p() or log_odds() of one of these. A question named as a declared
    driver has its outcome and titles, unless it gives others. A package's own grid is ``facts.specifications``.

    Examples
    --------
    >>> import povertystats as ps
    >>> grid = ps.load_facts().specifications
    >>> list(grid), grid["training"].outcome
    (['training', 'programmes'], 'poor_income_pct')
    """
    path = Path(path)
    if isinstance(facts, pd.DataFrame):
        return read_grid(path, set(facts.columns), pd.DataFrame(columns=["driver", "outcome"]))
    if facts is None:
        beside = path.parent / "datapackage.json"
        facts = load_facts(beside if beside.exists() else None)
    return read_grid(path, set(facts.indicators["indicator"]), facts.drivers)
