"""Finished files are moved all or not at all, wherever a program is killed or fails."""

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from itertools import count
from pathlib import Path

import pytest

from povertystats.files import moves
from povertystats.files.moves import staged
from povertystats.files.writing import write_together

OLD = {"a.csv": "old a", "b.csv": "old b", "files/c.csv": "old c", "files/gone.csv": "old"}
NEW = {"a.csv": "new a", "b.csv": "new b", "files/c.csv": "new c", "files/d.csv": "new d"}

# A program, killed before each change of the file system in turn; so is the one that then finds what it left.
KILLED = """
import json, os, signal, sys
from pathlib import Path
from povertystats.files.writing import write_together, written_whole
root, old, new = Path(sys.argv[1]), json.loads(sys.argv[2]), json.loads(sys.argv[3])
changes = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.rmdir", "os.chmod", "shutil.copymode"}

def killed_at(number, write, *files):
    child = os.fork()
    if not child:
        left = [number]
        def hook(event, given):
            if event in changes or event == "open" and given[1] and {*"wx"} & {*str(given[1])}:
                left[0] -= 1
                if left[0] < 0:
                    os.kill(os.getpid(), signal.SIGKILL)
        sys.addaudithook(hook)
        write(*files)
        os._exit(0)
    return os.waitpid(child, 0)[1] == signal.SIGKILL

def state():
    return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*") if path.is_file()}

def seen():
    return {name: text for name, text in state().items() if "/." not in f"/{name}"}

def start():
    for name in {**old, **new}:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).unlink(missing_ok=True)
    for name, text in old.items():
        (root / name).write_text(text)

files = {root / name: new.get(name) for name in {**old, **new}}
other = {root / "other.csv": "x"}
counts, number, half = {}, 0, 0
while True:
    start()
    if not killed_at(number, write_together, files):
        break
    half += seen() not in (old, new)
    again = 0
    while killed_at(again, write_together, other):
        again += 1
    found = seen()
    assert found.pop("other.csv") == "x", (number, found)
    assert found in (old, new), (number, again, found)
    write_together({root / "files" / "other.csv": None})
    assert state() == {**found, "other.csv": "x"}  # nothing hidden is left
    (root / "other.csv").unlink()
    which = "old" if found == old else "new"
    counts[which] = counts.get(which, 0) + 1
    number += 1
assert state() == new

# A package or a register of many files takes the place of nothing or of an empty folder, one file that of another.
def whole(name, folder):
    with written_whole(root / name, folder=folder) as part:
        for path in [part / "facts.csv", part / "datapackage.json"] if folder else [part]:
            path.write_text("whole")

(root / "empty").mkdir()
kept = state()
for name, folder in (("package", True), ("empty", True), ("a.csv", False)):
    made = {f"{name}/{file}": "whole" for file in ("facts.csv", "datapackage.json")} if folder else {name: "whole"}
    at = 0
    while killed_at(at, whole, name, folder):
        assert seen() in (kept, kept | made), (name, at, seen())
        if seen() != kept:
            break
        at += 1
    assert at > 3
    write_together(other)
    kept |= made | {"other.csv": "x"}
    assert state() == kept, (name, at, state())
print(json.dumps([number, half, counts]))
"""


@pytest.fixture
def folder(tmp_path):
    for name, text in OLD.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


def wanted(folder):
    return {folder / name: NEW.get(name) for name in {**OLD, **NEW}}


def state(folder):
    return {p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.rglob("*") if p.is_file()}


def test_a_program_that_is_killed_anywhere_leaves_all_or_nothing_to_the_next(tmp_path):
    command = [sys.executable, "-c", KILLED, str(tmp_path), json.dumps(OLD), json.dumps(NEW)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    number, half, counts = json.loads(done.stdout)
    # Some were killed between two moves (else this test shows nothing), and both ends were reached.
    assert number > 25 and half >= 4 and counts["old"] > 20 and counts["new"] >= 3


STEPS = ["os.replace", "Path.mkdir", "Path.unlink", "Path.write_bytes", "Path.write_text", "shutil.copymode"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("step", STEPS)
def test_a_failure_at_any_step_leaves_all_as_it_was(folder, monkeypatch, step, error):
    owner, name = {"os": os, "Path": Path, "shutil": shutil}[step.partition(".")[0]], step.partition(".")[2]
    before, whole = moves.moves(), getattr(owner, name)
    for at in range(50):
        calls = count()

        def fails(*given, calls=calls, at=at, **more):
            if next(calls) == at:
                raise error
            return whole(*given, **more)

        with monkeypatch.context() as patch:
            patch.setattr(owner, name, fails)
            try:
                write_together(wanted(folder))
                break
            except type(error):
                assert state(folder) == OLD and moves.moves() == before
    assert at > 1 and state(folder) == NEW and moves.moves() == before + 1


def test_a_disk_that_is_full_leaves_all_as_it_was(folder):
    code = (
        "import resource, sys; from povertystats.files.writing import write_together; "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); "
        "write_together({f'{sys.argv[1]}/a.csv': 'small', f'{sys.argv[1]}/b.csv': 'large' * 1000})"
    )
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True)
    assert done.returncode == 1 and "File too large" in done.stderr and state(folder) == OLD


