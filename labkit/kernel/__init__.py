"""The Jupyter kernel "ClusterIP Lab": IPython with the lab open.

A line that begins with ``kubectl`` runs as typed; Tab completes its verbs, kinds and names (by
kubectl's own completion); errors come short.  ``python -m labkit.kernel`` is what Jupyter starts;
``labkit kernel install`` tells Jupyter of it.

    lines        kubectl lines in a cell
    completion   what kubectl would complete
    session      the lab of the session
    kernel       IPython's kernel with these
    spec         installing and removing
"""
