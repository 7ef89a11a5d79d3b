"""What a text can mean among named places; how spellings are read is tested with the places themselves."""

import pytest

from povertystats.words.gazetteer import SEVERAL, Entry, Gazetteer


def test_parents_that_are_not_one_place_are_told():
    two = [Entry(f"{i}", f"Washington {i}", "Washington", kind="district", parent="X") for i in range(2)]
    towns = [
        Entry("a", "Mill", "Mill", kind="commune", parent="Washington"),
        Entry("b", "Loop", "Loop", kind="group", parent="Loop"),
        Entry("c", "Far", "Far", kind="commune", parent="Nowhere"),
    ]
    told = list(Gazetteer([*two, *towns]).wrong_parents())
    assert [(label, rule) for label, rule, _ in told] == [
        ("Mill", SEVERAL),
        ("Loop", "the place lies in itself"),
    ]
    assert "code 0" in told[0][2] and "code 1" in told[0][2]


@pytest.mark.parametrize("kind", ["province", "district"])
def test_circles_of_parents_end(kind):
    circle = [Entry("a", "A", "A", kind="group", parent="B"), Entry("b", "B", "B", kind=kind, parent="A")]
    places = Gazetteer(circle)
    assert places.matching("A", "B") == [0] and places.matching("A", "C") == []


def test_a_label_means_its_own_place_only():
    places = Gazetteer([Entry("1", "A (X)", "A", parent="X"), Entry("2", "A (Y)", "A", parent="Y")])
    assert (
        places.matching("A") == [0, 1]
        and places.matching("A (Y)") == [1]
        and places.names
        == {
            "a (x)": "A (X)",
            "a (y)": "A (Y)",
            "1": "A (X)",
            "2": "A (Y)",
        }
    )
