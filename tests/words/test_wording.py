import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from povertystats.words import wording
from povertystats.words.errors import NotFound


@given(st.floats(-1e9, 1e9), st.integers(0, 3))
def test_a_vietnamese_number_is_the_english_one_with_comma_and_point_swapped(value, decimals):
    vi, en = (wording.number(value, lang, decimals) for lang in ("vi", "en"))
    assert vi.translate(str.maketrans(",.", ".,")) == en
    assert float(en.replace(",", "").replace("−", "-")) == pytest.approx(
        value, abs=0.5 * 10**-decimals + 1e-6
    )


@given(st.floats(0, 1))
def test_a_probability_is_never_told_as_certain(p):
    for lang in wording.LANGUAGES:
        assert wording.probability(p, lang) not in ("0%", "100%")


@given(st.floats(0.01, 0.99))
def test_odds_are_near_the_probability(p):
    n, d = (int(x) for x in wording.odds(p, "en").removeprefix("about ").split(" in "))
    # Half a per cent goes in writing p in whole per cents first.
    assert abs(n / d - p) <= 0.055


def test_numbers_and_dates_by_the_rules_of_each_language():
    assert wording.number(-0.001, "vi", 2) == "0,00"
    assert wording.date(datetime.date(2020, 5, 7), "vi") == "07/5/2020"
    assert wording.moment("2019-11", 2019, "en") == "November 2019"
    assert wording.quantity(-17.07, "pp", "vi") == "−17,07 điểm phần trăm"
    assert wording.quantity(5000, "persons", "vi") == "5.000 người"


def test_what_is_counted_once_stands_in_the_singular():
    sentence = "review.problem"
    one, two, none = (wording.say(sentence, "en", kind="missing", column="year", n=n) for n in (1, 2, 0))
    assert (one, two) == ("– missing (year): 1 record.", "– missing (year): 2 records.")
    assert none.endswith("0 records.") and wording.say("register.records", "vi", n=1) == "1 bản ghi"
    for lang, forms in (("vi", ("vì nó, ", "vì chúng, ")), ("en", ("because it, ", "because they, "))):
        for n, form in zip((1, np.int64(3)), forms, strict=True):
            assert form in wording.say("review.hidden", lang, n=n, minimum=10)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="'fr' is not known; choose one of vi, en"):
        wording.say("odds.about", "fr", n=1, d=2)
    with pytest.raises(NotFound, match="no sentence 'odds.nearly'"):
        wording.say("odds.nearly", "vi")
