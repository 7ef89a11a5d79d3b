"""What headers and names in a table say: a year and what is measured, kinds of place, the whole country, a total."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from babel import Locale

from povertystats.files.units import unit_told
from povertystats.tables.table import TOTAL
from povertystats.words.languages import LANGUAGES
from povertystats.words.names import plain

# A year in a name; one such as 2015/16 is of two calendar years.
_YEAR = re.compile(
    r"(?<![\d.,])(?:FY|CY|Y)?((?:19|20)\d\d)(?: ?[/–-] ?((?:19|20)?\d\d))?(?![\d.,]*\d)", re.IGNORECASE
)
# What a mark behind a year says of its figures: 2021p, 2021 (p), 2022 prel.; other marks (2019*, 2019 1/) are footnotes.
_STATUSES = {
    "preliminary": "p|prel|prelim|preliminary|prov|provisional|preliminar|provisorio|provisoire|sementara|sb|sơ bộ",
    "estimate": "e|est|estimate|estimated|estimado|estimasi|ước|ước tính|ước thực hiện",
    "": "r|rev|revised|revisado|chính thức",
}
_SAID = {word: status for status, words in _STATUSES.items() for word in words.split("|")}
_WORDS_OF_STATUS = "|".join(sorted((word for word in _SAID if len(word) > 1), key=len, reverse=True))
_YEAR_MARK = re.compile(
    rf"\s?[(\[](?P<inside>{_WORDS_OF_STATUS}|[per]|\d{{1,2}}|\*+)\.?[)\]]|(?P<letter>[per])/?(?![^\W_])"
    rf"|\s(?P<alone>[per])/?(?=\s*(?:$|[:)\]]))|[\s_-]?(?P<word>{_WORDS_OF_STATUS})\.?(?![^\W_])"
    r"|\s?[*†‡¹²³⁴⁵]+|\s\d{1,2}/",
    re.IGNORECASE,
)
# Marks of footnotes behind a name: Papua*, Papua 1), Papua (2), Papua², Abra 1/, b/.
_MARKS = re.compile(
    r"(?:[\s,;]*(?:[*†‡¹²³⁴⁵⁶⁷⁸⁹]+|\[(?:\d{1,2}|[a-z])\]|\((?:\d{1,2}|[a-z])\)|(?<![\w/])(?:\d\)|(?:\d{1,2}|[a-z])/)))+[\s,;]*$"
)
_OF_A_YEAR = re.compile(r"\s*[-–_:,]?\s*\b(năm|year|in)\s*(?=$|[(:])", re.IGNORECASE)
_EDGES = re.compile(r"\(\s*\)|^[\s_:,–-]+|[\s_:,–-]+$")
_FIGURE = re.compile(
    r"[\W_]*(years?|năm|(obs )?values?|figures?|giá trị|số liệu|fy|y|x|yr|rates?|tỷ lệ|percent(age)?|%)?[\W_]*",
    re.IGNORECASE,
)
_SAYS = {
    "year": r"\b(years?|năm|nam|tahun|año|ano|année|jahr|period|time|date|kỳ|thời gian)\b",
    "indicator": r"\b(indicators?|variables?|series|measures?|items?|chỉ tiêu|chỉ số|indicador|indikator)\b",
    "unit": r"\b(units?|đơn vị tính|đvt|unit of measure|satuan|unidad)\b",
    "household": r"^(household|household id|hhid|mã hộ|id hộ|chủ hộ|(họ )?tên chủ hộ)$",
    "code": r"\b(code|id|iso|fips|geoid|mã|mã số|código|kode)\b",
}
_RATES = (
    re.compile(r"poor|povert|nghèo|pobre|miskin|pauvre", re.IGNORECASE),
    re.compile(
        r"\b(rates?|incidence|prevalence|percent(age)?|persentase|porcentaje|pourcentage|prozent|tỷ lệ|tỉ lệ|tasa|taux|pct)\b|%"
    ),
)


def says(header: str, what: str) -> bool:
    """Say whether a header says that its column holds years, indicators, units, codes or households.

    >>> says("Survey_year", "year"), says("Đơn vị tính", "unit"), says("Đơn vị", "unit"), says("yearly", "year")
    (True, True, False, False)
    """
    return bool(re.search(_SAYS[what], " ".join(re.sub(r"[\W_]+", " ", header.casefold()).split())))


def likely_rate(names: list[str]) -> str:
    """Return of several names the one that most likely is that of a poverty rate.

    >>> likely_rate(["income", "Hộ nghèo: Số hộ", "Hộ nghèo: Tỷ lệ (%)"])
    'Hộ nghèo: Tỷ lệ (%)'
    """
    return max(names, key=lambda name: sum(bool(words.search(_bare(name))) for words in _RATES), default="")


def surely_poverty(name: str) -> bool:
    """Say whether a name is that of a rate of poverty, and of nothing else.

    >>> surely_poverty("poverty_rate"), surely_poverty("Poor households")
    (True, False)
    """
    return all(words.search(_bare(name)) for words in _RATES)


def is_rate(name: str) -> bool:
    """Say whether a name is that of a rate.

    >>> is_rate("Poverty rate"), is_rate("Poor households")
    (True, False)
    """
    return bool(_RATES[1].search(_bare(name)))


def _bare(name: str) -> str:
    return name.casefold().replace("_", " ")


def measured(name: str) -> str:
    """Return the name of what is measured, "" where it only says that it is a figure.

    >>> measured("Giá trị"), measured("Percentage of poor"), measured("")
    ('', 'Percentage of poor', '')
    """
    return "" if _FIGURE.fullmatch(name.replace("_", " ")) else name


def dated(header: str) -> tuple[str, str, str] | None:
    """Return what a header with one year measures, the year, and its second calendar year ("" where it has one).

    >>> dated("Hộ nghèo 2018: Số hộ"), dated("2015 (%)"), dated("poor_2015"), dated("FY2015/16"), dated("income")
    (('Hộ nghèo: Số hộ', '2018', ''), ('', '2015', ''), ('poor', '2015', ''), ('', '2015', '16'), None)
    >>> dated("Incidence (%) 2021p")
    ('Incidence (%)', '2021', '')
    """
    years = list(_YEAR.finditer(header))
    if len(years) != 1:
        return None
    (match,) = years
    rest = _OF_A_YEAR.sub(
        " ", f"{header[: match.start()]} {header[match.end() + len(year_mark(header)[0]) :]}"
    )
    rest = _EDGES.sub("", " ".join(re.sub(r"\s+([:,)])", r"\1", rest).split()))
    inside = re.fullmatch(r"\((.*)\)", rest)
    return "" if inside and unit_told(header) else rest, match[1], match[2] or ""


def year_mark(text: str) -> tuple[str, str]:
    """Return the mark behind the only year of a text, and the status that it says: "" where it says none.

    >>> year_mark("Poor 2021p"), year_mark("2022 (sơ bộ)"), year_mark("2019*"), year_mark("2015 (%)"), year_mark("2020est.")
    (('p', 'preliminary'), (' (sơ bộ)', 'preliminary'), ('*', ''), ('', ''), ('est.', 'estimate'))
    """
    years = list(_YEAR.finditer(text))
    found = _YEAR_MARK.match(text, years[0].end()) if len(years) == 1 else None
    if found is None:
        return "", ""
    return found[0], _SAID.get(next(filter(None, found.groups()), "").casefold(), "")


def without_marks(name: str) -> str:
    """Return a name without the marks of footnotes behind it.

    >>> [without_marks(name) for name in ("Abra 1/, 2/", "Papua*", "Papua 1)", "Quezon (a)", "Region 12", "Zone A/B")]
    ['Abra', 'Papua', 'Papua', 'Quezon', 'Region 12', 'Zone A/B']
    """
    return _MARKS.sub("", name)


def is_month(text: object) -> bool:
    """Say whether a text is a month or a quarter of a year.

    >>> is_month("2020-03"), is_month("2020Q1"), is_month("2020")
    (True, True, False)
    """
    return bool(re.fullmatch(r"(19|20)\d\d ?[-/.]? ?([MmQqTt]|Quý )? ?\d{1,2}", str(text)))


def fiscal(text: str) -> str:
    """Return the first calendar year of a year such as 2015/16 or 2015-2016, "" for any other text.

    >>> fiscal("2015/16"), fiscal("2015-2016"), fiscal("2015"), fiscal("2015-12")
    ('2015', '2015', '', '')
    """
    match = re.fullmatch(r"(?:FY ?)?((?:19|20)\d\d) ?[/–-] ?((?:19|20)?\d\d)", text.strip())
    return match[1] if match and int(match[2]) % 100 == (int(match[1]) + 1) % 100 else ""


# {kind of a package: {word: (one in English, several, in Vietnamese)}}: what is called otherwise than the kind itself.
_WORDS: dict[str, dict[str, tuple[str, str, str]]] = {
    "province": {
        "province": ("province", "provinces", "tỉnh"),
        "provinsi": ("province", "provinces", "tỉnh"),
        "provincia": ("province", "provinces", "tỉnh"),
        "tỉnh": ("province", "provinces", "tỉnh"),
        "tỉnh thành": ("province", "provinces", "tỉnh"),
        "tỉnh thành phố": ("province", "provinces", "tỉnh"),
        "state": ("state", "states", "bang"),
        "estado": ("state", "states", "bang"),
        "region": ("region", "regions", "vùng"),
        "región": ("region", "regions", "vùng"),
        "région": ("region", "regions", "vùng"),
        "vùng": ("region", "regions", "vùng"),
        "department": ("department", "departments", "tỉnh"),
        "departamento": ("department", "departments", "tỉnh"),
        "governorate": ("governorate", "governorates", "tỉnh"),
        "prefecture": ("prefecture", "prefectures", "tỉnh"),
        "canton": ("canton", "cantons", "bang"),
        "oblast": ("oblast", "oblasts", "tỉnh"),
        "division": ("division", "divisions", "vùng"),
        "country": ("country", "countries", "nước"),
        "nation": ("country", "countries", "nước"),
        "quốc gia": ("country", "countries", "nước"),
        "city": ("city", "cities", "thành phố"),
        "thành phố": ("city", "cities", "thành phố"),
    },
    "district": {
        "district": ("district", "districts", "huyện"),
        "huyện": ("district", "districts", "huyện"),
        "quận": ("district", "districts", "quận"),
        "quận huyện": ("district", "districts", "huyện"),
        "county": ("county", "counties", "quận"),
        "regency": ("regency", "regencies", "huyện"),
        "kabupaten": ("regency", "regencies", "huyện"),
        "municipality": ("municipality", "municipalities", "đô thị"),
        "municipio": ("municipality", "municipalities", "đô thị"),
        "comuna": ("municipality", "municipalities", "đô thị"),
    },
    "commune": {
        "commune": ("commune", "communes", "xã"),
        "xã": ("commune", "communes", "xã"),
        "xã phường": ("commune", "communes", "xã"),
        "ward": ("ward", "wards", "phường"),
        "phường": ("ward", "wards", "phường"),
        "village": ("village", "villages", "thôn"),
    },
}
_PLACE = re.compile(r"\b(place|area|location|entity|name|địa phương|đơn vị|địa bàn|nơi|tên|wilayah|lugar)\b")
# Codes of these are no kinds, and neither are units of measurement.
_NOT = re.compile(r"\b(code|id|iso|fips|mã|unit of measure|units?|đơn vị tính|đvt|fax)\b")
_WHOLE = re.compile(
    r"(the )?(whole )?(country|nation)|national( average)?|nationwide|cả nước|toàn quốc|whole country"
    r"|((promedio|total) )?(del? )?(pa[ií]s|nacional)|(ensemble|total) du pays|seluruh negara|nasional",
    re.IGNORECASE,
)
ORDER = ("province", "district", "commune")


@dataclass(frozen=True)
class PlaceKind:
    """A kind of place: ``kind``, as a package calls it, and its words; without words it is called a place."""

    kind: str = "province"
    one: str = "place"
    many: str = "places"
    vi: str = "địa phương"

    @property
    def words(self) -> dict[str, list[str] | str]:
        """Its words by language, as a descriptor has them."""
        return {"en": [self.one, self.many], "vi": self.vi}


def kind_of(text: str) -> PlaceKind | None:
    """Return the kind of place that the header of a column says, or None where it says none.

    >>> kind_of("State name").many, kind_of("Huyện/thị xã").kind, kind_of("State code"), kind_of("Địa phương").one
    ('states', 'district', None, 'place')
    """
    words = " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())
    if _NOT.search(words):
        return None
    told = [
        (found.start(), -len(word), kind, forms)
        for kind, known in _WORDS.items()
        for word, forms in known.items()
        if (
            found := re.search(rf"\b({re.escape(word)}|{re.escape(forms[1])})\b", words)
            or re.fullmatch(plain(word), words)
        )
    ]
    if told:
        *_, kind, forms = min(told)
        return PlaceKind(kind, *forms)
    return PlaceKind() if _PLACE.search(words) else None


def country_called(name: str) -> bool:
    """Say whether a name is that of a country, in a language that is spoken here.

    >>> country_called("INDONESIA"), country_called("Việt Nam"), country_called("Aceh")
    (True, True, False)
    """
    return plain(name) in _countries()


@cache
def _countries() -> frozenset[str]:
    names = [Locale(lang).territories.items() for lang in LANGUAGES]
    return frozenset(plain(name) for of in names for code, name in of if code.isalpha())


def whole_country(name: str) -> bool:
    """Say whether words stand for the whole country, whichever it is.

    >>> whole_country("Cả nước"), whole_country("National"), whole_country("Total")
    (True, True, False)
    """
    return bool(_WHOLE.fullmatch(name.strip(" :.*")))


def total(name: str) -> bool:
    """Say whether words sum up the rows above or below.

    >>> total("Tổng cộng:"), total("TOTAL"), total("Totale")
    (True, True, False)
    """
    return bool(TOTAL.fullmatch(name.strip(" :.*")))
