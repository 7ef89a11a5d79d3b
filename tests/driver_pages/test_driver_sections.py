"""The pieces of the annex on drivers: the same for any package, what is lacking with its reason, none of our words."""

import re
from dataclasses import replace

import numpy as np
import pytest
from helpers.counties import DRIVERS, ROLES, counties, package
from helpers.markdown import lines, told

from povertystats.driver_pages import driver_sections
from povertystats.drivers import declared
from povertystats.sheet import brief
from povertystats.words.wording import say

OURS = (
    "GSO",
    "Bắc Kạn",
    "2.5%",
    "Việt Nam",
    "Viet Nam",
    "Quảng Ninh",
    "provinc",
    "tỉnh",
    "poverty",
    "nghèo",
)
FEW = ["clinics_per_10k", "grant_kip"]


@pytest.fixture(scope="module")
def foreign(known):
    return package(known, counties()[["place", "year", "hardship_pct", *FEW, "town_pct"]], ROLES)


def shown(known, lang):
    pieces = [*driver_sections.summary(known, lang), *driver_sections.sections(known, lang)]
    texts = [getattr(piece, "alt", None) or repr(piece) for piece in pieces]
    return "\n".join([*texts, driver_sections.lacking(known, lang)])


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_each_declared_driver_has_every_piece_and_none_of_our_words(foreign, lang):
    text = shown(foreign, lang)
    headings = [line for line in text.splitlines() if line.startswith("#")]
    assert len([h for h in headings if h.startswith("## ")]) == len(FEW)
    assert len(headings) == len(set(headings)) == 5 * len(FEW)
    assert not [word for word in OURS if word in text] and not re.search(r"(?<![\d.,])63(?![\d.,])", text)


def test_the_table_says_what_the_checks_say(foreign):
    (table,) = driver_sections.summary(foreign, "en")
    rows = table.frame.set_index("Driver")
    curve = declared.curves(foreign)["clinics_per_10k"]
    assert rows.loc["CLINICS_PER_10K", "Specifications"] == str(len(curve.fitted))
    assert rows.loc["CLINICS_PER_10K", "Clearly negative"] == str((curve.fitted["high"] < 0).sum())
    assert rows.loc["CLINICS_PER_10K", "As many by chance"] in ("under 1%", "1%")
    assert rows.loc["GRANT_KIP", "Figures"] == "126 observations, 14 places, 2011–2019"


def test_what_cannot_be_worked_out_has_its_reason_in_one_place(known):
    frame = counties()[["place", "year", "hardship_pct", *DRIVERS]].assign(herd_heads=7.0)
    frame.loc[frame["year"] != 2014, "roads_km"] = np.nan
    frame.loc[~frame["place"].isin(["County A", "County B"]), "grant_kip"] = np.nan
    facts = package(known, frame, ROLES)
    told = driver_sections.lacking(facts, "en")
    assert "ROADS\\_KM: there are figures of 2014 only" in told
    assert "GRANT\\_KIP: fewer than three places have figures of two years or more" in told
    assert "HERD\\_HEADS: it does not vary within places" in told
    assert "CLINICS" not in told
    assert len([*driver_sections.sections(facts, "en")]) > 5


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_without_drivers_the_page_says_so(known, lang):
    facts = package(known, counties()[["place", "year", "hardship_pct"]], ROLES)
    assert driver_sections.summary(facts, lang) == [] == [*driver_sections.sections(facts, lang)]
    assert {"vi": "không khai báo yếu tố nào", "en": "declares no drivers"}[lang] in driver_sections.lacking(
        facts, lang
    )


# In the brief


LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])

NO_DRIVER = {
    "vi": "Không yếu tố nào rõ rệt: không phải cách tính nào cũng cho thấy đào tạo, vốn chương trình gắn rõ rệt với tỷ lệ nghèo thu nhập thấp hơn (hay cao hơn); tín dụng chưa đủ số liệu. Không thể dùng để quyết định mở rộng yếu tố nào.",
    "en": "No driver is clear: for none with figures (training, programme money) do all ways of computing agree on a clearly lower or higher value of the income poverty rate; credit has too few figures. They cannot be used to decide what to expand.",
}


@LANGUAGES
def test_no_driver_stands_on_every_scale_and_in_every_treatment(known, fits, lang):
    signs = {}
    for name, fit in fits.items():
        for row in fit.table.itertuples():
            sign = 1 if row.low > 0 else -1 if row.high < 0 else 0
            signs.setdefault(name.partition("_")[0], set()).add(sign)
    assert all(len(found) > 1 or found == {0} for found in signs.values())
    assert driver_sections.which_driver(fits, known, lang) == NO_DRIVER[lang]


@LANGUAGES
def test_the_sheet_says_of_which_measure_it_speaks(known, lang):
    other = driver_sections.drivers_short(known, "Bắc Kạn", lang)
    names = [known.title(one, lang, short=True) for one in ("poor_household_pct", "poor_income_pct")]
    head, _, rest = NO_DRIVER[lang].partition(": ")
    measure = say("brief.driver_rate", lang, main=names[0], rates=names[1])
    assert other == f"**{head}:** {told(rest)} {told(measure)}" and names[0] != names[1]


def test_a_driver_that_stands_everywhere_is_named(known, fits):
    steady = fits["training"].table.assign(estimate=-1.0, low=-2.0, high=-0.5)
    clear = {name: replace(fits["training"], table=steady) for name in ("training", "training_before")}
    name = known.title("trained_pct", "en", short=True)
    assert driver_sections.which_driver(clear, known, "en") == say("brief.steady", "en", names=name)


@LANGUAGES
def test_an_early_day_carries_no_finding(facts, lang):
    early = facts.as_of("2009-01-01")
    fits = declared.driver_fits(early)
    none = say("brief.no_drivers", lang)
    assert fits == {} == declared.curves(early)
    assert driver_sections.which_driver(fits, early, lang) == ""
    assert driver_sections.drivers_text(early, lang) == f"- {told(none)}"
    found = [
        declared.timing(early, "training"),
        declared.hidden(early, "training", "points"),
        declared.coverage(early),
    ]
    assert found == [None] * 3 and {brief.listed(one, lang) for one in found} == {none}


@LANGUAGES
def test_a_finding_is_a_list_of_its_sentences_without_markup(known, fits, lang):
    labels = declared.driver_names(known, lang)
    for fit in fits.values():
        whole = fit.text(lang, labels=labels).splitlines()
        found = lines(brief.listed(fit, lang, labels=labels))
        assert found == list(map(told, whole))
        assert not any(name in "".join(found) for name in ("_pct", "_vnd"))
