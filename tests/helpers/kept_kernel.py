"""nbval with one kernel a process: the next notebook finds it as new, but for what was imported and worked out once.

So do the pages (``povertystats.pages.kernels``); to start a kernel costs as much as to run a notebook.
"""

from nbval import plugin
from nbval.kernel import RunningKernel

_kept = None


def _as_new(kernel_name, cwd=None, startup_timeout=60):
    """Return the kernel of this process in a folder, with nothing of what others named; begun if there is none."""
    global _kept
    if _kept is None or not _kept.is_alive():
        _kept = RunningKernel(kernel_name, cwd=cwd, startup_timeout=startup_timeout)
        return _kept
    cleared = _kept.execute_cell_input(f"%reset -sf\n%cd -q {cwd}", allow_stdin=False)
    _kept.await_reply(cleared, timeout=startup_timeout)
    _kept.await_idle(cleared, timeout=startup_timeout)
    return _kept


def pytest_sessionfinish():
    if _kept is not None and _kept.is_alive():
        _kept.stop()


plugin.RunningKernel = _as_new
# What stops when its time is over is begun anew; at the end of a notebook nothing stops.
plugin.IPyNbFile.teardown = lambda self: None
