import pytest

import povertystats as ps
from povertystats import brief, findings, outlook, views


def pytest_configure():
    # As the pages do: what rests on the same day is worked out once a process.
    views.share()


@pytest.fixture(scope="session")
def facts():
    return ps.load_facts()


@pytest.fixture(scope="session")
def known(facts):
    return facts.as_of("2020-05-07")


@pytest.fixture(scope="session")
def card(known):
    return ps.scorecard(known, place="Bắc Kạn")


@pytest.fixture(scope="session")
def ahead(known):
    return outlook.outlook(known, "Bắc Kạn")


@pytest.fixture(scope="session")
def fits(known):
    return findings.driver_fits(known)


@pytest.fixture(scope="session")
def record(known):
    return brief.past_record(known)
