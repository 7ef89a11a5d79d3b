"""A descriptor is read key by key: what is not known, or stands where it does not count, is told."""

import hashlib
import json
import os

import pytest

from povertystats.files.descriptor import checked_sums, near, read_descriptor, reading
from povertystats.files.problems import DataError
from povertystats.words.errors import Refused


@pytest.fixture
def told(tmp_path):
    """Return what is wrong and what is doubtful in a descriptor with one resource, as (field, suggestion)."""

    def read(package=None, resource=None, text=None):
        about = {"name": "mine", "resources": [{"path": "mine.csv"} | (resource or {})]} | (package or {})
        (tmp_path / "datapackage.json").write_text(json.dumps(about) if text is None else text, "utf-8")
        try:
            errors, warnings = [], read_descriptor(tmp_path / "datapackage.json")[1]
        except DataError as error:
            errors, warnings = error.problems, []
        return [[(p.field, p.suggestion) for p in some] for some in (errors, warnings)]

    return read


@pytest.mark.parametrize(
    ("package", "resource"),
    [
        ({"description": "x", "licenses": [], "keywords": ["a"], "created": "2020"}, {}),
        ({"illustrative": True, "decimal": ",", "units": {"poor_pct": "share"}}, {"missing": ["?"]}),
        ({}, {"format": "csv", "mediatype": "text/csv", "encoding": "utf-8", "dialect": {"delimiter": ";"}}),
        (
            {},
            {
                "schema": {
                    "fields": [{"name": "value", "type": "number", "decimalChar": ","}],
                    "missingValues": [""],
                }
            },
        ),
    ],
)
def test_what_a_descriptor_may_say(told, package, resource):
    assert told(package, resource) == [[], []]


@pytest.mark.parametrize(
    ("package", "resource", "field", "meant"),
    [
        ({"Illustrative": True}, {}, "Illustrative", "illustrative"),
        ({"ilustrative": True}, {}, "ilustrative", "illustrative"),
        ({}, {"rol": "facts"}, "rol", "role"),
        ({}, {"hsah": "x"}, "hsah", "hash"),
        ({}, {"unit": {}}, "unit", "level"),
        ({"decimals": ","}, {}, "decimals", "decimal"),
        ({}, {"schema": {"missingvalues": []}}, "missingvalues", "missingValues"),
        ({}, {"schema": {"fields": [{"name": "value", "decimalchar": ","}]}}, "decimalchar", "decimalChar"),
        ({"hash": "x"}, {}, "hash", "level"),
        ({}, {"fieldsMatch": "equal"}, "fieldsMatch", "level"),
        ({}, {"schema": {"fieldmatch": "equal"}}, "fieldmatch", "fieldsMatch"),
        ({}, {"data": [[1]]}, "data", "file of its own"),
    ],
)
def test_a_key_that_is_nearly_known_is_asked_about(told, package, resource, field, meant):
    (errors, _) = told(package, resource)
    assert [name for name, _ in errors] == [field]
    assert meant in errors[0][1] or meant == "level"


@pytest.mark.parametrize("key", ["dcterms:spatial", "_comment", "x-own", "our_office"])
def test_a_foreign_key_is_a_warning(told, key):
    assert told({key: "x"}) == [[], [(key, "")]]


