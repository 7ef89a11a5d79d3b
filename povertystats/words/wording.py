"""Every sentence, term, number and date that a reader sees, in the language that is asked for.

The sentences stand in ``sentences/``, one file a language; the code only fills them in.
A placeholder names its format, so that each language's own rules apply::

    {x:n2}    number, two decimals          1.234,57 | 1,234.57
    {x:pct1}  percentage, one decimal       19,6%    | 19.6%
    {x:pp2}   change in percentage points   −2,31    | −2.31
    {d:date}  date                          07/5/2020 | 7 May 2020
    {p:prob}  probability, whole per cents  54%, dưới 1% | 54%, under 1%; two, (low, high), as a range
    {p:odds}  probability as odds           57 trên 100 | 57 in 100
    {p:likely} probability in words         ít khả năng đạt | unlikely
    {name:heading} a name as it begins a line
    {n:plural record|records}  the first of two forms where there is one, by the language's rules, else the second
"""

import datetime
import math
import re
import string
from collections.abc import Callable, Mapping
from functools import cache, wraps
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal

from povertystats.words.errors import NotFound
from povertystats.words.languages import ENGLISH, Words, code, own_sentences, sentences
from povertystats.words.languages import LANGUAGES as LANGUAGES
from povertystats.words.languages import check as check

# Where ``likely`` changes its words, in per cent, between 1 and 99 % where it speaks of what is hardly possible or sure.
LIKELY = (10, 33, 50, 66, 90)


def number(value: float, lang: str, decimals: int = 2) -> str:
    """Write a number by the language's rules, with a true minus sign.

    Three decimals or more are for estimates: one too small for them keeps two significant digits, for it is not zero.

    >>> number(-1234.567, "vi"), number(-1234.567, "en"), number(0.0000213, "en", 4)
    ('−1.234,57', '−1,234.57', '0.000021')
    """
    if decimals >= 3 and round(float(value), decimals) == 0 and abs(value) >= 1e-7:
        decimals = precision(abs(value))
    value = round(float(value), decimals) + 0.0  # + 0.0: no "−0,00"
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(value, format=pattern, locale=_locale(lang)).replace("-", "−")


class Unit(str):
    """The name of a unit with its own words, {language: (for one, for several)}, as a data package gives them.

    >>> Unit("idr_k", {"en": ("thousand rupiah", "thousand rupiah")}) == "idr_k"
    True
    """

    words: Mapping[str, tuple[str, str]]

    def __new__(cls, name: str, words: Mapping[str, tuple[str, str]]) -> "Unit":
        """Return the name, as text that knows its words."""
        unit = super().__new__(cls, name)
        unit.words = words
        return unit

    def __getnewargs__(self) -> tuple:
        return str(self), self.words


def in_unit(text: str, unit: str, lang: str, value: float | None = None) -> str:
    """Write a number that is text already with its unit: in the unit's own words, those of the language, or as it is named.

    Words that hold "{x}" say where the number stands. ``value``: the number, for words that differ for one.

    >>> in_unit("2", Unit("usd", {"en": ("US${x}", "US${x}")}), "en"), in_unit("2", "pct", "en"), in_unit("2", "boats", "en")
    ('US$2', '2%', '2 boats')
    """
    if isinstance(unit, Unit):
        one = value is not None and (value == 1 or _locale(lang).plural_form(value) == "one")
        words = Words({spoken: forms[0 if one else 1] for spoken, forms in unit.words.items()})[lang]
        return words.replace("{x}", text) if "{x}" in words else f"{text} {words}"
    return say(f"unit.{unit}", lang, x=text) if f"unit.{unit}" in sentences(lang) else f"{text} {unit}"


