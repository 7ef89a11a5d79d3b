"""What every reader-facing text obeys: the glossary, the spelling and the signs of its language."""

import csv
import json
import re
import string
import tomllib
import unicodedata
from pathlib import Path

import pytest

from povertystats.words.glossary import load_glossary, misused
from povertystats.words.languages import LANGUAGES as KNOWN
from povertystats.words.languages import own_sentences

ROOT = Path(__file__).resolve().parent.parent
# A language of sentences alone has no notebooks and no titles of its own in the data.
LANGUAGES = [lang for lang in KNOWN if (ROOT / "notebooks" / lang).is_dir()]
# Columns of data/*.csv that readers see; {} is the language.
COLUMNS = {
    "indicators": ["title_{}", "short_{}"],
    "targets": ["wording_{}", "evidence_{}", "settled_by_{}"],
    "levers": ["title_{}", "note_{}"],
    "drivers": ["title_{}"],
    "places": ["region_{}", "place"],
    "standards": ["title_{}"],
}


def filled(text):
    """Return a sentence with its placeholders as "x": what stands between the braces is no text."""
    parts = string.Formatter().parse(text)
    return "".join(before + ("x" if name is not None else "") for before, name, _, _ in parts)


def notebook_cells(lang):
    for path in sorted((ROOT / "notebooks" / lang).glob("*.ipynb")):
        for number, cell in enumerate(json.loads(path.read_text("utf-8"))["cells"]):
            if cell["cell_type"] == "markdown":
                # Code in a text, such as a file name, belongs to no language.
                yield f"{path.stem} cell {number}", re.sub(r"`[^`]*`", "x", "".join(cell["source"]))


def data_titles(lang):
    for name, columns in COLUMNS.items():
        with (ROOT / "data" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), start=2):
                for column in columns:
                    yield f"{name}.csv row {number}", row[column.format(lang)]


def criteria_titles(lang, node=None, where="criteria.toml"):
    """Return the titles and rules of the poverty standards."""
    node = tomllib.loads((ROOT / "data" / "criteria.toml").read_text("utf-8")) if node is None else node
    for name, child in node.items():
        if isinstance(child, dict):
            yield from criteria_titles(lang, child, f"{where} {name}")
        elif name in (lang, f"rule_{lang}"):
            yield where, child


def texts(lang):
    """Return every text of a language as (where, text)."""
    said = [(key, filled(text)) for key, text in own_sentences(lang).items()]
    terms = [(f"glossary {t.key}", f"{t.spelling[lang]}: {t.meaning[lang]}") for t in load_glossary()]
    return [*said, *terms, *notebook_cells(lang), *data_titles(lang), *criteria_titles(lang)]


TEXTS = {lang: texts(lang) for lang in LANGUAGES}
# A decimal is told from a thousand by its groups of three: 0.031 and 19.57 are decimals, 2.500 is not.
_THOUSANDS = r"[1-9]\d{{0,2}}(?:{0}\d{{3}})+"
WRONG = {
    "a double space": (r"\S  +\S",) * 2,
    "a space before a sign": (r" [,;:!?](?!\w)| \.(?!\w)",) * 2,
    "a hyphen for minus": (r"(?<![\w–/-])-\d",) * 2,
    # Bà Rịa - Vũng Tàu and the ministry of labour are written so in law.
    "a dash as punctuation": (r"(?<=\w)\s[–—-]\s(?!Vũng Tàu|Thương binh)|—",) * 2,
    "a date of another language": (
        # By decree 30/2020/NĐ-CP a day below 10 and the months 1 and 2 have a zero in front, other months have none.
        r"\b\d{4}-\d{2}-\d{2}\b|(?<![\d/])\d/\d+/\d{4}|\d/0[3-9]/\d{4}|(?<!\d)[12]/\d{4}\b|\b(January|February|March|April|June|July"
        r"|August|September|October|November|December)\b",
        r"\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}/\d{1,2}/\d{4}\b|\b(January|February|March|April|May|June|July"
        r"|August|September|October|November|December) \d{1,2}\b(?! ?\d{2})|\btháng\b",
    ),
    # The mark stands on the first vowel of oa, oe, uy at the end of a syllable: hòa, khỏe, thủy, but quý.
    "a tone mark on the second vowel": (r"(?<![qQ])(?:o[àáảãạèéẻẽẹ]|u[ỳýỷỹỵ])(?!\w)", r"(?!)"),
}


# What a native reader found stiff or wrong in Vietnamese, in the order of that reading, as patterns; "x" is a value.
REPLACED = (
    r"có khả năng đạt đến đâu",
    r"khả năng đạt cao hơn không đạt",
    r"\d trên (?!100\b)\d",
    r"(?<!theo )đúng câu chữ",
    r"[Cc]ách hiểu có căn cứ:",
    r"Đúng câu chữ đã in",
    r"[Mm]ức chắc chắn",
    r"[Ll]ệch bình quân",
    r"thay đổi [−x]\S* điểm phần trăm so với số liệu trước",
    r"trung vị của dự báo",
    r"nhịp biến động",
    r"[Cc]ần thay đổi",
    r"số liệu (chưa|không) cho biết (chiều|dấu)",
    r"cách tính( đã)? chốt",
    r"[Mm]ọi hộ nghèo thuộc chính sách",
    r"Thêm [\dx]+ trường",
    r"xấu thì xấu",
    r"cách hiểu đã biết kết quả",
    r"Đã biết những gì",
    r"[Hh]ai cách đo, không nối",
    r"GSO(?!\))",
    r"[Cc]ú sốc",
    r"có mức thay đổi từ",
    r"tung đồng xu",
    r"[Đđ]iểm log\b",
    r"[Cc]hỗ đứt",
    r"Không có Quảng Ninh",
    r"[Đđ]iều đến sau",
    r"diễn biến thông thường",
    r"Trở về ",
    r"tổng các tích",
    r"^Theo (log-odds|điểm phần trăm)$",
    r"[Ss]inh ra, mở",
    r"tìm lại được sự thật",
    r"[Nn]ghèo về thiếu hụt",
    r"^(rồi|chỉ tên)$",
    r"illustrative(?!_)",
    WRONG["a date of another language"][0],
    r"\bT[PX] [A-ZĐ]",
    r"trong thời gian ngắn",
)


