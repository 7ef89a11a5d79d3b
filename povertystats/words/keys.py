"""Keys: the columns that together name a place, its label, and labels that are one in two forms of writing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from povertystats.words.errors import WrongType, refuse
from povertystats.words.names import plain

# A column, or the columns of the full key from the largest area to the smallest.
Key: TypeAlias = str | Sequence[str]
# Levels of areas, each in the one before: a name is known only under its parents, whatever the columns are called.
_LEVELS = (
    {"country", "nuoc", "negara"},
    {"province", "state", "tinh", "provinsi"},
    {"district", "county", "regency", "huyen", "quan huyen", "kabupaten"},
    {"commune", "ward", "municipality", "subdistrict", "xa", "xa phuong", "kecamatan"},
    {"village", "hamlet", "thon", "ap", "thon ban", "desa"},
)
_AFFIXES = {"name", "code", "id", "ten", "ma"}


def full_key(key: Key, columns: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that name an area, from the largest to the smallest.

    A list is the full key as it stands; a single column of a known level (such as commune, huyện or county) has the
    columns of the levels above it before it, those that are there.
    Raises WrongType where the key is neither.

    >>> full_key("commune", ["province", "district", "commune", "poor"])
    ('province', 'district', 'commune')
    >>> full_key(["commune"], ["province", "commune"]), full_key("place", ["province", "place"])
    (('commune',), ('place',))
    """
    if not isinstance(key, str):
        if not (isinstance(key, list | tuple) and key and all(isinstance(part, str) for part in key)):
            raise WrongType(
                f"a key must be a column, or a list of columns from the largest area to the smallest, not {key!r}"
            )
        return tuple(key)
    level = _level(key)
    above = {} if level is None else {_level(c): c for c in reversed(list(columns)) if isinstance(c, str)}
    return *(above[i] for i in range(level or 0) if i in above), key


def key_name(key: Key) -> str:
    """Return the column of the smallest area, by which a key is called.

    >>> key_name("commune"), key_name(["district", "commune"])
    ('commune', 'commune')
    """
    return key if isinstance(key, str) else key[-1]


