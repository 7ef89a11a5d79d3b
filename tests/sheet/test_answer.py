"""The first words of the sheet say what the objects behind them say, the answer before anything else."""

from dataclasses import replace

import pytest
from helpers.markdown import told

import povertystats as ps
from povertystats.forecasts import outlook
from povertystats.records import backtest
from povertystats.sheet import answer
from povertystats.sheet.banner import banner
from povertystats.sheet.dots import asked, in_one, printed
from povertystats.targets.verdict import chance
from povertystats.words.wording import likely, moment, number, odds, quantity, say

PLACE = "Bắc Kạn"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def quoted(markdown):
    """Return the title, what stands between, and the lines of the block quote of an answer."""
    title, *between, quote = markdown.split("\n\n")
    assert title.startswith("## ") and all(line.startswith(">") for line in quote.splitlines())
    return title[3:], between, [line[2:] for line in quote.splitlines() if line != ">"]


@LANGUAGES
def test_the_answer_comes_dated_and_what_is_known_by_now_stands_above_it(card, known, facts, ahead, lang):
    title, between, quote = quoted(answer.answer(card, known, lang, later=facts))
    assert title == say("brief.title", lang, place=PLACE, years="2020")
    assert between == [banner(card, known, facts, lang), say("brief.known", lang, day=card.day(lang))]
    last = {"now": 19.57, "when": moment("2019-12", 2019, lang), "year": 2020, "median": ahead.level_at(0.5)}
    low, high = ahead.interval(0.80)
    stands = say("sheet.from_to", lang, low=low, high=high, **last)
    target, likely_least, *full = [told(one) for one in answer.target_and_chance(card, known, lang)]
    bold = ["**{}** ({}".format(*one.split(" (", 1)) for one in (target, likely_least)]
    assert quote == ["<br> ".join([*bold, *full]), told(stands)] and len(full) == 1
    assert between[0] and quoted(answer.answer(card, known, lang)) == (title, between[1:], quote)


@LANGUAGES
def test_the_readings_of_one_change_are_one_target_and_the_chance_is_that_of_the_least(card, known, lang):
    target, least, full = answer.target_and_chance(card, known, lang)
    poverty = [t for t in card.targets if t.target == "poverty"]
    rows = card.table[card.table["target"] == "poverty"]
    assert [t.meant for t in poverty] == [True, True, False]
    assert (
        in_one(poverty[:2], lang) in target and known.title("poor_household_pct", lang, short=True) in target
    )
    assert say("sheet.not_so", lang, printed=printed(poverty[2], lang)) in target
    p, more = map(chance, rows[:2].itertuples())
    assert odds(p, lang) in least and likely(p, lang) in least and asked(poverty[0], lang) in least
    assert odds(more, lang) in full and quantity(2.5, "pp", lang) in full and likely(more, lang) not in full
    assert answer.headline(card, known, lang) == f"{target} {least} {full}"


@LANGUAGES
def test_readings_of_different_kinds_are_told_one_by_one(card, known, lang):
    level = replace(card.targets[1], kind="level")
    mixed = replace(card, targets=(card.targets[0], level, *card.targets[2:]))
    parts = answer.target_and_chance(mixed, known, lang)
    for target, row, part in zip(mixed.targets, card.table.itertuples(), parts, strict=False):
        told = say("brief.reading", lang, wording="", p=chance(row))
        assert (
            part.endswith(told)
            and f"{target.bound:g}".lstrip("-").replace(".", number(0.5, lang, 1)[1]) in part
        )
    assert len(parts) == 2


@LANGUAGES
def test_without_a_reading_that_was_meant_every_reading_is_told(card, known, lang):
    none = replace(card, targets=tuple(replace(t, meant=False) for t in card.targets))
    assert len(answer.target_and_chance(none, known, lang)) == 3


