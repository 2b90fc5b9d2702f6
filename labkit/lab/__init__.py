"""The documented two-node lab: its steps, its manifests, and the arithmetic of its verdict.

``steps`` and ``run`` are the lab of a terminal, ``api`` the lab of a notebook, ``verdict`` the
exact statistics of "random or round robin?".
"""
