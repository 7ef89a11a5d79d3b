import pytest

from povertystats.words.names import plain


def test_every_name_code_and_alias_finds_its_place(facts):
    table = facts.places.table
    assert facts.places.provinces[0] == "Hà Nội" and len(facts.places.provinces) == 63
    for row in table.itertuples():
        for spelling in (
            row.place,
            row.place.upper(),
            plain(row.place),
            row.code,
            *filter(None, row.aliases.split(";")),
        ):
            assert facts.places.find(spelling) == row.place


def test_no_two_places_share_a_spelling(facts):
    spellings = {
        (plain(s), r.place)
        for r in facts.places.table.itertuples()
        for s in (r.place, r.code, *filter(None, r.aliases.split(";")))
    }
    assert len(spellings) == len({spelling for spelling, _ in spellings})


def test_an_unknown_place_is_told_with_the_nearest_names(facts):
    with pytest.raises(LookupError, match="no place 'Bac Kann'; did you mean Bắc Kạn"):
        facts.places.find("Bac Kann")
