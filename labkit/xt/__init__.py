"""The kernel's extensions for iptables: one file each, named as the kernel names it.

A file holds three things about one extension: its flags as a table, how iptables-save
spells it, and what it means for one packet (``matches`` or ``apply``), for exact
probability (``odds``) and for NumPy columns (``columns``).
"""
