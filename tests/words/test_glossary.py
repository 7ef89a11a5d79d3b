import random
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.words import glossary as glossary_file
from povertystats.words.glossary import alphabetical, glossary, load_glossary, misused
from povertystats.words.wording import LANGUAGES

# As in Vietnamese dictionaries: đ after d, ă and â after a, tones in the order none, huyền, hỏi, ngã, sắc, nặng.
DICTIONARY = (
    [
        "135",
        "a",
        "à",
        "ả",
        "ã",
        "á",
        "ạ",
        "an",
        "ăn",
        "ân",
        "bảo hiểm",
        "biến",
        "cách",
        "cụm",
        "da",
        "dư",
        "dự",
    ]
    + ["đa", "đào", "đi", "e", "ê", "giảm", "hộ", "hộ cận nghèo", "hộ nghèo", "hồi", "hộp", "la", "lao", "lá"]
    + [
        "lo",
        "lô",
        "lơ",
        "ma trận",
        "ma xát",
        "mà",
        "mã",
        "số",
        "tai",
        "tài",
        "tu",
        "tư",
        "từ",
        "xa",
        "xã",
        "y",
    ]
)
GOOD = {
    "rate": 'vi = "tỷ lệ"\nen = "rate"\nmeans_vi = "Phần trên tổng."\nmeans_en = "A part of all."\n'
    'avoid_vi = { "tỉ lệ" = "viết tỷ lệ" }\n',
    "point": 'vi = "điểm phần trăm"\nen = "percentage point"\nmeans_vi = "Hiệu hai tỷ lệ."\n'
    'means_en = "Between two rates."\n',
}


def written(folder, **changed):
    """Write a glossary file of two terms, one of them changed, and return its path."""
    path = folder / "glossary.toml"
    path.write_text("".join(f"[{k}]\n{v}\n" for k, v in {**GOOD, **changed}.items()), encoding="utf-8")
    return path


def test_a_dictionary_keeps_its_order():
    # "lao" before "lá": letters come before tones, syllable by syllable.
    order = [x for x in DICTIONARY if x not in ("lao", "lá")]
    shuffled = random.Random(5).sample(order, len(order))
    assert sorted(shuffled, key=lambda x: alphabetical(x, "vi")) == order
    assert sorted(["lao", "lá", "la"], key=lambda x: alphabetical(x, "vi")) == ["la", "lá", "lao"]


@given(st.text("aăâbdđeêioôơuưy áàảãạ", max_size=12), st.text("aăâbdđeêioôơuưy áàảãạ", max_size=12))
def test_the_order_does_not_depend_on_how_a_letter_is_encoded_or_on_case(one, other):
    def encoded(text):
        return [text, unicodedata.normalize("NFD", text), text.upper()]

    smaller = {
        alphabetical(a, "vi") < alphabetical(b, "vi")
        for a, b in zip(encoded(one), encoded(other), strict=True)
    }
    assert len(smaller) == 1


def test_each_language_has_every_term_in_its_own_alphabet():
    vi, en = glossary("vi"), glossary("en")
    assert set(zip(vi["term"], vi["other"], strict=True)) == set(zip(en["other"], en["term"], strict=True))
    assert len(vi) == len(load_glossary()) == len(set(vi["term"]))
    assert vi["term"].tolist().index("dữ liệu bảng") < vi["term"].tolist().index("đào tạo nghề")
    assert en["term"].tolist() == sorted(en["term"], key=lambda t: t.replace("-", " ").casefold().split())
    assert all(frame["definition"].str.endswith(".").all() for frame in (vi, en))


def test_the_poverty_standards_name_the_decisions_of_the_data(facts):
    (standard,) = [t for t in load_glossary() if t.key == "poverty_standard"]
    assert standard.source.split("; ") == facts.standards["decision"].tolist()


