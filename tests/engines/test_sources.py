"""Sources: files found, their headers, and what differs between them."""

import gzip
import os
import unicodedata

import pytest

import povertystats as ps
from povertystats.engines.connections import connect
from povertystats.engines.reading import read
from povertystats.engines.sources import find_files, header, is_parquet, local
from povertystats.engines.tables import open_files
from povertystats.words.errors import Refused

duckdb = pytest.importorskip("duckdb")


def test_files_are_those_of_each_pattern_in_order(tmp_path):
    for name in ("b.csv", "a.csv", "c.CSV.gz", "d.txt"):
        (tmp_path / name).touch()
    (tmp_path / "folder.csv").mkdir()
    assert find_files(tmp_path / "a.csv") == (f"{tmp_path}/a.csv",)
    assert find_files([f"{tmp_path}/b.csv", f"{tmp_path}/*.csv"]) == tuple(
        f"{tmp_path}/{name}" for name in ("b.csv", "a.csv", "b.csv")
    )
    assert find_files(f"{tmp_path}/**/*.gz") == (f"{tmp_path}/c.CSV.gz",)
    assert find_files(["s3://a/*.parquet", "hdfs://b/c.pq"]) == ("s3://a/*.parquet", "hdfs://b/c.pq")
    assert local(["a.csv", "s3://a/b.csv"]) == ["a.csv"] and is_parquet("A.PARQUET")


def test_patterns_that_name_nothing_or_anything_are_refused_at_once(tmp_path):
    (tmp_path / "a.csv").touch(), (tmp_path / "a.pq").touch(), (tmp_path / "a.xlsx").touch()
    with pytest.raises(ValueError) as caught:
        find_files([f"{tmp_path}/no*.csv", f"{tmp_path}/a.xlsx", f"{tmp_path}/a.pq"])
    first, second = caught.value.problems
    assert first == f"no file matches '{tmp_path}/no*.csv'"
    assert second.startswith(f"{tmp_path}/a.xlsx is neither Parquet nor CSV; expected a name that ends in")
    with pytest.raises(ValueError, match="both Parquet and CSV; expected files of one kind"):
        find_files([f"{tmp_path}/a.csv", f"{tmp_path}/a.pq"])
    with pytest.raises(ValueError, match="the list of files is empty"):
        find_files([])
    for source in (3, [3], {"a.csv"}):
        with pytest.raises(TypeError, match=f"or an ibis table, not {type(source).__name__}"):
            find_files(source)


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_header_is_read_with_its_delimiter_also_behind_a_mark_and_packed(tmp_path, mark):
    first = mark.join(['"xã; thị trấn, |"', "năm", '"a""b"']) + "\n"
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"\xef\xbb\xbf" + first.encode() + b"1\n"))
    assert header(str(path)) == (mark, ["xã; thị trấn, |", "năm", 'a"b'])


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_csv_keeps_its_noughts_its_quotes_and_its_line_breaks(tmp_path, mark):
    path = tmp_path / "a.csv"
    path.write_text(
        mark.join(["code", "x", "name"]) + f'\r\n007{mark}1.50{mark}"a{mark} ""b""\nc"\r\n', newline=""
    )
    table = open_files(pytest.importorskip("ibis").duckdb.connect(), [str(path)])
    assert table.to_pandas().values.tolist() == [["007", "1.50", f'a{mark} "b"\nc']]
    assert all(kind.is_string() for kind in table.schema().values())


