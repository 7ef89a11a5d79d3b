import gc

import pytest
from hypothesis import settings

import povertystats as ps
from povertystats.cli import main
from povertystats.drivers import declared
from povertystats.forecasts import outlook
from povertystats.records import backtest
from povertystats.targets import levers
from povertystats.words.schemas import jsonschema

# Before any test imports nbformat: it takes seconds otherwise, in every process.
jsonschema()

# Enough to find what a change breaks, every day; a test that needs more says so. Busy machines are slow machines.
settings.register_profile("quick", max_examples=40, deadline=None)
settings.load_profile("quick")


def pytest_collection_finish():
    # What was imported by now stays: the garbage collector need not walk through it again, nor look so often.
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


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
    return declared.driver_fits(known)


@pytest.fixture(scope="session")
def record(known):
    return backtest.past_record(known, "Bắc Kạn")


@pytest.fixture(scope="session")
def lever_of(known, facts, fits):
    return {lever.name: lever for lever in levers.levers(known, place="bac kan", later=facts, fits=fits)}


@pytest.fixture
def run(capsys):
    """Return a function that runs the command and returns its exit code, output and errors."""

    def call(*arguments):
        try:
            code = main(list(arguments))
        except SystemExit as stop:
            code = stop.code
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return code, out, err

    return call