@LANGUAGES
def test_how_sure_is_how_near_the_target_is_beside_how_far_off_such_forecasts_were(
    card, known, record, ahead, lang
):
    last = known.series("poor_household_pct", place=PLACE).values[-1]
    like = record.near(last, backtest.WAY)
    gap, off = ahead.level_at(0.5) - (last - 2), like.table.set_index("method").loc[backtest.WAY, "mae"]
    assert abs(gap) < off
    found = answer.sure(card, known, lang)
    head, _, rest = answer.near(card, ahead, record, lang).partition(": ")
    assert number(abs(gap), lang) in rest and number(off, lang) in rest
    shared = say("sheet.shared", lang, shared=100 * card.details[0].by_year.shared)
    assert found == f"**{head}:** {told(rest)} {told(shared)}"


@LANGUAGES
def test_where_the_forecast_is_farther_off_than_such_forecasts_were_only_their_record_is_told(
    card, known, record, ahead, lang
):
    far = replace(card, table=card.table.assign(required_change=-4.0))
    assert answer.near(far, ahead, record, lang) == "" == answer.near(card, None, record, lang)
    (track,) = answer.track(record, lang, ahead.series.values[-1])
    assert answer.sure(far, known, lang).startswith(told(track))


@LANGUAGES
def test_the_track_is_counted_over_the_forecasts_made_as_for_the_place(record, lang):
    for level, near in ((None, False), (19.57, True), (1.2, False)):
        pooled = record.forecasts[record.forecasts["method"] == backtest.WAY]
        if near:
            pooled = pooled[pooled["last"].between(10, 90, inclusive="left")]
        misses = pooled["error"].abs().groupby(pooled["year"]).mean()
        expected = {"years": len(misses), "mae": pooled["error"].abs().mean(), "worst": misses.idxmax()}
        expected |= {"missed": misses.max(), "near": say("sheet.near", lang) if near else ""}
        assert answer.track(record, lang, level) == [say("sheet.track", lang, **expected)]
        assert 0 < expected["mae"] < expected["missed"] and len(misses) >= 3


@LANGUAGES
def test_there_is_no_track_without_a_way_of_forecasting(record, lang):
    naive = replace(record, forecasts=record.forecasts[record.forecasts["method"] == "naive"])
    assert answer.track(naive, lang) == [] == answer.track(None, lang)


@LANGUAGES
def test_a_place_without_targets_begins_with_what_is_likely(known, facts, lang):
    place = "Hà Giang"
    card, ahead = ps.scorecard(known, place=place), outlook.outlook(known, place)
    title, between, (first, targets) = quoted(answer.answer(card, known, lang, later=facts))
    assert title == say("brief.title_none", lang, place=place)
    name = known.title("poor_multidim_pct", lang, short=True)
    low, high = ahead.interval(0.80)
    values = {"place": place, "name": name, "year": 2020, "last": 2018, "low": low, "high": high}
    values |= {"median": ahead.level_at(0.5), "now": ahead.series.values[-1]}
    assert first == f"**{told(say('brief.likely', lang, **values))}**" and 20 < low < high < 40
    assert targets == told(say("scorecard.none", lang, day=card.day(lang), place=place))
    came = facts.series("poor_multidim_pct", place=place).table.set_index("year")["value"][2020]
    where = "inside" if low <= came <= high else "above" if came > high else "below"
    assert say(f"sheet.came_{where}", lang, year=2020, value=came, low=low, high=high) in between[0]


@LANGUAGES
def test_the_main_target_is_the_first_where_none_is_called_poverty(card, known, lang):
    kept = [n for n, target in enumerate(card.targets) if target.target == "trained_labour"]
    targets = tuple(card.targets[n] for n in kept)
    table = card.table.loc[kept].reset_index(drop=True)
    other = replace(card, targets=targets, table=table, details=tuple(card.details[n] for n in kept))
    assert (card.main, other.main) == ("poverty", "trained_labour")
    assert answer.headline(other, known, lang).startswith(targets[0].wording[lang])
