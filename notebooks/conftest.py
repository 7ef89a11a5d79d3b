"""What nbval does not compare, each with its reason; everything else must come out the same."""

import pytest
from nbval.plugin import IPyNbFile

SKIPPED = (
    "text/html",  # the plain text of the same table is compared
    "stderr",  # warnings of other packages come and go with their versions
)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    collected = yield
    for file in collected if isinstance(collected, list) else [collected]:
        if isinstance(file, IPyNbFile):
            file.skip_compare = (*file.skip_compare, *SKIPPED)
    return collected
