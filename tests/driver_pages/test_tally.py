"""The picture that counts the ways of computing: each once, on the side where it is clear."""

import pytest
from helpers.counties import ROLES, counties, package

from povertystats.driver_pages.tally import counted, tally
from povertystats.drivers.declared import curves, driver_names


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_way_is_counted_once_where_its_interval_lies(known, lang):
    drawn = [*curves(known).values()]
    picture = tally(drawn, lang, labels=driver_names(known, lang))
    for curve, row in zip(drawn, picture.data.to_dict("records"), strict=True):
        fitted = curve.fitted
        ends = [(fitted["high"] < 0).sum(), (fitted["low"] > 0).sum()]
        assert [row["negative"], row["positive"]] == ends and row["n"] == len(fitted)
        assert row["unclear"] == len(fitted) - sum(ends)
        assert all(f"{row[kind]}" in picture.alt for kind in ("n", "negative", "unclear", "positive"))


def test_the_words_on_the_picture_are_those_of_the_outcome(known):
    foreign = package(known, counties()[["place", "year", "hardship_pct", "clinics_per_10k"]], ROLES)
    for facts, ends in ((known, "less poverty"), (foreign, "HARDSHIP_PCT lower")):
        drawn = [*curves(facts).values()]
        picture = tally(drawn, "en", labels=driver_names(facts, "en"))
        words = [text.get_text() for text in picture.figure.axes[0].texts]
        rows = picture.data.to_dict("records")
        assert f"← {ends}" in words and len(words) == 2 + 4 * len(rows)
        assert {f"{row['unclear']} open" for row in rows} <= {*words}
    assert "poverty" not in f"{words}{picture.alt}{picture.title}"


def test_no_curve_and_no_language_are_refused(known):
    with pytest.raises(ValueError):
        tally([], "en")
    with pytest.raises(ValueError):
        tally([*curves(known).values()], "xx")
    assert counted(next(iter(curves(known).values())), "en")["n"].gt(0).all()
