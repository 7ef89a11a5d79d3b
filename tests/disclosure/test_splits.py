from povertystats.disclosure.splits import Split, chain


def test_a_split_names_the_part_and_what_is_left():
    assert Split("poor", "all").names == ("poor",)
    assert Split("poor", "all", rest="others").names == ("poor", "others")


def test_a_chain_tells_columns_apart_one_by_one():
    assert chain("all", ["one"]) == []
    first, last = chain("all", ["a", "b", "c"], all_tells=True)
    assert (first.rest, last.of, last.rest) == ("all but a", "all but a", "c")
    assert first.all_tells and not last.all_tells