def test_the_name_of_a_file_is_no_pattern(tmp_path):
    names = ["review[2019].csv", "a*b?.csv", "{1,2}.csv", "review2.csv", "axbx.csv", "1.csv"]
    for name in names:
        (tmp_path / name).write_text(f'x\n"{name}"\n')
    connection = pytest.importorskip("ibis").duckdb.connect()
    for name in names:
        files = find_files(tmp_path / name)
        assert open_files(connection, files).to_pandas()["x"].tolist() == [name]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(ValueError, match="pipe.csv is no regular file"):
            find_files(tmp_path / "pipe.csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "windows-1258"])
@pytest.mark.parametrize("zipped", [False, True])
def test_any_encoding_is_read_as_its_text(tmp_path, encoding, zipped):
    names = ["Bắc Kạn", "Thái Nguyên", "Quảng Ngãi", "Đắk Lắk", "Cao Bằng", "Hòa Bình", "Lạng Sơn"] * 40
    text = "xã,thu nhập\r\n" + "".join(f"{name},1\r\n" for name in names)
    if encoding == "windows-1258":
        text = "".join(_marked(sign) for sign in text)
    content = text.encode(encoding)
    path = tmp_path / ("a.csv.gz" if zipped else "a.csv")
    path.write_bytes(gzip.compress(content) if zipped else content)
    table = open_files(pytest.importorskip("ibis").duckdb.connect(), [str(path)]).to_pandas()
    assert [*table] == ["xã", "thu nhập"] and table["xã"].tolist() == names


def _marked(sign):
    """Write a letter as windows-1258 does: with its tone as a mark of its own."""
    parts = unicodedata.normalize("NFD", sign)
    tones = [part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323"]
    rest = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
    return rest + "".join(tones)


def test_a_folder_is_all_files_below_it_of_one_kind(tmp_path):
    with pytest.raises(ValueError, match=f"{tmp_path} holds no file"):
        find_files(tmp_path)
    below = tmp_path / "2019.parquet" / "year=2019"
    below.mkdir(parents=True)
    (below / "part-0.parquet").touch(), (below.parent / "_SUCCESS").touch(), (below / ".part-0.crc").touch()
    (tmp_path / "_temporary").mkdir(), (tmp_path / "_temporary" / "a.parquet").touch()
    (tmp_path / "2020.parquet").touch(), (tmp_path / "old").mkdir(), (tmp_path / "old" / "a.parquet").touch()
    files = tuple(f"{tmp_path}/{name}" for name in ("2019.parquet/year=2019/part-0.parquet", "2020.parquet"))
    assert find_files(tmp_path) == (*files, f"{tmp_path}/old/a.parquet")
    assert find_files(f"{tmp_path}/*") == find_files(f"{tmp_path}/*.parquet") == files
    (tmp_path / "notes.xlsx").touch(), (below / "_delta_log").mkdir()
    with pytest.raises(ValueError) as caught:
        find_files([tmp_path, below])
    assert [problem.split(" is ")[1][:23] for problem in caught.value.problems] == [
        *("a table of Delta Lake; ", "neither Parquet nor CSV"),
    ]


def test_a_folder_of_other_files_is_not_walked_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr("povertystats.engines.sources._ODD", 3)
    for folder in range(9):
        (tmp_path / f"{folder}").mkdir()
        for number in range(2):
            (tmp_path / f"{folder}" / f"{number}.parquet").touch()
    assert len(find_files(tmp_path)) == 18
    for folder in range(9):
        for number in range(2):
            (tmp_path / f"{folder}" / f"{number}.txt").touch()
    with pytest.raises(Refused, match="neither Parquet nor CSV") as refused:
        find_files(tmp_path)
    assert str(refused.value).count("neither") == 4


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"commune,income\n01,650\n", mtime=0),
        b"commune,income\r\n01,650\n",
        b"commune~income\n01~650\n",
        b"commune:income\n01:650\n",
    ],
)
def test_what_a_name_does_not_tell_is_seen_from_the_bytes(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    rows, _ = read(connect(), str(tmp_path / "a.csv"))
    assert rows.to_pandas().values.tolist() == [["01", "650"]]


def test_what_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "a.csv"
    for content, rule in (
        (b"", "holds no table"),
        ("xã,n\nB¾c K¹n,1\nCao B»ng,2\nTØnh Hµ,3\n".encode(), "TCVN3"),
        (b"a,b\r\n1,2\n" + b"1,2\r\n" * 300_000 + b"\xff\xfe,2\r\n", "at first, and later is not"),
    ):
        path.write_bytes(content)
        with pytest.raises(ps.PovertyStatsError, match=rule):
            read(connect(), str(path))
