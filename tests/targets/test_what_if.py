"""What if: the arithmetic against scipy and simulation, the words against the numbers."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from povertystats.drivers.lever import Way
from povertystats.forecasts.scores import to_percent, to_scale
from povertystats.targets.levers import scenario
from povertystats.targets.what_if import direction, way_name
from povertystats.words.wording import number, odds, say

LANGUAGES = pytest.mark.parametrize("lang", ["vi", "en"])
# No cause may be claimed, in either language.
CAUSES = ("effect", "impact", "because", "leads to", "reduces", "tác động", "làm giảm", "nhờ", "hiệu quả")


@pytest.fixture(scope="module")
def whole(known, facts, fits):
    return scenario(known, place="Bắc Kạn", later=facts, fits=fits)


@pytest.mark.parametrize(
    "changes", [{}, {"training": 0}, {"programmes": 1}, {"training": 0, "programmes": 1.0, "credit": 0.0}]
)
def test_no_change_is_the_forecast_itself(whole, changes):
    found = whole.what_if(changes)
    for way, ahead in found.ahead.items():
        baseline = whole.baselines[way.scale]
        assert ahead.location.tolist() == baseline.location.tolist()
        assert ahead.scale.tolist() == baseline.scale.tolist()
    table = found.table
    assert (table["probability"] == table["probability_without"]).all()
    assert (table["probability_low"] == table["probability"]).all()
    assert (table["rate"] == table["rate_without"]).all() and table["beyond"].eq("").all()
    for lang in ("vi", "en"):
        assert found.text(lang).splitlines()[0] == say("scenario.nothing", lang)


STEPS = st.fixed_dictionaries(
    {"training": st.floats(-7, 7), "programmes": st.floats(0.15, 1.7), "credit": st.floats(-2, 3)}
)


@settings(deadline=None, max_examples=20)
@given(STEPS)
def test_the_probabilities_are_those_of_the_moved_mixture(whole, changes):
    sizes = {**changes, "programmes": np.log(changes["programmes"])}
    for row in whole.what_if(changes, extrapolate=True).table.itertuples():
        base, way = whole.baselines[row.scale], Way(row.way, row.estimator, row.scale)
        effects = {lever.name: lever.effect(way) for lever in whole.levers if sizes[lever.name]}
        shift = sum(sizes[name] * b for name, (b, _, _) in effects.items())
        variance = sum(
            sizes[name] ** 2 * stats.t(dof, scale=se).var() for name, (_, se, dof) in effects.items()
        )
        spread = np.sqrt(base.scale**2 + variance * (base.df - 2) / base.df)
        z = to_scale(row.bound, row.scale)
        p = base.weights @ stats.t.cdf(z, base.df, base.location + shift, spread)
        assert row.probability == pytest.approx(p, rel=1e-8, abs=1e-12)
        moves = [name for name, size in sizes.items() if size]
        if moves:
            fewest = min(effects[name][2] for name in moves)
            half = stats.t.ppf(0.975, fewest) * np.sqrt(sum((sizes[n] * effects[n][1]) ** 2 for n in moves))
            ends = [
                base.weights @ stats.t.cdf(z, base.df, base.location + end, base.scale)
                for end in (shift + half, shift - half)
            ]
            assert (row.probability_low, row.probability_high) == pytest.approx(ends, rel=1e-8, abs=1e-12)
        assert row.probability_low <= row.probability_high and row.low80 <= row.rate <= row.high80


@pytest.mark.parametrize("way", ["plain", "same_start"])
@pytest.mark.parametrize("scale", ["points", "log_odds"])
def test_draws_of_associations_and_of_the_forecast_agree(whole, way, scale):
    changes = {"training": 5.0, "programmes": 1.2, "credit": 1.0}
    rng, n = np.random.default_rng(20200507), 400_000
    base = whole.baselines[scale]
    which = rng.choice(base.weights.size, size=n, p=base.weights)
    z = base.location[which] + base.scale[which] * rng.standard_t(base.df[which])
    for lever in whole.levers:
        estimate, se, dof = lever.effect(Way(way, "within", scale))
        z += float(lever.on_term(changes[lever.name])) * (estimate + se * rng.standard_t(dof, size=n))
    ahead = whole.what_if(changes, extrapolate=True).ahead[way, "within", scale]
    mean = ahead.weights @ ahead.location
    variance = ahead.weights @ (ahead.scale**2 * ahead.df / (ahead.df - 2) + (ahead.location - mean) ** 2)
    assert z.mean() == pytest.approx(mean, abs=5 * z.std() / np.sqrt(n))
    assert z.var() == pytest.approx(variance, rel=0.03)
    for reading in whole.readings[:2]:
        share = (to_percent(z, scale) <= reading.bound).mean()
        # A sum of Student-t is no Student-t: mean and variance are the same, the probability nearly.
        assert ahead.probability(at_most=reading.bound) == pytest.approx(share, abs=0.02)


def test_rare_and_beyond_name_the_levers(whole):
    table = whole.what_if({"training": 5, "programmes": 1.5, "credit": 1.0}, extrapolate=True).table
    assert table["rare"].unique().tolist() == ["training, programmes"]
    # The place had nearly the most programme money, and the most credit a head, of all.
    assert table["beyond"].unique().tolist() == ["programmes, credit"]
    # Credit has no fractional logit, and training alone a second look.
    assert len(table) == 2 * 6 and not table.isna().any().any()


@LANGUAGES
def test_ways_that_disagree_decide_nothing_and_that_is_told_first(whole, lang):
    for changes in ({"training": 2}, {"programmes": 0.8}, {"training": 0.05}, {"programmes": 1.25}):
        found = whole.what_if(changes)
        # By what a reader sees: 17.3 % that stays 17.3 % is not higher.
        rates = [(number(row.rate_without, lang, 1), number(row.rate, lang, 1), row.rate < row.rate_without)
                 for row in found.table.drop_duplicates(["way", "estimator", "scale"]).itertuples()]  # fmt: skip
        counts = {
            "lower": sum(was != now and down for was, now, down in rates),
            "higher": sum(was != now and not down for was, now, down in rates),
            "same": sum(was == now for was, now, _ in rates),
        }
        assert counts == found.counts and sum(counts.values()) == len(found.shifts)
        first = found.text(lang).splitlines()[0]
        same = [side for side, n in counts.items() if n == len(rates)]
        key = f"sliders.answer.{same[0] if same else 'disagree'}"
        assert first.startswith(say(key, lang, ways=len(rates), **counts))
    told = [
        direction(counts, clear, lang)
        for counts, clear in (
            ({"lower": 4, "higher": 0, "same": 0}, 2),
            ({"lower": 0, "higher": 4, "same": 0}, 4),
            ({"lower": 3, "higher": 0, "same": 1}, 0),
        )
    ]
    assert told[0].endswith(say("sliders.clear.some", lang, clear=2, ways=4))
    assert told[1].endswith(say("sliders.clear.all", lang, clear=4, ways=4))
    assert told[2] == say("sliders.answer.disagree", lang, ways=4, lower=3, higher=0, same=1)


@LANGUAGES
def test_a_sum_does_not_hide_a_lever_that_turns(whole, lang):
    names = [lever.names[lang] for lever in whole.levers]
    lines = whole.what_if({"training": 1, "programmes": 1.1}).text(lang).splitlines()
    assert say("scenario.turns", lang, name=names[0]) == lines[1]
    alone = whole.what_if({"training": 2}).text(lang)
    assert say("scenario.turns", lang, name=names[0]) not in alone


@LANGUAGES
def test_ways_that_a_lever_does_not_have_are_told(whole, lang):
    left = [way for way in whole.ways if way.estimator == "fractional_logit"]
    ways = "; ".join(way_name(way, whole, lang) for way in left)
    told = say("scenario.left_out.together", lang, ways=ways)
    assert told in whole.what_if({"training": 2, "credit": -0.5}).text(lang).splitlines()
    assert told not in whole.what_if({"training": 2}).text(lang)


@LANGUAGES
def test_each_way_is_told_with_its_numbers(whole, lang):
    found = whole.what_if({"training": 2, "credit": 0.5}, extrapolate=True)
    lines = found.text(lang).splitlines()
    for key, rows in found.table.groupby(["way", "estimator", "scale"]):
        name = way_name(Way(*key), whole, lang)
        (line,) = [line for line in lines if line.startswith(name + ":")]
        first = rows.iloc[0]
        for value in (first.rate, first.low80, first.high80):
            assert f"{number(value, lang, 1)}%" in line
        for row in rows.itertuples():
            assert odds(row.probability, lang) in line
    assert say("drivers.association", lang) in lines and say("scenario.independent", lang) in lines
    credit = next(lever for lever in whole.levers if lever.name == "credit").names[lang]
    assert (
        say("scenario.later", lang, name=credit) in lines
        and say("scenario.beyond", lang, name=credit) in lines
    )
    text = found.text(lang)
    assert not re.search(r"_pct|_vnd|\{|nan", text) and not any(cause in text.lower() for cause in CAUSES)
    if lang == "vi":
        assert not re.search(r"\d\.\d", text)


@LANGUAGES
def test_one_lever_is_not_said_to_be_independent_of_itself(whole, lang):
    assert say("scenario.independent", lang) not in whole.what_if({"training": 2}).text(lang)
    rare = whole.what_if({"training": 4})
    training = whole.levers[0]
    told = say(
        "scenario.rare.panel", lang, name=training.names[lang], span=training.in_words(*training.usual, lang)
    )
    assert told in rare.text(lang).splitlines()
    with pytest.raises(ValueError, match="language 'fr'"):
        rare.text("fr")
