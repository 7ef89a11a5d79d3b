"""nbval without a run of its own: what notebooks showed when the pages in build/ were made is compared with what they hold."""

from pathlib import Path

from povertystats.words.schemas import jsonschema

jsonschema()  # before nbformat: it takes seconds otherwise

import nbformat  # noqa: E402
from nbval import plugin  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
# Where ``povertystats brief --executed`` left them.
RUN = ROOT / "build" / "notebooks"


def _setup(self):
    self.setup_sanitize_files()
    run = RUN / self.path.relative_to(ROOT / "notebooks")
    cells = nbformat.read(run, as_version=4).cells if run.exists() else []
    self.run = [cell for cell in cells if cell.cell_type == "code"]


def _runtest(self):
    run = self.parent.run
    if self.cell_num >= len(run) or run[self.cell_num].source != self.cell.source:
        self.raise_cell_error("This cell was not run: make brief")
    ours, now = (plugin.coalesce_streams(cell.outputs) for cell in (self.cell, run[self.cell_num]))
    if not self.compare_outputs(now, ours):
        self.raise_cell_error("Cell outputs differ: make notebooks", "\n".join(self.comparison_traceback))


plugin.IPyNbFile.setup = _setup
plugin.IPyNbFile.teardown = lambda self: None
plugin.IPyNbCell.runtest = _runtest
