"""Provinces and districts: their names with and without diacritics, their regions."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.words.errors import NotFound
from povertystats.words.names import did_you_mean, plain
from povertystats.words.result import Result


@dataclass(frozen=True, eq=False, repr=False)
class Places(Result):
    """The places that facts may speak of.

    Parameters
    ----------
    table : DataFrame
        One row a place: code, place, kind (country, province, district, group), parent, region_vi, region_en,
        aliases (separated by semicolons).

    Examples
    --------
    >>> import povertystats as ps
    >>> len(ps.load_facts().places.provinces)
    63
    """

    table: pd.DataFrame

    @property
    def provinces(self) -> list[str]:
        """Names of the provinces, in the order of their codes."""
        return list(self._provinces)

    @cached_property
    def _provinces(self) -> tuple[str, ...]:
        return tuple(self.table.loc[self.table["kind"] == "province", "place"])

    @cached_property
    def names(self) -> dict[str, str]:
        """``{plain spelling: place}`` of every name, code and alias."""
        spellings = {}
        for code, place, aliases in self.table[["code", "place", "aliases"]].itertuples(index=False):
            for spelling in (place, code, *filter(None, str(aliases or "").split(";"))):
                spellings[plain(spelling)] = place
        return spellings

    def find(self, name: str) -> str:
        """Return the place's own name for any spelling of it.

        Parameters
        ----------
        name : str
            A name, code or alias, with or without diacritics.

        Returns
        -------
        str
            Its name in ``places.csv``.

        Raises
        ------
        NotFound
            There is no such place; the nearest names are suggested.

        Examples
        --------
        >>> import povertystats as ps
        >>> ps.load_facts().places.find("bac kan")
        'Bắc Kạn'
        """
        names = self.names
        if plain(name) not in names:
            raise NotFound(f"there is no place {name!r}{did_you_mean(name, names)}")
        return names[plain(name)]

    def _sentence(self) -> str:
        return f"{len(self.table)} places, of which {len(self._provinces)} are provinces"
