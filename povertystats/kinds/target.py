"""A target: one reading of what was announced, and the kind whose rules it follows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from povertystats.kinds.kind import Kind
from povertystats.kinds.registry import KINDS
from povertystats.words.languages import Words
from povertystats.words.result import Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Target(Result):
    """One target in one reading.

    It is met when its value is ``direction`` the ``bound``; a rank when it is that or better.

    Parameters
    ----------
    target : str
        Its code, shared by all its readings.
    reading : str
        The code of the reading.
    meant : bool
        Whether the evidence says that this reading was meant.
    places : tuple of str
        The places that must each reach it, or whose mean must.
    indicator : str
        The indicator that it speaks of.
    kind : str
        "level" (a value to reach), "change" (on the year before; a fall is negative), "count" (a total over the
        year), "all_of" (none may remain), or another of ``povertystats.kinds.registry``.
    direction : str
        "at_most" or "at_least".
    bound : float
        The bound, in ``unit``.
    unit : str
        "pct" for a rate and a relative change, "pp" (points) for another change of a rate, "rank", else that of the
        indicator.
    year : int
        The year by whose end it is to be reached.
    wording : dict of str to str
        Its words by language.
    evidence : dict of str to str
        Why it is read so, by language.
    evidence_sources : tuple of str
        The sources of that.
    proxy_indicator : str
        The nearest indicator with figures, where it has none itself; "" without one.
    source_id : str
        The source that announced it.
    available_from : pandas.Timestamp
        The day from which it was known.
    base_year : int, optional
        The year from whose figure a change counts, where it is not the year before.
    of : {"each", "mean"}, default "each"
        Whether each of the places must reach it, or the average of their figures, each counted alike.
    where : str, default ""
        The place that set it.
    figure_unit : str, default "pct"
        The unit of the indicator's own figures.
    settled_by : dict of str to str, optional
        Which figure would settle it where it cannot be assessed, and who holds that, by language.

    Examples
    --------
    >>> import povertystats as ps
    >>> first = ps.load_targets(ps.load_facts(), place="Bắc Kạn")[0]
    >>> first.met_by(-2.3), first.met_by(-1.07), first.wording["en"]
    (True, False, 'Share of poor households down by at least 2 percentage points over the year')
    """

    target: str
    reading: str
    meant: bool
    places: tuple[str, ...]
    indicator: str
    kind: str
    direction: str
    bound: float
    unit: str
    year: int
    wording: dict[str, str]
    evidence: dict[str, str]
    evidence_sources: tuple[str, ...]
    proxy_indicator: str
    source_id: str
    available_from: pd.Timestamp
    base_year: int | None = None
    of: str = "each"
    where: str = ""
    figure_unit: str = "pct"
    settled_by: dict[str, str] = field(default_factory=Words)

    def _sentence(self) -> str:
        return f"{self.indicator} of {', '.join(self.places)} in {self.year}: {self.kind}, {self.direction} {self.bound:g} {self.unit}"

    @property
    def rules(self) -> Kind:
        """The rules of its kind: what it asks, when it is met, its chance, its words."""
        return KINDS[self.kind]

    @property
    def subjects(self) -> tuple[str, ...]:
        """What must reach it: each of the places, or all of them as one mean."""
        return (", ".join(self.places),) if self.of == "mean" else self.places

    def met_by(self, value: float) -> bool:
        """Say whether a value reaches the bound.

        Parameters
        ----------
        value : float
            What the bound speaks of, in its unit: for a change, a change.

        Returns
        -------
        bool
            Whether it does.
        """
        return self.rules.met(self, value)