@pytest.mark.skipif(not os.path.isdir("/dev/shm"), reason="needs a second file system")
def test_a_folder_may_lie_in_another_file_system(folder):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as other:
        assert os.stat(other).st_dev != folder.stat().st_dev
        shutil.copy(folder / "files" / "c.csv", other)
        shutil.rmtree(folder / "files")
        (folder / "files").symlink_to(other)
        write_together({folder / "a.csv": "new a", folder / "files" / "c.csv": "new c"})
        assert (folder / "files").is_symlink() and os.listdir(other) == ["c.csv"]
        assert Path(other, "c.csv").read_text("utf-8") == "new c"
    assert sorted(os.listdir(folder)) == ["a.csv", "b.csv", "files"]


def test_where_a_file_can_have_no_second_name_a_copy_is_kept(folder, monkeypatch):
    def no(*_):
        raise OSError(errno.EPERM, "Operation not permitted")

    whole, calls = os.replace, count()

    def fails(*given):
        if next(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        whole(*given)

    monkeypatch.setattr(os, "link", no)
    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(OSError, match="Input/output"):
        write_together(wanted(folder))
    assert state(folder) == OLD


def test_what_cannot_be_put_back_is_said_and_put_back_by_the_next(folder, monkeypatch):
    whole, calls = os.replace, count()

    def fails(*given):
        if next(calls) >= 2:
            raise OSError(errno.EIO, "Input/output error")
        whole(*given)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fails)
        with pytest.raises(OSError, match="not all files could be put back .* the next writing there tries"):
            write_together(wanted(folder))
    write_together({folder / "files" / "other.csv": "x"})
    assert state(folder) == {**OLD, "files/other.csv": "x"}


def test_what_somebody_put_there_since_stays(folder):
    with staged([folder]) as stages:
        path = folder / "a.csv"
        stages.new(path).write_text("new", "utf-8")
        shutil.copy(path, stages.of[folder] / "old" / "a.csv")
        stages._note([path])
        os.replace(stages.new(path), path)
        shutil.copytree(stages.of[folder], folder / ".povertystats-0badc0de")  # as one who was killed left it
        (stages.of[folder] / "journal").unlink()
        path.unlink()
        path.write_text("of somebody", "utf-8")
    left = json.loads((folder / ".povertystats-0badc0de" / "journal").read_text("utf-8"))
    left["stages"] = [".povertystats-0badc0de"]
    (folder / ".povertystats-0badc0de" / "journal").write_text(json.dumps(left), "utf-8")
    with staged([folder]):
        pass
    assert state(folder) == {**OLD, "a.csv": "of somebody"}


@pytest.mark.parametrize(
    "journal",
    [
        {"stages": [".povertystats-0badc0de"], "moved": {"../victim": None, "/etc/hosts": None, "..": None}},
        {"stages": ["../outside"], "moved": {"a.csv": None}},
        {"stages": [".povertystats-0badc0de", 7], "moved": []},
        {"stages": None},
        ["stages"],
        {},
    ],
)
def test_a_journal_of_anybody_reaches_no_file_elsewhere(tmp_path, journal):
    place, stage = tmp_path / "place", tmp_path / "place" / ".povertystats-0badc0de"
    (stage / "old").mkdir(parents=True)
    (tmp_path / "victim").write_text("x", "utf-8")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "journal").write_text('{"stages": ["outside"], "moved": {"victim": 0}}', "utf-8")
    (stage / "journal").write_text(json.dumps(journal), "utf-8")
    with staged([place]):
        pass
    assert (tmp_path / "victim").read_text("utf-8") == "x" and os.listdir(place) == []


def test_links_pipes_and_files_of_the_hidden_name_are_left_alone(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a").write_text("x", "utf-8")
    (tmp_path / ".povertystats-link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / ".povertystats-file").write_text("x", "utf-8")
    os.mkfifo(tmp_path / ".povertystats-pipe")
    before = sorted(os.listdir(tmp_path))
    with staged([tmp_path]):
        pass
    assert sorted(os.listdir(tmp_path)) == before and os.listdir(tmp_path / "elsewhere") == ["a"]


def test_sets_of_two_writers_do_not_mix_and_a_living_writer_is_not_cleared_away(tmp_path):
    names = [tmp_path / name for name in "abc"]

    def write(letter):
        for _ in range(15):
            write_together(dict.fromkeys(names, letter * 10))

    with staged([tmp_path]) as stages:
        threads = [threading.Thread(target=write, args=(letter,)) for letter in "xyz"]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert stages.of[tmp_path].is_dir()
    assert len({path.read_text("utf-8") for path in names}) == 1 and len(os.listdir(tmp_path)) == 3


def test_where_the_system_knows_no_locks_only_what_is_a_day_old_is_cleared(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    for age, name in ((0, ".povertystats-new"), (2 * 86_400, ".povertystats-old")):
        (tmp_path / name).mkdir()
        then = (tmp_path / name).stat().st_mtime - age
        os.utime(tmp_path / name, (then, then))
    write_together({tmp_path / "a": "x"})
    assert sorted(os.listdir(tmp_path)) == [".povertystats-new", "a"]


def test_ctrl_c_waits_for_the_moves_and_is_heard_after_them(folder, monkeypatch):
    whole, before = os.replace, moves.moves()

    def interrupted(*given):
        signal.raise_signal(signal.SIGINT)
        whole(*given)

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_together(wanted(folder))
    assert state(folder) == NEW and moves.moves() == before + 1
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        write_together({folder / "a.csv": "newer"})  # who ignores it is not interrupted
        assert (folder / "a.csv").read_text("utf-8") == "newer"
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
