"""Provinces and districts: their names with and without diacritics, their regions."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from povertystats.words.errors import NotFound
from povertystats.words.names import did_you_mean, plain


@dataclass(frozen=True)
class Places:
    """The places that facts may speak of.

    ``table`` has one row a place: code, place, kind (country, province, district, group), parent, region_vi,
    region_en, aliases (separated by semicolons).
    """

    table: pd.DataFrame

    @property
    def provinces(self):
        """Names of the provinces, in the order of their codes."""
        return self.table.loc[self.table["kind"] == "province", "place"].tolist()

    @cached_property
    def names(self):
        """``{plain spelling: place}`` of every name, code and alias."""
        spellings = {}
        for code, place, aliases in self.table[["code", "place", "aliases"]].itertuples(index=False):
            for spelling in (place, code, *filter(None, str(aliases or "").split(";"))):
                spellings[plain(spelling)] = place
        return spellings

    def find(self, name):
        """Return the place's own name for any spelling of it.

        Raises LookupError, with the nearest names, when there is no such place.

        >>> import povertystats as ps
        >>> ps.load_facts().places.find("bac kan")
        'Bắc Kạn'
        """
        names = self.names
        if plain(name) not in names:
            raise NotFound(f"there is no place {name!r}{did_you_mean(name, names)}")
        return names[plain(name)]