def quantity(value: float, unit: str, lang: str, *, signed: bool = False) -> str:
    """Write a number with its unit (``in_unit``), at most two decimals, no trailing zeros.

    ``signed``: a change, so that a rise shows its plus sign.

    >>> quantity(19.57, "pct", "vi"), quantity(-2.5, "pp", "en"), quantity(8, "schools", "en", signed=True)
    ('19,57%', '−2.5 points', '+8 schools')
    """
    fraction = f"{abs(value):.2f}".rstrip("0").partition(".")[2]
    sign = "+" if signed and value > 0 else ""
    return in_unit(sign + number(value, lang, len(fraction)), unit, lang, value)


def moment(period: str, year: float, lang: str) -> str:
    """Write the time that a figure speaks of: a day, a month, or the year.

    >>> moment("2018-06", 2018, "vi"), moment("2018-06-30", 2018, "en"), moment("", 2018, "en")
    ('6/2018', '30 June 2018', '2018')
    """
    parts = [int(x) for x in period.split("-")] if period else [int(year)]
    if len(parts) == 3:
        return date(datetime.date(*parts), lang)
    if len(parts) == 2:
        return _day(datetime.date(parts[0], parts[1], 1), "format.month", lang)
    return str(parts[0])


def dated(text: str, lang: str) -> str:
    """Write the date of a source: as it stands where it is one, else about when, by the first year in it.

    >>> dated("2019-10-28", "vi"), dated("2019-02 (undated page)", "vi"), dated("undated (late 2019)", "en")
    ('28/10/2019', '02/2019', 'undated, about 2019')
    """
    if (day := re.search(r"\d{4}(-\d\d){0,2}", text)) is None:
        return text
    when = moment(day[0], int(day[0][:4]), lang)
    return when if day.start() == 0 else say("source.about", lang, when=when)


def date(value: datetime.date, lang: str) -> str:
    """Write a date.

    >>> import datetime
    >>> date(datetime.date(2020, 5, 7), "vi"), date(datetime.date(2020, 5, 7), "en")
    ('07/5/2020', '7 May 2020')
    """
    return _day(value, "format.date", lang)


def _day(value: datetime.date, key: str, lang: str) -> str:
    # Of two patterns the second is that of January and February.
    usual, _, early = sentences(lang)[key].partition("|")
    return format_date(value, format=early if early and value.month < 3 else usual, locale=_locale(lang))


def _of_both(write: Callable[[float, str], str]) -> Callable[[float | tuple[float, float], str], str]:
    """Return what writes a probability, or two as a range: as one where they read alike."""

    @wraps(write)
    def written(p: float | tuple[float, float], lang: str) -> str:
        low, high = (write(end, lang) for end in (p if isinstance(p, tuple) else (p, p)))
        return low if low == high else say("probability.range", lang, low=low, high=high)

    return written


@_of_both
def probability(p: float, lang: str) -> str:
    """Write a probability in whole per cents, never as 0 % or 100 %.

    >>> probability(0.537, "vi"), probability(0.0004, "en"), probability((0.23, 0.505), "en")
    ('54%', 'under 1%', '23% to 50%')
    """
    if p < 0.01 or p > 0.99:
        return say("probability.under" if p < 0.5 else "probability.over", lang)
    return f"{number(100 * p, lang, 0)}%"


def odds(p: float | tuple[float, float], lang: str) -> str:
    """Write a probability as so many in 100, the one base of all odds, never as 0 or 100.

    >>> odds(0.57, "vi"), odds(0.003, "en"), odds((0.23, 0.505), "en")
    ('57 trên 100', 'under 1 in 100', '23 to 50 in 100')
    """
    return say("odds.about", lang, n=_hundredths(p, lang))


@_of_both
def _hundredths(p: float, lang: str) -> str:
    if p < 0.01 or p > 0.99:
        return say("odds.under" if p < 0.5 else "odds.over", lang)
    return number(100 * p, lang, 0)


