"""Spellings of names: compared without diacritics, and the nearest ones suggested."""

import difflib
import unicodedata
from collections.abc import Mapping


def plain(name: str) -> str:
    """Return a name for comparison: no diacritics, no case, single spaces.

    Parameters
    ----------
    name : str
        Any spelling.

    Returns
    -------
    str
        The same for all spellings that readers take for one name.

    Examples
    --------
    >>> import povertystats as ps
    >>> ps.plain("  Bắc  Kạn"), ps.plain("Đắk Lắk")
    ('bac kan', 'dak lak')
    """
    decomposed = unicodedata.normalize("NFD", str(name).casefold().replace("đ", "d"))
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


def did_you_mean(name: str, names: Mapping[str, str]) -> str:
    """Return "; did you mean A or B?" for the nearest of ``names`` ({plain spelling: name}), or nothing."""
    near = difflib.get_close_matches(plain(name), names, n=3, cutoff=0.7)
    nearest = list(dict.fromkeys(names[n] for n in near))
    return f"; did you mean {' or '.join(nearest)}?" if nearest else ""
