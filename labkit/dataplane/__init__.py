"""The three modes of kube-proxy behind one set of verbs.

kube-proxy writes rules (``labkit.kubeproxy``), a node follows them (``labkit.netfilter``,
``labkit.ipvs``); the two rooms meet here, and in nothing but text::

    from labkit import KubeProxy, Packet

    for mode in ("iptables", "nftables", "ipvs"):
        plane = KubeProxy(mode=mode).data_plane(services, slices)
        plane.outcomes(packet).by_destination    # exact chances
        plane.cost(packet)                       # rules asked, and look-ups
        plane.turns(packet, 6)                   # who gets six connections in a row

From the bottom up::

    nodes      an emulated node from a mode's text
    plane      DataPlane: trace, outcomes, simulate, cost ... whatever the mode
    proxy      KubeProxy with data_plane()
    beside     the same packet through all three, as a table
"""
