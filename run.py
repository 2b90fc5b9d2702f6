#!/usr/bin/env python3
"""One door to the project: ``python3 run.py`` lists what can be done.

Needs Python 3.11 or newer and nothing else.  The first command makes ``.venv`` beside this
file, puts the pinned packages of ``requirements.lock`` into it and remembers that it did
(``tools/prepare.py``); every later command starts at once.  Works from any folder.

Old Pythons can read this file, so that they get a sentence and not a traceback.
"""

import os
import subprocess
import sys


def newer_python():
    """The path of a Python that will do, or ""."""
    for name in ("python3.14", "python3.13", "python3.12", "python3.11"):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = os.path.join(folder, name)
            if os.access(path, os.X_OK):
                with open(os.devnull, "w") as nowhere:
                    if subprocess.call([path, "-c", ""], stderr=nowhere) == 0:
                        return path
    return ""


if sys.version_info < (3, 11):
    found = newer_python()
    sys.exit(
        "run.py needs Python 3.11 or newer, and this is Python %d.%d. " % sys.version_info[:2]
        + ("Try: %s run.py" % found if found else "Install one, for example from python.org.")
    )

if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
    from tools.menu import main

    sys.exit(main(sys.argv[1:]))
