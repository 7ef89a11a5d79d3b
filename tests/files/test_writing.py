"""A file is written whole or stays as it was."""

import io
import os
import re
import shutil
import sys
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import povertystats
from povertystats.files.writing import csv, write_together, write_whole, written_whole

decomposed = partial(unicodedata.normalize, "NFD")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@given(data=st.one_of(st.binary(), st.text(st.characters(exclude_categories=["Cs"]))))
def test_text_comes_back_as_utf8_and_bytes_as_they_are(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "file"
    write_whole(path, data)
    assert path.read_bytes() == (data.encode("utf-8") if isinstance(data, str) else data)


def test_line_ends_stay_and_an_old_file_is_replaced(tmp_path):
    path = tmp_path / "card.csv"
    path.write_text("old and longer", "utf-8")
    write_whole(str(path), "a\nb\r\n")
    assert path.read_bytes() == b"a\nb\r\n" and names(tmp_path) == ["card.csv"]


def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").write_text("old", "utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_whole(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text("utf-8") == "new"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("no/card.csv", "there is no folder"),
        ("file/card.csv", "there is no folder"),
        ("folder", "not a regular file"),
        ("device", "not a regular file"),
    ],
)
def test_a_bad_place_is_refused_with_its_path_and_nothing_is_left(tmp_path, path, told):
    (tmp_path / "file").write_text("x", "utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "device").symlink_to(os.devnull)
    before = names(tmp_path)
    with pytest.raises(OSError, match=told) as error:
        write_whole(tmp_path / path, "new")
    assert str((tmp_path / path).resolve()) in str(error.value)
    assert names(tmp_path) == before and (tmp_path / "file").read_text("utf-8") == "x"
    assert Path(os.devnull).is_char_device()


def test_a_link_to_itself_and_a_name_that_cannot_be_are_refused(tmp_path):
    for name in ("loop", "a\0b"):
        if name == "loop":
            (tmp_path / name).symlink_to(name)
        with pytest.raises(OSError, match=name[:1]), written_whole(tmp_path / name) as part:
            part.write_text("x", "utf-8")
            if sys.version_info >= (3, 13) and name == "loop":  # such a link is replaced there
                raise OSError(name)
        assert names(tmp_path) == ["loop"]


def test_of_several_files_every_bad_place_is_told_and_none_is_written(tmp_path):
    files = {tmp_path / "good": "new", tmp_path / "no" / "a": "x", tmp_path: "y"}
    with pytest.raises(OSError, match="no folder .*; .*not a regular file"):
        write_together(files)
    assert names(tmp_path) == []


@pytest.mark.parametrize("step", ["replace", "write"])
def test_when_writing_fails_all_stays_as_it_was(tmp_path, monkeypatch, step):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    (tmp_path / "a").write_text("old", "utf-8")
    monkeypatch.setattr(*((os, "replace") if step == "replace" else (shutil, "copymode")), full)
    with pytest.raises(OSError, match="No space left"):
        write_together({tmp_path / "a": "new", tmp_path / "b": "new"})
    assert names(tmp_path) == ["a"] and (tmp_path / "a").read_text("utf-8") == "old"


def test_two_writers_of_one_file_do_not_disturb_each_other(tmp_path):
    path = tmp_path / "a"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: write_whole(path, f"{number:03}" * 1000), range(200)))
    text = path.read_text("utf-8")
    assert text == text[:3] * 1000 and names(tmp_path) == ["a"]


def test_the_rights_of_a_file_stay_as_they_were(tmp_path):
    path = tmp_path / "a"
    path.write_text("old", "utf-8")
    path.chmod(0o600)
    write_whole(path, "new")
    assert path.stat().st_mode & 0o777 == 0o600 and path.read_text("utf-8") == "new"


