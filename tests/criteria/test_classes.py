"""Every household is in one class, in every area and place: what overlaps or is left out is told."""

import pytest
from helpers.criteria import ABROAD

from povertystats.criteria.classes import HouseholdClass, gaps, titled
from povertystats.criteria.lines import Line
from povertystats.facts.standards import national_standard
from povertystats.words.errors import Refused
from povertystats.words.languages import Words


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("up_to = \"lower\"", "up_to = \"upper\"", "elsewhere, rural, 5000 tk, deprived in 0: in ultra_poor and moderate_poor; expected one class"),
        ("rural = 6600.5", "rural = 4000", "Dhaka, rural, 4200 tk, deprived in 0: in ultra_poor and better_off; expected one class"),
        ("everywhere = 6000, ", "", "elsewhere, rural: there is no amount of upper"),
        ("{ poor = true, over", "{ poor = false, over", None),
    ],
)  # fmt: skip
def test_a_gap_is_told_with_its_place(tmp_path, old, new, told):
    path = tmp_path / "abroad.toml"
    path.write_text(ABROAD.replace(old, new, 1), encoding="utf-8")
    if told is None:
        assert national_standard("abroad", path).poor == ("ultra_poor",)
        return
    with pytest.raises(Refused, match="cannot use the standard abroad") as wrong:
        national_standard("abroad", path)
    assert told in wrong.value.problems


@pytest.mark.parametrize(("poor", "told"), [(True, "every class is poor"), (False, "no class is poor")])
def test_someone_is_poor_and_someone_is_not(poor, told):
    line = Line.of({"everywhere": 10})
    ends = [(None, line), (line, None)]
    classes = [HouseholdClass(str(i), poor, *of, None, Words(en="x")) for i, of in enumerate(ends)]
    assert [*gaps(classes, {"low": line}, 0, 0)] == [f"{told}; expected some that are and some that are not"]


def test_what_has_no_title_is_called_by_its_key():
    assert titled({"en": "Lower line"}, "low") == {"en": "Lower line"} and titled({}, "low")["vi"] == "low"