def test_variants_are_found_as_whole_words_in_any_case_and_encoding():
    assert len(misused("TỈ LỆ nghèo", "vi")) == 1
    assert len(misused(unicodedata.normalize("NFD", "tỉ lệ nghèo"), "vi")) == 1
    assert not misused("tỷ lệ nghèo", "vi")
    assert not misused("an effective rule", "en") and misused("the effect, at last", "en")
    assert not misused("two-way fixed effects; not cause and effect", "en")
    assert len(misused("the effect beside fixed effects", "en")) == 1


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_variant_is_refused_and_every_term_passes(lang):
    for term in load_glossary():
        assert not misused(term.spelling[lang], lang)
        for variant in term.avoid.get(lang, {}):
            assert any(variant in use for use in misused(f"x {variant}, y", lang)), variant


def test_ours_is_right():
    ours = Path(glossary_file.__file__).with_name("glossary.toml")
    assert load_glossary(ours) == load_glossary()


def test_a_file_of_ones_own(tmp_path):
    rate, _ = load_glossary(written(tmp_path))
    assert (rate.key, rate.spelling["en"], rate.source) == ("rate", "rate", "")
    assert misused("tỉ lệ", "vi", terms=(rate,)) == ["tỉ lệ (say tỷ lệ: viết tỷ lệ)"]


@pytest.mark.parametrize(
    ("point", "problem"),
    [
        ('vi = "điểm"\n' + GOOD["point"].split("\n", 2)[2], "point: 'en' is missing"),
        (
            GOOD["point"].replace("Hiệu hai tỷ lệ.", " "),
            "point.means_vi: expected one sentence with its full stop, of at most 160 characters, not ' '",
        ),
        (
            GOOD["point"].replace("Hiệu hai tỷ lệ.", "Hiệu. Của hai tỷ lệ."),
            "point.means_vi: expected one sentence with its full stop, of at most 160 characters",
        ),
        (
            GOOD["point"].replace("Hiệu hai tỷ lệ.", "Hiệu hai tỷ lệ"),
            "point.means_vi: expected one sentence with its full stop, of at most 160 characters",
        ),
        (
            GOOD["point"].replace("rates.", "rates" + " and so on" * 20 + "."),
            "point.means_en: expected one sentence with its full stop, of at most 160 characters",
        ),
        (GOOD["point"].replace("percentage point", "Rate"), "point: 'Rate' already stands at rate"),
        (GOOD["point"].replace("điểm phần trăm", "tỉ lệ"), r"point: uses tỉ lệ \(say tỷ lệ"),
        (GOOD["point"].replace("hai tỷ lệ", "hai tỉ lệ"), r"point: uses tỉ lệ \(say tỷ lệ"),
        (GOOD["point"] + 'note = "x"\n', "point: 'note' is not known; expected vi, en, means_vi"),
        (GOOD["point"] + "source = 135\n", "point.source: expected a text, not 135"),
        (
            GOOD["point"] + 'avoid_en = { "pp" = "" }\n',
            "point.avoid_en.pp: expected the reason why not, not ''",
        ),
        (
            GOOD["point"] + 'avoid_en = "pp"\n',
            "point.avoid_en: expected a table of variants with reasons, not 'pp'",
        ),
        (
            GOOD["point"] + 'allow_en = ["fixed effects"]\n',
            "point.allow_en: 'fixed effects' holds no variant",
        ),
        (unicodedata.normalize("NFD", GOOD["point"]), "not in NFC"),
    ],
)
def test_a_bad_file_is_refused(tmp_path, point, problem):
    with pytest.raises(ValueError, match=problem):
        load_glossary(written(tmp_path, point=point))


def test_all_problems_are_told_at_once(tmp_path):
    path = written(tmp_path, rate='vi = "tỷ lệ"\n', point='en = "point"\n')
    with pytest.raises(ValueError, match="cannot use .* as a glossary") as caught:
        load_glossary(path)
    assert len(str(caught.value).splitlines()) == 1 + 3 + 3
    path = tmp_path / "flat.toml"
    path.write_text('rate = "tỷ lệ"\n', encoding="utf-8")
    with pytest.raises(ValueError, match="rate: expected a table, not 'tỷ lệ'"):
        load_glossary(path)


def test_another_language_is_named():
    for call in (glossary, lambda lang: misused("x", lang)):
        with pytest.raises(ValueError, match="'fr' is not known; choose one of vi, en"):
            call("fr")
