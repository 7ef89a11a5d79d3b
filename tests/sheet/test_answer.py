"""The first words of the brief say what the objects behind them say, the answer before anything else."""

from dataclasses import replace

import pytest
from helpers.markdown import told

import povertystats as ps
from povertystats.forecasts import outlook
from povertystats.records import backtest
from povertystats.sheet import answer, driver_sections
from povertystats.targets.verdict import chance
from povertystats.words.wording import likely, number, odds, probability, quantity, say

PLACE = "Bắc Kạn"
LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])


def quoted(markdown):
    """Return the title, the day and the lines of the block quote of an answer."""
    title, day, quote = markdown.split("\n\n", 2)
    assert title.startswith("## ") and all(line.startswith(">") for line in quote.splitlines())
    return title[3:], day, [line[2:] for line in quote.splitlines() if line != ">"]


@LANGUAGES
def test_the_answer_is_all_that_an_advisor_should_know(card, known, facts, fits, record, lang):
    title, day, (first, *rest) = quoted(answer.answer(card, known, lang, later=facts))
    assert title == say("brief.title", lang, place=PLACE, years="2020")
    assert day == say("brief.known", lang, day=card.day(lang))
    assert first == f"**{told(answer.headline(card, lang))}**"
    about = {
        "meant": answer.meant(card, lang),
        "sure": " ".join(answer.sure(card, known, lang)),
        "drivers": driver_sections.which_driver(fits, known, lang),
        "unknown": answer.not_assessable(card, lang),
        "came": answer.came(ps.outcomes(card, facts), lang),
    }
    assert rest == [
        say("brief.line", lang, label=say(f"brief.label.{label}", lang), text=told(text))
        for label, text in about.items()
    ]
    assert quoted(answer.answer(card, known, lang))[2] == [first, *rest[:-1]]


@LANGUAGES
def test_the_headline_gives_every_reading_in_words_odds_and_per_cents(card, lang):
    line = answer.headline(card, lang)
    poverty = card.table[card.table["target"] == "poverty"]
    wordings = [t.wording[lang] for t in card.targets if t.target == "poverty"]
    assert line.startswith(wordings[0]) and line.endswith(".") and len(poverty) == 3
    for row, part in zip(poverty.itertuples(), line[:-1].split("; "), strict=True):
        p = chance(row)
        assert part.endswith(f"{likely(p, lang)}, {odds(p, lang)} ({probability(p, lang)})")
    # What all readings begin with is said once.
    shared = {"vi": "Tỷ lệ hộ nghèo", "en": "Share of poor households down"}[lang]
    assert all(wording.startswith(shared) for wording in wordings) and line.count(shared) == 1


@LANGUAGES
def test_the_readings_with_evidence_come_before_the_one_without(card, lang):
    text = answer.meant(card, lang)
    poverty = [t for t in card.targets if t.target == "poverty"]
    assert text.index(poverty[0].wording[lang]) < text.index(poverty[2].wording[lang])
    assert [t.meant for t in poverty] == [True, True, False] and poverty[2].evidence[lang] in text


@LANGUAGES
def test_how_sure_gives_the_own_trend_of_the_readings_that_were_meant(card, known, record, lang):
    own, track = answer.sure(card, known, lang)
    poverty = card.table[card.table["target"] == "poverty"]
    for row in poverty[:2].itertuples():
        assert all(probability(p, lang) in own for p in (row.own, row.own_points))
    last = known.series("poor_household_pct", place="Bắc Kạn").values[-1]
    assert [track] == answer.track(record, known, lang, last) != answer.track(record, known, lang)
    assert poverty["reading"].iloc[2] == "to_2.5"
    assert own.count(";") == 1


@LANGUAGES
def test_what_is_not_known_names_the_targets(card, lang):
    text, table = answer.not_assessable(card, lang), card.table
    lacking = table[table["verdict"].eq("not_assessable")]["target"].unique()
    first = {t.target: t.wording[lang] for t in reversed(card.targets)}
    wordings = "; ".join(first[target] for target in lacking)
    told = {"n": len(lacking), "every": table["target"].nunique(), "wordings": wordings}
    assert text.startswith(say("brief.unknown", lang, **told)) and len(lacking) == 4
    met = say("brief.last_met", lang, n=1, wordings=first["health_insurance"])
    assert text.endswith(met)


@LANGUAGES
def test_what_happened_is_told_with_the_probabilities_given(card, facts, lang):
    text = answer.came(ps.outcomes(card, facts), lang)
    poverty = card.table[card.table["target"] == "poverty"]
    told = "; ".join(probability(chance(row), lang) for row in poverty.itertuples())
    assert say("brief.all_missed", lang, chances=told) in text
    assert quantity(18.5, "pct", lang) in text and number(18.5 - 19.57, lang) in text
    # On the same day nothing of it was known.
    early = facts.as_of("2020-06-30")
    assert answer.came(ps.outcomes(card, early), lang) == ""


