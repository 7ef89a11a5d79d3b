"""What if: the arithmetic against scipy and simulation, the words against the numbers."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from povertystats.forecasts.scores import to_percent, to_scale
from povertystats.targets.levers import scenario
from povertystats.words.wording import number, probability, say

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
    for (_, scale), ahead in found.ahead.items():
        baseline = whole.baselines[scale]
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
    for row in whole.what_if(changes).table.itertuples():
        base = whole.baselines[row.scale]
        effects = {lever.name: lever.effect(row.way, row.scale) for lever in whole.levers}
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
        estimate, se, dof = lever.effect(way, scale)
        z += float(lever.on_term(changes[lever.name])) * (estimate + se * rng.standard_t(dof, size=n))
    ahead = whole.what_if(changes).ahead[way, scale]
    mean = ahead.weights @ ahead.location
    variance = ahead.weights @ (ahead.scale**2 * ahead.df / (ahead.df - 2) + (ahead.location - mean) ** 2)
    assert z.mean() == pytest.approx(mean, abs=5 * z.std() / np.sqrt(n))
    assert z.var() == pytest.approx(variance, rel=0.03)
    for reading in whole.readings[:2]:
        share = (to_percent(z, scale) <= reading.bound).mean()
        # A sum of Student-t is no Student-t: mean and variance are the same, the probability nearly.
        assert ahead.probability(at_most=reading.bound) == pytest.approx(share, abs=0.02)


def test_rare_and_beyond_name_the_levers(whole):
    table = whole.what_if({"training": 5, "programmes": 1.5, "credit": 1.0}).table
    assert table["rare"].unique().tolist() == ["training, programmes"]
    # The place had nearly the most programme money, and the most credit a head, of all.
    assert table["beyond"].unique().tolist() == ["programmes, credit"]
    assert len(table) == 12 and not table.isna().any().any()


@LANGUAGES
def test_a_direction_that_turns_is_told_first(whole, lang):
    found = whole.what_if({"training": 2})
    first = found.text(lang).splitlines()[0]
    down = [key for key, (estimate, *_) in found.shifts.items() if estimate < 0]
    assert sorted(down) == [("plain", "log_odds"), ("same_start", "log_odds")]
    key = say("scenario.disagree", lang, down="@", up="#", clear=2, every=4)
    assert first.startswith(key.partition("@")[0])
    for way, scale in found.shifts:
        assert say(f"scenario.way.{way}", lang, scale=say(f"drivers.scale.{scale}", lang)) in first


@LANGUAGES
def test_ways_that_agree_say_how_many_are_clear(whole, lang):
    up = whole.what_if({"programmes": 0.8})
    assert up.text(lang).splitlines()[0] == say("scenario.agree.higher", lang, every=4, clear=1)
    down = whole.what_if({"programmes": 1.2})
    assert down.text(lang).splitlines()[0] == say("scenario.agree.lower", lang, every=4, clear=1)


@LANGUAGES
def test_a_sum_does_not_hide_a_lever_that_turns(whole, lang):
    names = [lever.names[lang] for lever in whole.levers]
    lines = whole.what_if({"training": 2, "programmes": 1.2}).text(lang).splitlines()
    assert lines[0] == say("scenario.agree.lower", lang, every=4, clear=1)
    # Training turns between the scales, programme money does not.
    assert lines[1] == say("scenario.turns", lang, name=names[0])
    assert say("scenario.turns", lang, name=names[1]) not in lines
    alone = whole.what_if({"training": 2}).text(lang)
    assert say("scenario.turns", lang, name=names[0]) not in alone


@LANGUAGES
def test_each_way_is_told_with_its_numbers(whole, lang):
    found = whole.what_if({"training": 2, "credit": 0.5})
    lines = found.text(lang).splitlines()
    for (way, scale), rows in found.table.groupby(["way", "scale"]):
        name = say(f"scenario.way.{way}", lang, scale=say(f"drivers.scale.{scale}", lang))
        (line,) = [line for line in lines if line.startswith(name + ":")]
        first = rows.iloc[0]
        for value in (first.rate, first.low80, first.high80):
            assert f"{number(value, lang, 1)}%" in line
        for row in rows.itertuples():
            assert probability(row.probability, lang) in line
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
