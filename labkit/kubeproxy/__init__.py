"""kube-proxy's rules, exactly: from Services and EndpointSlices to the text it writes.

The facts are those of kube-proxy v1.36 in iptables mode
(``pkg/proxy/iptables/proxier.go``, ``pkg/proxy/topology.go``, ``pkg/proxy/serviceport.go``).
How the files hang together, from the bottom up::

    addresses  names          texts of addresses; names of chains
    config                    KubeProxyConfiguration, and facts of the host
    rule                      one rule, written as kube-proxy and as iptables-save write it
    ports  endpoints          what of a Service and its slices counts on this node
    toplevel                  the fixed chains
    plan  shared  own         one Service port: decisions, shared chains, chains of its own
    service                   all rules of one Service port
    proxy  saved              KubeProxy: everything together, in either spelling
    syncer                    what is written again when something changes
    objects  notes  explain   files in; what is passed over; what each rule is for
"""
