import numpy as np

from povertystats.disclosure.figure import Figure


def test_what_there_is_of_all_households_is_the_last_group():
    cells = np.arange(6).reshape(2, 3)
    figure = Figure(*[cells] * 6, cells > 3, cells > 4, cells, must=False)
    alone = figure.of_all()
    assert alone.count.tolist() == [[2], [5]] and alone.hidden.tolist() == [[False], [True]]
    assert alone.loose.tolist() == [[False], [True]] and not alone.must
