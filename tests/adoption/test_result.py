"""The sentences of an event study: bad news first, careful, in both languages."""

import numpy as np
import pytest
from helpers.adoption import made

from povertystats.adoption.event_study import event_study


def study(**options):
    rows = made(5, 40, 10, (2012, 2014, 2010, None), grows=-0.8, rho=0.2)
    return event_study(rows.assign(poor_pct=rows["y"]), "poor_pct", "since", draws=0, **options)


def test_it_says_what_was_found_what_would_have_to_hold_and_how():
    lines = study().text("en", labels={"poor_pct": "poverty", "since": "new rural programme"}).splitlines()
    assert lines[0].startswith("In the years before adoption no difference is clear (years to adoption: −4: ")
    assert "That is no proof of parallel trends: differences under" in lines[0]
    assert lines[1].startswith(
        "In the 180 figures after adoption (new rural programme), poverty is lower by "
    )
    assert "percentage points than it would be had it moved as in places without adoption" in lines[1]
    assert any("The last of these years rest on 10 of 30 places" in line for line in lines)
    assert any(
        line.startswith("This is an association.") and "nothing in the figures can prove it" in line
        for line in lines
    )
    assert (
        lines[-1]
        == "Errors: everything estimated again without each cluster in turn (CV3), t with 39 degrees of freedom."
    )
    text = study().text("vi", labels={"poor_pct": "tỷ lệ nghèo"})
    assert (
        "Đây là tương quan." in text
        and "xu hướng song song" in text
        and "." not in text.split("poverty")[0][:1]
    )


def test_moves_before_adoption_come_first_as_a_warning():
    rows = made(5, 40, 10, (2013, None), rho=0.2)
    ahead = rows["since"].notna() * (rows["year"] - 2008) * 0.8
    found = event_study(rows.assign(y=rows["y"] + ahead), "y", "since", draws=0)
    assert found.p_before < 0.01 and found.text("en").startswith(
        "A warning from the years before adoption: y moved otherwise"
    )
    assert found.text("vi").startswith("Cảnh báo từ những năm trước khi tham gia")


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_kind_of_result_has_its_words(lang):
    few = event_study(made(1, 30, 8, (2012, *[None] * 9), keep=0.95), "y", "since", draws=99, anticipation=1)
    alone = event_study(made(1, 12, 6, (*[None] * 11, 2012)), "y", "since", draws=0, before=0)
    late = event_study(made(3, 30, 10, (2008, 2011, 2014)), "y", "since", estimator="group_time", draws=0)
    never = event_study(made(), "y", "since", estimator="group_time", comparison="never", draws=0)
    untested = event_study(made(1, 60, 8, (2012, *[None] * 19)), "y", "since", draws=0)
    assert np.isnan(untested.p_before) and len(untested.before) == 3
    texts = [one.text(lang) for one in (few, alone, late, never, untested)]
    assert all(text and "{" not in text and "nan" not in text for text in texts)
    assert len(few.names(lang)) == len(few.table)


def test_what_is_shown_is_short_and_says_what_it_is():
    found = study()
    assert repr(found).startswith(
        "<EventStudy> Event study of poor_pct after since: 30 places that adopt, 10 that do not"
    )
    assert len(repr(found).splitlines()) <= 15 and "<table>" in found._repr_html_()
    assert found.clear.iloc[0] and list(found.table.columns[:3]) == ["check", "driver", "way"]
    assert np.allclose(found.overall["estimate"], found.table["estimate"].iloc[0])


def test_one_place_that_adopts_has_no_interval_of_all_years_and_none_is_told():
    rows = made(5, 20, 10, (None,), rho=0.2).assign(since=lambda f: np.where(f.place == 0, 2014, np.nan))
    one = event_study(rows.assign(poor_pct=rows["y"]), "poor_pct", "since", draws=0)
    assert one.since["low_all"].isna().all() and "nan" not in one.text("vi")
    assert "exclude zero in" not in one.text("en") and "years since" in one.text("en").lower()
