"""The floors of labkit as a table: the one place that tests (and the drawing) read.

A new room gets its line here and in docs/architecture.md.
"""

from __future__ import annotations

# From the ground up.  A floor imports only lower floors; rooms of one floor do not import each
# other.  A room is a module or a package directly under labkit/.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "plan", "clock", "words"),
    ("model",),
    ("xt",),
    ("ruleset", "nft", "ipvs"),
    ("kubeproxy", "netfilter"),
    ("dataplane",),
    ("embedded", "netns"),
    ("cluster",),
    ("viz",),
    ("lab",),
    ("grading", "kernel", "parity"),
    ("cli", "__init__", "__main__"),
)

# Files that only start something: they may import whatever they start.
DOORS = frozenset({"__main__"})

# Floors up to this one are pure Python: the standard library, and what PURE_MAY_IMPORT allows.
PURE_UP_TO = 5

# Names of labkit itself that every floor may take: they are constants.
FREE_NAMES = frozenset({"__version__"})

# Rooms inside a room that stay at its bottom: what else of the room they may import.
INNER: dict[str, tuple[str, ...]] = {
    "embedded.schema": ("embedded.status",),
    "embedded.kinds": (
        "embedded.allocators",
        "embedded.chance",
        "embedded.interfaces",
        "embedded.schema",
        "embedded.status",
    ),
}

# Who may import what: library -> the rooms (or modules) that may.
OWNERS: dict[str, tuple[str, ...]] = {
    "ipykernel": ("kernel",),
    "jupyter_client": ("kernel",),
    "kubernetes": ("cluster", "lab", "grading"),
    "numpy": (
        "netfilter.batch",
        "netfilter.batchpassage",
        "netfilter.guidetable",
        "netfilter.nftbatch",
        "netfilter.tally",
        "xt",
        "viz",
    ),
    "matplotlib": ("viz",),
    "ipywidgets": ("viz",),
    "anywidget": ("viz",),
    "traitlets": ("viz",),
    "subprocess": ("cluster", "netns", "grading"),
    "random": ("netfilter.draws",),
    "time": ("clock", "netns.agent"),
}

# Libraries that these rooms may import only inside a function, because they are costly or
# because the room must also run where the library is missing.
LAZY: dict[str, tuple[str, ...]] = {
    "numpy": ("xt",),
    "yaml": ("kubeproxy",),
}

# Beyond the standard library, in the pure floors (and there only inside functions: see LAZY,
# or in a module of its own that is itself imported late).
PURE_MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "numpy": OWNERS["numpy"],
    "yaml": ("kubeproxy",),
}

# Ceilings, in lines.
LONGEST_FILE = 500
LONGEST_FUNCTION = 60