def labels_of(frame: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Return the label of each row by a full key, the smallest area first: "Tân Lập, Chợ Mới"; missing where a part is.

    Raises Refused where two keys have one label: parts of two types.

    >>> rows = pd.DataFrame({"district": ["Chợ Mới", "Bạch Thông", None], "commune": "Tân Lập"})
    >>> labels_of(rows, ["district", "commune"]).tolist()
    ['Tân Lập, Chợ Mới', 'Tân Lập, Bạch Thông', None]
    """
    if len(key) == 1:
        return frame[key[0]]
    code, there, levels = np.zeros(len(frame), int), np.ones(len(frame), bool), []
    for column in key:
        codes, values = pd.factorize(frame[column].values)
        there &= codes >= 0
        code, levels = code * len(values) + codes, [*levels, values.tolist()]
    used, position = np.unique(code[there], return_inverse=True)
    labels = []
    for one in used.tolist():
        parts = []
        for values in reversed(levels):
            one, at = divmod(one, len(values))
            parts.append(_text(values[at]))
        labels.append(", ".join(parts))
    twice = (
        sorted({label for label in labels if labels.count(label) > 1}) if len({*labels}) < len(labels) else []
    )
    refuse("cannot tell rows apart", _two_types(key[-1], twice))
    found = np.full(len(frame), None, object)
    found[there] = np.array(labels, object)[position]
    return pd.Series(found, index=frame.index, name=key[-1])


def label_column(table: Any, key: Sequence[str]) -> Any:
    """Return the labels of ``labels_of`` as a column of an ibis table, on DuckDB or Spark.

    >>> import ibis
    >>> rows = ibis.memtable({"district": ["Chợ Mới", "Bạch Thông"], "commune": ["Tân Lập", "Tân Lập"]})
    >>> label_column(rows, ["district", "commune"]).to_pandas().tolist()
    ['Tân Lập, Chợ Mới', 'Tân Lập, Bạch Thông']
    """
    columns = [table[column] for column in key]
    # What is no number names nothing.
    columns = [c.nullif(float("nan")) if c.type().is_floating() else c for c in columns]
    if len(columns) == 1:
        return columns[0]
    first, *others = (_text_column(column) for column in reversed(columns))
    return first.concat(*(part for other in others for part in (", ", other)))


def label_problems(name: str, labels: Sequence, seen: np.ndarray | None = None) -> Iterator[str]:
    """Yield what labels of places or households are one in two forms, and would be kept apart.

    Names in two forms of Unicode, or with stray blanks; numbers and texts of the same digits; and texts of digits with
    and without leading zeros, which are codes of their own unless no two of them have a time in common: ``seen``
    (labels, times), whether a label has rows at a time.

    >>> list(label_problems("place", [1, "00001", "2"]))
    ["place 1 and '00001': one is a number, the other text, and they would be two; expected one type"]
    >>> list(label_problems("place", ["01", "1"], np.eye(2, dtype=bool)))
    ["place '01' and '1': leading zeros stand at some times and not at others, and they would be two; expected one form"]
    >>> list(label_problems("place", ["01", "1"], np.ones((2, 2), dtype=bool)))
    []
    """
    forms, digits = _groups(labels, _form), _groups(labels, _digits)
    for group in forms:
        words = " and ".join(ascii(labels[i]) for i in group)
        yield f"{name} {labels[group[0]]!r} is written in {len(group)} forms ({words}); expected one: no stray blanks, and one form of Unicode (unicodedata.normalize)"
    written = {i for group in forms for i in group}
    digits = [group for group in digits if not written.issuperset(group)]
    mixed = [group for group in digits if len({isinstance(labels[i], str) for i in group}) > 1]
    for group in mixed:
        first, other = _shown(labels, group)
        yield f"{name} {first} and {other}: one is a number, the other text, and they would be two; expected one type"
    zeros = [group for group in digits if group not in mixed]
    if (
        zeros
        and seen is not None
        and seen.shape[1] > 1
        and not any((seen[group].sum(axis=0) > 1).any() for group in zeros)
    ):
        first, other = _shown(labels, zeros[0])
        more = f" (and {len(zeros) - 1} more)" if len(zeros) > 1 else ""
        yield f"{name} {first} and {other}{more}: leading zeros stand at some times and not at others, and they would be two; expected one form"


def moved(name: str, key: Sequence[str], labels: Sequence[str], seen: np.ndarray) -> Iterator[str]:
    """Yield areas of one name that no two parents have at the same time: one that moved, or several.

    ``labels`` of a key that was understood, not given; ``seen`` as in ``label_problems``.

    >>> labels = ["Tân Lập, Chợ Mới", "Tân Lập, Ba Bể"]
    >>> list(moved("commune", ["district", "commune"], labels, np.eye(2, dtype=bool)))[0][:76]
    "'Tân Lập, Chợ Mới' and 'Tân Lập, Ba Bể' have no year in common: one commune "
    >>> list(moved("commune", ["district", "commune"], labels, np.ones((2, 2), dtype=bool)))
    []
    """
    alone = [
        group
        for group in _groups(labels, lambda label: str(label).partition(", ")[0])
        if seen[group].any(axis=1).all() and not (seen[group].sum(axis=0) > 1).any()
    ]
    if alone and seen.shape[1] > 1:
        first, other = _shown(labels, alone[0])
        more = f", as {len(alone) - 1} more" if len(alone) > 1 else ""
        yield f"{first} and {other} have no year in common: one {name} that moved, or two{more}; say which by {list(key)} (two) or [{name!r}] (one)"


def _level(column):
    words = [word for word in plain(column).replace("_", " ").split() if word not in _AFFIXES]
    return next((i for i, names in enumerate(_LEVELS) if " ".join(words) in names), None)


def _text(value):
    """Return a part of a label, in which no mark stands that parts it from the next."""
    whole = isinstance(value, float) and value.is_integer()
    return str(int(value) if whole else value).replace(", ", ",")


def _text_column(value):
    if value.type().is_floating():
        whole = value.cast("int64")
        return (whole == value).ifelse(whole.cast("string"), value.cast("string"))
    return value.cast("string").replace(", ", ",")


def _form(label):
    """Return a text in one form of Unicode, without stray blanks, Ð (eth) for Đ."""
    if not isinstance(label, str):
        return label
    text = (
        label if label.isascii() else unicodedata.normalize("NFC", label).replace("Ð", "Đ").replace("ð", "đ")
    )
    return " ".join(text.split())


def _digits(label):
    """Return a label of digits as a number's text, part by part: "01, 001" as "1, 1"; others as they are."""
    parts = _text(label).split(", ") if not isinstance(label, str) else label.split(", ")
    return ", ".join(
        (part.removesuffix(".0").lstrip("0") or "0")
        if part[:1].isdigit() and part.removesuffix(".0").isdigit()
        else part
        for part in parts
    )


def _groups(labels, form):
    """Return the positions of different labels that have one form, in groups of two or more."""
    groups: dict[Any, list[int]] = {}
    for i, label in enumerate(labels):
        groups.setdefault(form(label), []).append(i)
    return [group for group in groups.values() if len(group) > 1]


def _shown(labels, group):
    return (repr(labels[i]) for i in group[:2])


def _two_types(name, twice):
    return [
        f"{name} {label!r} is written in two types, or with blanks after a comma; expected one"
        for label in twice[:3]
    ]
