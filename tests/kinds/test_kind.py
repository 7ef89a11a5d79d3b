"""A kind of target is one object: everything that is asked of it, and all that a new one takes."""

import io
from dataclasses import replace

import openpyxl
import pytest

import povertystats as ps
from povertystats.exhibits import tables, workbook
from povertystats.kinds.kind import Kind, NotAssessable, Required
from povertystats.kinds.registry import KINDS
from povertystats.targets import goals
from povertystats.words.languages import sentences

PLACE, COUNTRY = "Bắc Kạn", "Cả nước"


class Gap(Kind):
    """How much higher a rate may be than that of the whole country."""

    name = "gap"

    def unit(self, unit):
        return "pp"

    def aim(self, target, series, evidence):
        return target.bound + self.country(target, evidence).latest.value

    def final(self, target, series, evidence):
        rates = [evidence.at_end(one, target.year) for one in (series, self.country(target, evidence))]
        return None if None in rates else round(rates[0] - rates[1], 6)

    def country(self, target, evidence):
        return evidence.series(target.indicator, COUNTRY)


class ShareOfLast(Kind):
    """A rate of so many per cent of its last figure."""

    name = "share_of_last"
    met_early = False

    def aim(self, target, series, evidence):
        return float(target.bound / 100 * series.values[-1])

    def final(self, target, series, evidence):
        now, before = (evidence.at_end(series, year) for year in (target.year, target.year - 1))
        return None if now is None or not before else 100 * now / before

    def level(self, target, ahead):
        return self.aim(target, ahead.series, None)


@pytest.fixture
def new_kinds(monkeypatch):
    for kind in (Gap, ShareOfLast):
        monkeypatch.setitem(KINDS, kind.name, kind())
    words = sentences("en")
    monkeypatch.setitem(words, "brief.goal.share_of_last", "{level:pct1}, that is {change} of the last")


@pytest.fixture
def announced(facts, new_kinds):
    """Our facts, with a target of each new kind."""
    like = facts.targets.iloc[[0]]
    gap = {"indicator": "poor_multidim_pct", "kind": "gap", "bound": 17.0, "unit": "pp"}
    share = {"kind": "share_of_last", "bound": 90.0, "unit": "pct"}
    rows = [like.assign(target="relative", reading=one["kind"], **one) for one in (gap, share)]
    words = {"gap": "at most 17 points above the country", "share_of_last": "down by a tenth"}
    rows = [row.assign(wording_en=row["reading"].map(words)) for row in rows]
    targets = rows[0].merge(rows[1], how="outer")[like.columns]
    return replace(facts, targets=targets)


def test_a_new_kind_is_one_class_and_its_words(announced):
    known = announced.as_of("2020-05-07")
    card = ps.scorecard(known, place=PLACE)
    table = card.table.set_index("reading")
    assert table["verdict"].tolist() == ["probable"] * 2
    # The gap: the forecast of the province's rate, at the last rate of the country plus the bound.
    series, country = (known.series("poor_multidim_pct", place=place) for place in (PLACE, COUNTRY))
    ahead = ps.forecast(series, horizon=2, peers=known.peers("poor_multidim_pct"))
    needed = country.latest.value + 17
    assert table.at["gap", "probability"] == pytest.approx(ahead.probability(at_most=needed))
    assert table.at["gap", "required_change"] == pytest.approx(needed - series.latest.value)
    rate = known.series("poor_household_pct", place=PLACE)
    pooled = ps.forecast(rate, peers=known.peers("poor_household_pct"))
    assert table.at["share_of_last", "probability"] == pytest.approx(pooled.probability(at_most=0.9 * 19.57))
    assert table.at["share_of_last", "required_change"] == pytest.approx(-1.957)
    # Its sentence, the cells of every table, the workbook, and what it requires.
    gap, share = card.sentences("en")
    assert gap.startswith("at most 17 points above the country: probability") and "Basis:" in gap
    assert share.startswith("down by a tenth: probability")
    shown = card.display("en")
    assert shown["Change required"].tolist() == ["−1.21 points", "−1.96 points"]
    assert shown["Level reached with 80% probability"].str.endswith("%").all()
    sheets = openpyxl.load_workbook(io.BytesIO(workbook.workbook_bytes(card, known, "en"))).worksheets
    cells = [str(cell.value) for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.value]
    # The explanation stands without the words of the target, which are beside it.
    for sentence, wording in ((gap, "at most 17 points above the country"), (share, "down by a tenth")):
        rest = sentence.removeprefix(f"{wording}: ")
        assert wording in cells and any(cell.casefold() == rest.casefold() for cell in cells)
    required = tables.required(known, card.targets, "en").frame
    assert required["Change required"].tolist() == ["−1.21 points", "−1.96 points"]
    assert required["Baseline"].tolist() == ["25.05% (2018)", "19.57% (2019)"]
    # The level that it requires of the rate that is forecast, in its own words.
    assert goals.goals(card, pooled, "en") == [("17.6%, that is +90% of the last", 0.9 * 19.57, "at_most")]


def test_what_became_of_a_new_kind(announced):
    known = announced.as_of("2020-05-07")
    came = ps.outcomes(ps.scorecard(known, place=PLACE), announced)
    assert came.table["outcome"].tolist() == ["met", "missed"]
    assert came.table["log_score"].notna().all()


def test_a_reason_tells_the_values_of_its_sentence_and_no_others():
    why = NotAssessable("few", n=2, place=PLACE, year=2020)
    assert (why.reason, why.values) == ("few", {"n": 2, "place": PLACE})
    assert isinstance(why, ps.PovertyStatsError)
    with pytest.raises(KeyError):
        NotAssessable("no_such_reason")


def test_the_change_a_year_needs_a_baseline():
    assert Required(PLACE, -3.0, "pp", 20.0, 2018, 2).per_year == -1.5
    assert Required(PLACE, 5000, "persons").per_year is None and Required(PLACE, None, "pp").per_year is None
