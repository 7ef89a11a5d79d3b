import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.packages.phrase import FORMS, read_phrase
from povertystats.words.errors import InvalidValue

# What is said: kind, direction, bound, unit, year, first year.
SAID = {
    "NAME <= 14 in 2024": ("level", "at_most", 14, "", 2024, None),
    "NAME at most 14.5% by the end of 2024": ("level", "at_most", 14.5, "pct", 2024, None),
    "NAME còn 14,5% vào năm 2024": ("level", "at_most", 14.5, "pct", 2024, None),
    "NAME falls to 9 by 2030.": ("level", "at_most", 9, "", 2030, None),
    "NAME>=95 in 2025": ("level", "at_least", 95, "", 2025, None),
    "NAME đạt ít nhất 95% năm 2025": ("level", "at_least", 95, "pct", 2025, None),
    "NAME falls by 2 points in 2024": ("change", "at_most", -2, "pp", 2024, None),
    "NAME giảm ít nhất 2 điểm phần trăm năm 2024": ("change", "at_most", -2, "pp", 2024, None),
    "NAME rises by 3 in 2024": ("change", "at_least", 3, "", 2024, None),
    "NAME down by 2.5 percentage points from 2020 to 2025": (
        "change_since",
        "at_most",
        -2.5,
        "pp",
        2025,
        2020,
    ),
    "NAME falls by 0.5 points a year from 2021 to 2025": ("per_year", "at_most", -0.5, "pp", 2025, 2021),
    "NAME giảm bình quân 0,5 điểm mỗi năm giai đoạn 2021-2025": (
        "per_year",
        "at_most",
        -0.5,
        "pp",
        2025,
        2021,
    ),
    "NAME giảm 1 điểm %/năm từ năm 2021 đến năm 2025": ("per_year", "at_most", -1, "pp", 2025, 2021),
    "NAME falls by a third from 2020 to 2025": ("relative", "at_most", -33.3333, "pct", 2025, 2020),
    "NAME giảm 2/3 đến năm 2025 so với năm 2020": ("relative", "at_most", -66.6666, "pct", 2025, 2020),
    "NAME giảm một nửa từ 2015 đến 2030": ("relative", "at_most", -50, "pct", 2030, 2015),
    "NAME giảm 30% từ 2020 đến 2025": ("relative", "at_most", -30, "pct", 2025, 2020),
    "NAME rank <= 5 in 2025": ("rank", "at_most", 5, "", 2025, None),
    "NAME xếp hạng 5 năm 2025": ("rank", "at_most", 5, "", 2025, None),
    "NAME rank from the top <= 3 in 2025": ("rank", "at_least", 3, "", 2025, None),
    "NAME total >= 5000 in 2025": ("count", "at_least", 5000, "", 2025, None),
    "NAME không còn năm 2025": ("all_of", "at_most", 0, "", 2025, None),
}


def told(phrase):
    return phrase.kind, phrase.direction, phrase.bound, phrase.unit, phrase.year, phrase.base_year


@pytest.mark.parametrize("name", ["poor_pct", "Tỷ lệ hộ còn nghèo (%)", "Total of the poor", ""])
def test_every_form_is_understood_with_any_name(name):
    for text, expected in SAID.items():
        phrase = read_phrase(text.replace("NAME", name).strip())
        assert (phrase.name, *told(phrase)) == (name, *expected), text


def test_the_forms_that_a_refusal_lists_are_understood_and_mean_the_same():
    for english, own in FORMS:
        english, own = (re.sub(r" \([^)]*\)", "", text) for text in (english, own))
        assert told(read_phrase(english)) == told(read_phrase(own)), english


# What is refused: where it is not understood, and what was expected.
REFUSED = {
    "poor_pct <= fourteen in 2024": "a number was expected where 'fourteen in 2024' stands",
    "poor_pct < 14 in 2024": "'<' leaves open whether the bound itself is enough",
    "poor_pct dưới 14 năm 2024": "'dưới' leaves open",
    "poor_pct is 14": "nothing in it says what is to be reached",
    "": "nothing in it says",
    "x falls by 30% in 2024": '"points" where the rate is to move by 30 points',
    "x falls by 5% a year from 2020 to 2025": 'without "a year"',
    "x falls by 2 points a year in 2025": "the years of the plan",
    "x <= 1.500 in 2024": "a number that means one thing",
    "x <= 14 in 24": "the year, such as \"in 2025\", was expected where '24' stands",
    "x <= 14": "was expected at its end",
    "x <= 14 points in 2024": "a level and no points",
    "x <= 14 in 2024 maybe": "the end was expected where 'maybe' stands",
    "x falls by a third from 2025 to 2020": "a first year before 2020",
    "x falls by 3/2 from 2020 to 2025": "a part of the whole, such as 1/3, was expected where '3/2 from",
    "x falls by -2 points in 2024": "a number without a sign",
}


def test_what_is_not_understood_is_pointed_at_and_the_forms_are_listed():
    for text, why in REFUSED.items():
        with pytest.raises(InvalidValue) as refused:
            read_phrase(text)
        assert why in str(refused.value) and FORMS[0][0] in str(refused.value), text


AMOUNT = st.decimals(0, 99, places=2).filter(lambda value: value)


@given(AMOUNT, st.integers(1990, 2060), st.integers(1, 20), st.sampled_from([".", ","]))
def test_an_amount_is_read_as_it_is_written_and_a_fall_is_negative(amount, year, span, sign):
    number = str(amount).replace(".", sign)
    assert read_phrase(f"x <= {number} in {year}").bound == float(amount)
    for text in (f"x falls by {number} points in {year}", f"x giảm {number} điểm năm {year}"):
        assert told(read_phrase(text))[2:5] == (-float(amount), "pp", year)
    relative = read_phrase(f"x rises by {number}% from {year - span} to {year}")
    assert told(relative) == ("relative", "at_least", float(amount), "pct", year, year - span)


@given(st.text(max_size=40))
def test_any_text_is_understood_or_refused_in_words(text):
    try:
        phrase = read_phrase(text)
    except InvalidValue as refused:
        assert "a target is written as" in str(refused)
    else:
        assert 1900 <= phrase.year < 2100