@pytest.mark.parametrize(
    ("package", "resource", "field"),
    [
        ({"illustrative": "false"}, {}, "illustrative"),
        ({}, {"illustrative": 1}, "illustrative"),
        ({"decimal": "point"}, {}, "decimal"),
        ({"thousands": ["."]}, {}, "thousands"),
        ({"missing": "NA"}, {}, "missing"),
        ({"units": ["share"]}, {}, "units"),
        ({"units": {"a": 1}}, {}, "units"),
        ({}, {"bytes": "many"}, "bytes"),
        ({}, {"bytes": True}, "bytes"),
        ({}, {"schema": "schema.json"}, "schema"),
        ({}, {"schema": {"fields": ["value"]}}, "fields"),
        ({}, {"dialect": []}, "dialect"),
        ({}, {"encoding": 8}, "encoding"),
        ({}, {"path": "a\0.csv"}, "path"),
        ({}, {"path": "/etc/hostname"}, "path"),
        ({}, {"path": "\ud800.csv"}, "path"),
        ({}, {"path": "a/../../b.csv"}, "path"),
        ({"resources": [{"path": "a.csv"}, {"path": "a.csv"}]}, {}, "path"),
        ({"resources": [{"path": "a.csv", "name": "a"}, {"path": "b.csv", "name": "a"}]}, {}, "name"),
        ({"resources": ["a.csv"]}, {}, "path"),
        ({"resources": {"path": "a.csv"}}, {}, "resources"),
    ],
)
def test_a_value_of_another_type_is_told(told, package, resource, field):
    (errors, _) = told(package, resource)
    assert field in {name for name, _ in errors}


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1]", "null", '"x"', "[" * 100_000, '{"a": 1, "a": 2, "resources": [{"path": "a.csv"}]}'],
)
def test_json_that_cannot_be_used_is_told(told, text):
    assert told(text=text)[0]


def test_links_out_of_the_folder_pipes_and_devices_are_refused(tmp_path):
    (tmp_path / "secret.csv").write_text("place\n")
    folder = tmp_path / "package"
    folder.mkdir()
    (folder / "mine.csv").symlink_to(tmp_path / "secret.csv")
    (folder / "inside.csv").write_text("place\n")
    (folder / "again.csv").symlink_to(folder / "inside.csv")
    path = folder / "datapackage.json"
    path.write_text(json.dumps({"resources": [{"path": "mine.csv"}]}))
    with pytest.raises(DataError, match="a link that leaves"):
        read_descriptor(path)
    path.write_text(json.dumps({"resources": [{"path": "again.csv"}]}))
    read_descriptor(path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match="no regular file"):
        read_descriptor(path)


def test_checksums_of_every_kind_are_compared():
    content = b"place\n"
    for kind in ("md5", "sha1", "sha256", "sha512"):
        digest = hashlib.new(kind, content).hexdigest()
        for written in (f"{kind}:{digest}", f"{kind.upper()}:{digest.upper()}"):
            assert not list(checked_sums({"path": "a.csv", "hash": written}, content))
        (problem,) = checked_sums({"path": "a.csv", "hash": f"{kind}:{digest[1:]}0"}, content)
        assert "differs from its checksum" in problem.rule and "drop or renew" in problem.suggestion
    assert not list(checked_sums({"path": "a.csv", "hash": hashlib.md5(content).hexdigest()}, content))
    assert not list(
        checked_sums({"path": "a.csv", "stats": {"md5": hashlib.md5(content).hexdigest()}}, content)
    )
    assert list(checked_sums({"path": "a.csv", "stats": {"bytes": 3}}, content))
    (unknown,) = checked_sums({"path": "a.csv", "hash": "crc32:00"}, content)
    assert "no such kind" in unknown.rule
    (size,) = checked_sums({"path": "a.csv", "bytes": 5}, content)
    assert size.field == "bytes" and "6 bytes" in size.rule
    assert not list(checked_sums({"path": "a.csv", "bytes": 6}, content))


def test_a_compression_that_the_file_does_not_have_is_named():
    packed = b"\x1f\x8b..."
    for said, content, wrong in (
        ("gz", packed, 0),
        ("gz", b"a", 1),
        ("zip", b"PK", 1),
        (["gz"], packed, 1),
        ("no", b"a", 0),
    ):
        found = list(checked_sums({"path": "a.csv", "compression": said}, content))
        assert [problem.field for problem in found] == ["compression"] * wrong


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"decimal": "point"}, "decimal"),
        ({"decimal": ",", "thousands": ","}, "both"),
        ({"units": {"a": 1}}, "units"),
        ({"missing": "NA"}, "missing"),
    ],
)
def test_options_that_cannot_be_are_refused(options, said):
    with pytest.raises(Refused, match=said):
        reading(**options)


def test_names_near_a_known_one():
    assert near("peroid", ["period", "place"]) == "did you mean period?"
    assert near("Note ", ["note"]) and not near("", ["note"]) and not near("latitude", ["note", "place"])
