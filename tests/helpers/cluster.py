"""A standalone cluster of Spark on this machine: a master and workers of one core each, which end with their owner."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class Cluster:
    """Where the master is, and the processes of the workers."""

    def __init__(self, master, workers):
        self.master, self.workers = master, workers

    def kill_worker(self):
        """Kill a worker and its executor, as a machine that breaks down."""
        _killed(self.workers.pop())


@contextlib.contextmanager
def started(folder, workers=2):
    """Give a cluster that logs into a folder; it is stopped however the context ends, the owner's death included."""
    import pyspark

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"spark://127.0.0.1:{port}"
    local = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    program = Path(pyspark.__file__).parent / "bin" / "spark-class"

    def run(name, *arguments):
        with open(Path(folder, f"{name}.log"), "w") as log:
            line = [program, f"org.apache.spark.deploy.{name[:6].lower()}.{name[:6]}", "--host", "127.0.0.1"]
            return subprocess.Popen(
                [*line, "--webui-port", "0", *arguments],
                **{"stdout": log, "stderr": log, "env": {**os.environ, **local}},
                **{"start_new_session": True, "preexec_fn": _die_with_owner},
            )

    processes = []
    os.environ.update(local)
    try:
        processes.append(run("Master", "--port", str(port)))
        _listens(port, processes[0])
        for i in range(workers):
            limits = ["--cores", "1", "--memory", "1g", "--work-dir", str(folder)]
            processes.append(run(f"Worker{i}", *limits, address))
        yield Cluster(address, processes[1:])
    finally:
        for process in reversed(processes):
            _killed(process)


def _die_with_owner():
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _listens(port, process, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.2)
    raise RuntimeError(f"no master of Spark at port {port}")


def _killed(process):
    # Its executors are of its group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
