"""Two whole runs of the pages under other hash seeds, zones, locales, threads and folders: are all files alike?

Run it with ``make twice``; arguments are those of ``povertystats brief``.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

# What must make no difference: variables of the environment, and whether the run starts in the folder of its pages.
SURROUNDINGS = [
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Ho_Chi_Minh", "LC_ALL": "C.UTF-8", "OMP_NUM_THREADS": "1"},
    {"PYTHONHASHSEED": "4711", "TZ": "America/St_Johns", "LC_ALL": "C", "OMP_NUM_THREADS": "3"},
]
CODE = "import sys; from povertystats.cli import main; sys.exit(main())"


def files(folder: Path) -> dict[str, str]:
    """Return the checksum of every file in a folder, by its name there."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found
    }


def main(arguments: list[str]) -> int:
    """Run the pages in each of the surroundings, compare their files and say which differ."""
    root = str(Path(__file__).resolve().parent.parent)
    with tempfile.TemporaryDirectory() as place:
        made = []
        for number, variables in enumerate(SURROUNDINGS):
            output = Path(place, f"run {number}", "pages")
            output.parent.mkdir()
            # The one names its folder in full, the other from within.
            where, named = (output.parent, "pages") if number else (root, str(output))
            environment = (
                os.environ
                | variables
                | {"PYTHONPATH": root, "OPENBLAS_NUM_THREADS": variables["OMP_NUM_THREADS"]}
            )
            command = [sys.executable, "-c", CODE, "brief", "--output", named, *arguments]
            subprocess.run(command, cwd=where, env=environment, check=True)
            made.append(files(output))
        kept = os.environ.get("TWICE_KEEP")
        if kept:
            subprocess.run(["cp", "-r", place, kept], check=True)
    first, second = made
    differ = sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))
    print(
        f"{len(first.keys() | second.keys()) - len(differ)} of {len(first.keys() | second.keys())} files alike"
    )
    print(*differ, sep="\n")
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
