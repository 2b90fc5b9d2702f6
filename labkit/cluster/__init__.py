"""The clusters of the lab behind one small protocol, and the real ``kubectl`` that talks to them.

``base`` is the protocol, ``embedded`` the cluster that is always there, ``registry`` how one is
chosen in the open, ``kubectl`` how programs are run, ``doctor`` what this machine can run.
"""