@LANGUAGES
def test_readings_that_came_out_differently_are_told_one_by_one(card, facts, lang):
    came = ps.outcomes(card, facts)
    table = came.table.copy()
    table.loc[0, "outcome"] = "met"
    text = answer.came(replace(came, table=table), lang)
    p = [chance(row) for row in card.table.head(2).itertuples()]
    wording = card.targets[0].wording[lang]
    assert say("brief.outcome_met", lang, wording=wording, p=p[0]) in text
    assert say("brief.outcome_missed", lang, wording="", p=p[1]).lstrip(": ") in text


@LANGUAGES
def test_the_track_is_counted_over_the_forecasts_made_as_for_the_place(known, record, lang):
    for level, kind, words in (
        (None, "", {}),
        (19.57, "near", {"low": 10, "high": 90}),
        (1.2, "any", {"high": 3}),
    ):
        pooled = record.forecasts[record.forecasts["method"] == backtest.WAY]
        if kind == "near":
            pooled = pooled[pooled["last"].between(10, 90, inclusive="left")]
        misses = pooled["error"].abs().groupby(pooled["year"]).mean()
        named = [known.title(f"poor_{name}_pct", lang, short=True) for name in ("income", "multidim")]
        band = say(f"backtest.level.{'below' if kind == 'any' else 'between'}", lang, **words) if kind else ""
        expected = {
            "titles": "; ".join(named),
            "near": say("brief.near", lang, near=say(f"backtest.{kind}", lang, level=band)) if kind else "",
            "ahead": 1,
            "places": pooled["place"].nunique(),
            "years": len(misses),
            "mae": pooled["error"].abs().mean(),
            "held": 100 * pooled["observed"].between(pooled["low80"], pooled["high80"]).mean(),
            "below": 100 * (pooled["observed"] < pooled["median"]).mean(),
            "worst": misses.idxmax(),
            "missed": misses.max(),
            "faster": say("brief.faster", lang),
        }
        assert expected["below"] > 60
        assert answer.track(record, known, lang, level) == [say("brief.track", lang, **expected)]
        assert 0 < expected["mae"] < expected["missed"] and len(misses) >= 3


@LANGUAGES
def test_there_is_no_track_without_a_way_of_forecasting(known, record, lang):
    naive = replace(record, forecasts=record.forecasts[record.forecasts["method"] == "naive"])
    assert answer.track(naive, known, lang) == [] == answer.track(None, known, lang)


# A place without targets, and a target by another name


@LANGUAGES
def test_a_place_without_targets_begins_with_what_is_likely(known, facts, lang):
    place = "Hà Giang"
    card, ahead = ps.scorecard(known, place=place), outlook.outlook(known, place)
    title, _, (first, targets, *rest) = quoted(answer.answer(card, known, lang, later=facts))
    assert title == say("brief.title_none", lang, place=place)
    name = known.title("poor_multidim_pct", lang, short=True)
    low, high = ahead.interval(0.80)
    values = {"place": place, "name": name, "year": 2020, "last": 2018, "low": low, "high": high}
    values |= {"median": ahead.level_at(0.5), "now": ahead.series.values[-1]}
    assert first == f"**{told(say('brief.likely', lang, **values))}**" and 20 < low < high < 40
    none = say("scorecard.none", lang, day=card.day(lang), place=place)
    assert targets == say("brief.line", lang, label=say("brief.label.targets", lang), text=told(none))
    came = facts.series("poor_multidim_pct", place=place).table.set_index("year")["value"][2020]
    where = "inside" if low <= came <= high else "above" if came > high else "below"
    what = say(f"brief.came_{where}", lang, year=2020, value=came, low=low, high=high)
    assert rest[-1] == say("brief.line", lang, label=say("brief.label.came", lang), text=told(what))


@LANGUAGES
def test_the_main_target_is_the_first_where_none_is_called_poverty(card, lang):
    kept = [n for n, target in enumerate(card.targets) if target.target == "trained_labour"]
    targets = tuple(card.targets[n] for n in kept)
    table = card.table.loc[kept].reset_index(drop=True)
    other = replace(card, targets=targets, table=table, details=tuple(card.details[n] for n in kept))
    assert (card.main, other.main) == ("poverty", "trained_labour")
    assert answer.headline(other, lang).startswith(targets[0].wording[lang])


def test_how_the_answer_hangs_on_the_year(known, card):
    for lang, among in (("vi", "các tỉnh của Việt Nam"), ("en", "the provinces of Viet Nam")):
        assert answer.by_year_plot(card, lang).alt.count(among) == 1
        # Without a target the rate is told in each kind of year, and nothing is drawn.
        other = ps.scorecard(known, place="Hà Giang")
        assert answer.by_year_plot(other, lang) is None and "2019–2020" in answer.by_year_text(other, lang)
