"""Policy credit near a day: the rate beside it is asked of the package."""

import pytest
from helpers.counties import ROLES, counties, package

import povertystats as ps
from povertystats.questions.credit_figures import credit_near, credit_outcome


def test_the_rate_is_that_of_the_declared_driver_or_the_one_asked_for(facts):
    assert credit_outcome(facts) == "poor_multidim_pct"
    near = credit_near(facts, "2018-12-31")
    other = credit_near(facts, "2018-12-31", outcome="urban_pct")
    assert near.columns[-2] == "poor_multidim_pct" and other.columns[-2] == "urban_pct"
    assert near["credit_vnd_m_pc"].equals(other["credit_vnd_m_pc"])


def test_a_package_without_credit_is_told_so(known):
    foreign = package(known, counties(places=4), ROLES)
    for verb in (lambda: credit_near(foreign, "2018-12-31"), lambda: ps.credit_study(foreign)):
        with pytest.raises(ps.PovertyStatsError, match="declares no driver as a cross_section"):
            verb()
    with pytest.raises(LookupError, match="no indicator 'population_persons_k'"):
        credit_near(foreign, "2018-12-31", outcome="hardship_pct")
    with pytest.raises(LookupError, match="census_tap"):
        ps.programme_coverage(foreign)
    many = package(known, counties(), ROLES)
    reach = ps.programme_coverage(many, indicators=["roads_km"], census=(2011, 2019), years=(2011, 2019))
    assert set(reach.table["outcome"]) == {"hardship_pct"}
