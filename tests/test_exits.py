"""What a command could not do is said in one line, and its exit code tells of what kind it was."""

import pytest
import typer

from povertystats.exits import failed, say, served
from povertystats.words.errors import InvalidValue


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (InvalidValue("no such year"), 1, "mine: no such year"),
        (FileNotFoundError(2, "No such file", "a.csv"), 1, "a.csv"),
        (BrokenPipeError(), 0, ""),
        (ModuleNotFoundError(name="nbformat"), 1, "notebooks extra"),
        (
            IndexError("list index\nout of range"),
            70,
            "a fault of this program (IndexError: list index out of range)",
        ),
    ],
)
def test_every_failure_has_its_code_and_words(capsys, error, code, said):
    assert failed("mine", error) == code
    out, err = capsys.readouterr()
    assert out == "" and said in err and len(err.splitlines()) <= 1


def test_a_command_that_fails_exits_with_the_code_and_one_that_exits_itself_does_so(capsys):
    def refused():
        raise InvalidValue("no")

    def left():
        raise typer.Exit(3)

    def interrupted():
        raise KeyboardInterrupt

    for work, code in ((refused, 1), (left, 3), (interrupted, 130)):
        with pytest.raises(typer.Exit) as stop:
            served(work)()
        assert stop.value.exit_code == code
    assert "povertystats refused: no" in (err := capsys.readouterr().err) and "nothing was changed" in err


def test_a_reason_is_told_where_it_can_be(capsys):
    assert say("mine", "why", 7) == 7 and capsys.readouterr().err == "mine: why\n"
