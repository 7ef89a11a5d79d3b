import pytest

import povertystats as ps


@pytest.fixture(scope="session")
def facts():
    return ps.load_facts()


@pytest.fixture(scope="session")
def known(facts):
    return facts.as_of("2020-05-07")