@_of_both
def likely(p: float, lang: str) -> str:
    """Write a probability in the words of the IPCC's scale of likelihood: "likely" above 66 %, "very likely" above 90 %.

    Between 33 and 66 % the scale has one term; above one half its additional one, "more likely than not", is taken.

    Source: Mastrandrea et al. 2010, guidance note on uncertainties for the IPCC's fifth assessment report, table 1.

    >>> likely(0.61, "en"), likely(0.004, "vi")
    ('more likely than not', 'gần như không thể đạt')
    """
    if p > 0.99:
        return say("likely.over_99", lang)
    over = next((edge for edge in reversed(LIKELY) if 100 * p > edge), 1 if p > 0.01 else 0)
    return say(f"likely.over_{over}", lang)


def p_value(p: float, lang: str) -> str:
    """Write a p-value, never as zero.

    >>> p_value(0.0312, "vi"), p_value(0.0002, "en")
    ('p = 0,031', 'p < 0.001')
    """
    return say("drivers.p.tiny" if p < 0.001 else "drivers.p.value", lang, p=p)


def confidence(share: float, lang: str) -> str:
    """Write the confidence of an interval as a percentage without its sign, with a decimal only where it has one.

    >>> confidence(0.95, "vi"), confidence(0.975, "vi")
    ('95', '97,5')
    """
    return number(100 * share, lang, 0 if round(100 * share, 6) % 1 == 0 else 1)


def precision(se: float) -> int:
    """Return how many decimals show two significant digits of a standard error: more would be noise.

    >>> precision(0.0123), precision(4.5), precision(0.0)
    (3, 1, 4)
    """
    return min(max(1 - math.floor(math.log10(se)), 0), 8) if se > 0 else 4


_WRITE: dict[str, Callable[[Any, str], str]] = {
    "date": date,
    "prob": probability,
    "likely": likely,
    "odds": odds,
    "heading": lambda text, lang: text[:1].upper() + text[1:],
}


class _Formatter(string.Formatter):
    def __init__(self, lang: str) -> None:
        self.lang = lang

    def format_field(self, value: Any, spec: str) -> str:
        if spec in _WRITE:
            return _WRITE[spec](value, self.lang)
        if decimals := re.fullmatch(r"(n|pp|pct)(\d+)", spec):
            return number(value, self.lang, int(decimals[2])) + "%" * (decimals[1] == "pct")
        if spec.startswith("plural "):
            one, more = spec.removeprefix("plural ").split("|")
            return one if value == 1 or _locale(self.lang).plural_form(value) == "one" else more
        return super().format_field(value, spec)


@cache
def _locale(lang: str) -> Locale:
    """Return the locale of a language, the English one where Babel has none of its name."""
    try:
        return Locale.parse(code(lang).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale(ENGLISH)


def language_name(lang: str) -> str:
    """Return the name of a language in itself: as its file says (``page.language``), else by its locale, else its code.

    >>> language_name("vi"), language_name("en")
    ('Tiếng Việt', 'English')
    """
    locale = _locale(lang)
    by_locale = locale.get_display_name() if locale.language == code(lang)[: len(locale.language)] else None
    return own_sentences(lang).get("page.language") or by_locale or code(lang)


def say(key: str, lang: str, **values: Any) -> str:
    """Return the sentence ``key`` in ``lang`` ("vi", "en" or a language file) with its values filled in.

    Values that are Words or Sentences are said in that language. Raises NotFound for a key that is not there.

    >>> say("probability.under", "vi")
    'dưới 1%'
    """
    spoken = sentences(lang)
    if key not in spoken:
        raise NotFound(f"there is no sentence {key!r}")
    values = {name: value[lang] if isinstance(value, Words) else value for name, value in values.items()}
    return _Formatter(lang).format(spoken[key], **values)


class Sentence(Words):
    """A sentence with its values, said when a language is asked for.

    >>> Sentence("odds.about", n=57)["vi"]
    '57 trên 100'
    """

    def __init__(self, key: str, **values: Any) -> None:
        super().__init__()
        self._key, self._filled = key, values

    def __missing__(self, lang: str) -> str:
        return say(self._key, lang, **self._filled)