def test_a_folder_appears_when_it_is_whole_and_replaces_an_empty_one_alone(tmp_path):
    (tmp_path / "package").mkdir()
    with written_whole(tmp_path / "package", folder=True) as part:
        (part / "a.csv").write_text("new", "utf-8")
        assert names(tmp_path / "package") == [] and tmp_path in part.parents
    assert names(tmp_path) == ["package"] and names(tmp_path / "package") == ["a.csv"]
    for path, problem in (
        ("package", "package: exists; expected a new or empty"),
        ("no/a", "there is no folder"),
    ):
        with pytest.raises(OSError, match=problem), written_whole(tmp_path / path, folder=True):
            raise AssertionError("never asked to write")


@pytest.mark.parametrize("folder", [False, True])
def test_what_fails_half_way_leaves_nothing(tmp_path, folder):
    with pytest.raises(ZeroDivisionError), written_whole(tmp_path / "a", folder=folder) as part:
        (part / "b" if folder else part).write_text("half", "utf-8")
        1 / 0  # noqa: B018
    assert names(tmp_path) == []


def test_folders_are_made_when_asked_for_and_go_again_when_writing_fails(tmp_path):
    files = {tmp_path / "new" / "files" / "a": "x", tmp_path / "new" / "b": "y"}
    with pytest.raises(OSError, match="there is no folder"):
        write_together(files)
    with pytest.raises(OSError, match="not a regular file"):
        write_together({**files, tmp_path: "z"}, folders=True)
    assert names(tmp_path) == []
    write_together(files, folders=True)
    assert names(tmp_path / "new") == ["b", "files"] and names(tmp_path / "new" / "files") == ["a"]


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, how: False)
    for write in (
        lambda: write_whole(tmp_path / "a", "x"),
        lambda: written_whole(tmp_path / "a").__enter__(),
    ):
        with pytest.raises(OSError, match=f"nothing may be written to the folder {tmp_path}"):
            write()
    assert names(tmp_path) == []


def test_a_file_of_which_nothing_is_to_be_left_goes_with_the_rest(tmp_path):
    (tmp_path / "old").write_text("x", "utf-8")
    write_together({tmp_path / "old": None, tmp_path / "never": None, tmp_path / "new": "y"})
    assert names(tmp_path) == ["new"]


def test_csv_is_safe_composed_and_the_same_bytes_twice():
    unsafe = ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1"]
    cells = [*unsafe, "Bắc Kạn", "a;b,c", None, 'say "x"', "x=1", "a\r\nb"]
    wanted = [f"'{cell}" for cell in unsafe] + ["Bắc Kạn", "a;b,c", "", 'say "x"', "x=1", "a\nb"]
    wanted[5] = "'\n=1"
    frame = pd.DataFrame({"text": cells, "value": -1.5}).assign(**{"=name": decomposed("Bắc Kạn")})
    frame["sort"] = pd.Categorical(cells)
    data = csv(frame)
    read = pd.read_csv(io.BytesIO(data), dtype=str, keep_default_na=False)
    assert read["text"].tolist() == read["sort"].tolist() == wanted
    assert read.columns.tolist() == ["text", "value", "'=name", "sort"] and set(read["'=name"]) == {"Bắc Kạn"}
    assert set(read["value"]) == {"-1.5"}
    assert data == csv(frame.copy()) and data.startswith(b"\xef\xbb\xbf") and b"\r" not in data


def test_nothing_is_written_but_by_the_one_mechanism():
    """Elsewhere only what goes into a hidden folder, which ``written_whole`` or the making of pages moves as one."""
    writes = r"\.write_(bytes|text)\(|\b(os|shutil)\.(replace|rename|move|copy\w*)\(|\.to_(csv|parquet|excel)\(\w*path"
    hidden = {
        *("packages/start.py", "register/data_package.py", "engines/store.py", "illustrative/registers.py"),
        *("exhibits/picture.py", "pages/site.py", "files/moves.py", "files/writing.py"),
    }
    root = Path(povertystats.__file__).parent
    texts = {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*.py")}
    found = {
        name for name, text in texts.items() if re.search(writes, re.sub(r"(?m)^ *(>>>|\.\.\.) .*", "", text))
    }
    assert found and found <= hidden, found - hidden
