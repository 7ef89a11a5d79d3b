"""A view is made anew for everybody, unless a process shares them."""

import pytest

import povertystats as ps
from povertystats.drivers import declared
from povertystats.facts import views
from povertystats.forecasts import backtest

pytestmark = pytest.mark.usefixtures("unshared")


@pytest.fixture
def sharing():
    views.share()


def test_each_has_its_own_by_default():
    assert ps.load_facts() is not ps.load_facts()
    facts = ps.load_facts()
    assert facts.as_of("2020-05-07") is not facts.as_of("2020-05-07")


def test_a_process_that_shares_hands_out_one_a_package_and_day(sharing):
    facts = ps.load_facts()
    assert ps.load_facts() is facts and facts.as_of("2020-05-07") is facts.as_of("2020-05-07")
    assert facts.as_of("2020-05-07") is not facts.as_of("2019-05-07")
    views.share()
    assert ps.load_facts() is facts


def test_what_rests_on_a_shared_view_is_worked_out_once(sharing):
    known = ps.load_facts().as_of("2009-01-01")
    assert ps.scorecard(known) is ps.scorecard(known, place="bac kan")
    assert declared.driver_fits(known) is declared.driver_fits(known)
    assert backtest.past_record(known) is backtest.past_record(known)


def test_a_result_of_ones_own_may_be_changed_without_changing_that_of_others():
    known = ps.load_facts().as_of("2009-01-01")
    assert ps.scorecard(known) is not ps.scorecard(known)


def test_checking_again_reads_again(sharing):
    assert ps.load_facts(again=True) is not ps.load_facts()
