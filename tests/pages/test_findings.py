"""Findings on the drivers: those of the library, bad news first, and none where the figures carry none."""

import html
import re
from dataclasses import replace

import pytest

from povertystats.drivers import declared
from povertystats.pages import findings
from povertystats.words.wording import say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])

NO_DRIVER = {
    "vi": "Trong các yếu tố có số liệu (đào tạo, vốn chương trình), không yếu tố nào có tương quan ổn định với tỷ lệ nghèo khi đổi thang đo hay phương pháp; tín dụng chưa đủ số liệu.",
    "en": "None of the drivers with figures (training, programme money) keeps its association with poverty when the scale or the method changes; credit has too few figures.",
}


def lines(markdown):
    assert all(line.startswith("- ") for line in markdown.splitlines())
    return [line[2:] for line in markdown.splitlines()]


def told(text):
    """Return a text as Markdown carries it: nothing in it is markup."""
    return re.sub(r"([\\`*_\[\]$~])", r"\\\1", html.escape(text, quote=False))


@LANGUAGES
def test_no_driver_stands_on_every_scale_and_in_every_treatment(known, fits, lang):
    signs = {}
    for name, fit in fits.items():
        for row in fit.table.itertuples():
            sign = 1 if row.low > 0 else -1 if row.high < 0 else 0
            signs.setdefault(name.partition("_")[0], set()).add(sign)
    assert all(len(found) > 1 or found == {0} for found in signs.values())
    assert findings.which_driver(fits, known, lang) == NO_DRIVER[lang]


def test_a_driver_that_stands_everywhere_is_named(known, fits):
    steady = fits["training"].table.assign(estimate=-1.0, low=-2.0, high=-0.5)
    clear = {name: replace(fits["training"], table=steady) for name in ("training", "training_before")}
    name = known.title("trained_pct", "en", short=True)
    assert findings.which_driver(clear, known, "en") == say("brief.steady", "en", names=name)


@LANGUAGES
def test_an_early_day_carries_no_finding(facts, lang):
    early = facts.as_of("2009-01-01")
    fits = declared.driver_fits(early)
    none = say("brief.no_drivers", lang)
    assert fits == {} == declared.curves(early)
    assert findings.which_driver(fits, early, lang) == none
    found = [
        declared.timing(early, "training"),
        declared.hidden(early, "training", "points"),
        declared.coverage(early),
    ]
    assert found == [None] * 3 and {findings.listed(one, lang) for one in found} == {none}


@LANGUAGES
def test_a_finding_is_a_list_of_its_sentences_without_markup(known, fits, lang):
    labels = declared.driver_names(known, lang)
    for fit in fits.values():
        whole = fit.text(lang, labels=labels).splitlines()
        found = lines(findings.listed(fit, lang, labels=labels))
        assert found == list(map(told, whole))
        assert not any(name in "".join(found) for name in ("_pct", "_vnd"))