def test_no_text_holds_what_was_replaced():
    found = [
        f"{where}: …{text[max(m.start() - 30, 0) : m.end() + 20]}…"
        for where, text in TEXTS["vi"]
        for pattern in REPLACED
        for m in re.finditer(pattern, text)
    ]
    assert len(REPLACED) == 40 and not found, "\n".join(found)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_uses_what_the_glossary_avoids(lang):
    found = [f"{where}: {use}" for where, text in TEXTS[lang] for use in misused(text, lang)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("what", WRONG)
def test_no_text_holds(what, lang):
    pattern = re.compile(WRONG[what][LANGUAGES.index(lang)])
    found = [
        f"{where}: …{text[max(m.start() - 30, 0) : m.end() + 20]}…"
        for where, text in TEXTS[lang]
        for m in pattern.finditer(text)
    ]
    assert not found, "\n".join(found)


def foreign_decimals(text, lang):
    """Return the numbers that are written with the decimal sign of the other language."""
    other = {"vi": r"\.", "en": ","}[lang]
    # The orders of a model and the version of a licence are names, written alike in every language.
    text = re.sub(r"ARIMA\([\d,]*\)|CC BY [\d.]+|Creative Commons \D*[\d.]+|https?://\S+", "", text)
    numbers = re.findall(rf"(?<![\w/,.])\d+(?:{other}\d+)+(?![\w/])", text)
    return [x for x in numbers if not re.fullmatch(_THOUSANDS.format(other), x)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_decimals_are_those_of_the_language(lang):
    found = [f"{where}: {x}" for where, text in TEXTS[lang] for x in foreign_decimals(text, lang)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_letter_is_composed(lang):
    found = [where for where, text in TEXTS[lang] if text != unicodedata.normalize("NFC", text)]
    assert not found, found


def fields(text):
    """Return the placeholders of a sentence with their formats; plurals and capitals are each language's own affair."""
    found = {(name, spec) for _, name, spec, _ in string.Formatter().parse(text) if name is not None}
    return {(name, spec) for name, spec in found if not spec.startswith(("plural ", "heading"))} | {
        (name, "") for name, spec in found if spec == "heading"
    }


def test_every_language_has_every_sentence_with_the_same_values_in_the_same_formats():
    english = own_sentences("en")
    for lang in LANGUAGES:
        ours = own_sentences(lang)
        assert ours.keys() == english.keys()
        assert all(text.strip() for text in ours.values())
        found = [key for key in ours if fields(ours[key]) != fields(english[key])]
        assert not found, found


def test_a_reader_meets_every_term_of_the_glossary():
    """Looked for in Vietnamese, whose words do not change their form."""
    met = "\n".join(text for where, text in TEXTS["vi"] if not where.startswith("glossary")).casefold()
    # An abbreviation in brackets may be missing where the term is used.
    spelled = {t.key: re.sub(r" \(\w+\)", "", t.spelling["vi"]).casefold() for t in load_glossary()}
    unused = [f"{key}: {spelling}" for key, spelling in spelled.items() if spelling not in met]
    assert not unused, "\n".join(unused)


@pytest.mark.parametrize(
    ("text", "lang", "what"),
    [
        ("giảm  nhanh", "vi", "a double space"),
        ("giảm nhanh , rồi chậm", "vi", "a space before a sign"),
        ("thay đổi -2,31 điểm", "vi", "a hyphen for minus"),
        ("falls - slowly", "en", "a dash as punctuation"),
        *(
            (f"ngày {day}", "vi", "a date of another language")
            for day in ("07/05/2020", "7/5/2020", "17/1/2020", "2/2019")
        ),
        ("on May 7, 2020", "en", "a date of another language"),
        ("on 7/5/2020", "en", "a date of another language"),
        ("Khánh Hoà", "vi", "a tone mark on the second vowel"),
        ("uỷ thác", "vi", "a tone mark on the second vowel"),
    ],
)
def test_a_wrong_text_would_be_found(text, lang, what):
    assert re.search(WRONG[what][LANGUAGES.index(lang)], text)


@pytest.mark.parametrize(
    "text", ["hóa, tùy, ủy, quý, thoát, hoàn, khoảng", "59/2015/QĐ-TTg, 07/5/2020, 02/2019, 2016-2020"]
)
def test_a_right_text_is_left_alone(text):
    assert not [what for what, (vi, _) in WRONG.items() if re.search(vi, text)]


def test_a_foreign_decimal_would_be_found():
    assert foreign_decimals("0.031 và 2.31 nhưng 1.992 hộ, 12.309 dữ kiện", "vi") == ["0.031", "2.31"]
    assert foreign_decimals("0,031 and 2,31 but 1,992 households in 2010, 2011", "en") == ["0,031", "2,31"]
