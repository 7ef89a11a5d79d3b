"""What several tests of figures and tables show, worked out once."""

import pytest

import povertystats as ps
from povertystats.drivers import declared


@pytest.fixture(scope="session")
def curves(known):
    return declared.curves(known)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "register"
    return ps.illustrative_register(folder, households=20_000, years=(2017, 2020), workers=1)


@pytest.fixture(scope="session")
def register(made):
    return ps.open_register(list(made.files))


@pytest.fixture(scope="session")
def review(register):
    return ps.review(register)


@pytest.fixture(scope="session")
def transitions(register):
    return ps.transitions(register, by="province")
