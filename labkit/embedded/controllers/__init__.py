"""The controllers, one per file; ``manager.py`` starts them all.

::

    cluster.py   mirrors of all resources (list and watch), writes that show in them at once
    queue.py     the work queue: each key once, delays, back-off
    runtime.py   what a controller is
    objects.py   small questions about objects
"""
