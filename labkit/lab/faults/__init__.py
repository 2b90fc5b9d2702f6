"""Faults on demand: what can be broken in the lab, how it is recorded, and how it is undone.

``nouns`` are the changes, ``catalog`` the faults made of them, ``changing`` does and undoes them,
``record`` remembers in the cluster what is to be undone, ``breaking`` puts it all together.
"""
