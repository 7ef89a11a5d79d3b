"""Spellings of names: compared without diacritics, the nearest ones suggested; terms taken apart."""

import difflib
import re
import unicodedata
from collections.abc import Mapping

_TERM = re.compile(r"(log|log1p|log_odds)\((.+)\)")


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


def parse(term: str) -> tuple[str | None, str]:
    """Split a term into its transformation ("log", "log1p", "log_odds" or None) and its column.

    >>> parse("log(ntp_transfer_pc_vnd_k)"), parse("trained_pct")
    (('log', 'ntp_transfer_pc_vnd_k'), (None, 'trained_pct'))
    """
    found = _TERM.fullmatch(term)
    return (found[1], found[2]) if found else (None, term)
