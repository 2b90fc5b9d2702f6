"""The kubelet: one per node, runs the Pods that are bound to it on emulated images.

::

    node.py         one kubelet: hears of its Pods, gives each a worker
    pod.py          one Pod: what to start, to restart and to stop, and when
    slot.py         what is remembered of one container across its runs
    starting.py     from spec to a container that is ready to start; ending.py: hooks, the end
    restoring.py    after a restart of the server
    container.py    one run of one container
    pull.py         images: present, pulled, unknown
    environment.py  variables, in the kubelet's order; expansion.py: $(VAR); downward.py: fieldRef
    files.py        /etc/hosts and the like, volumes as files
    probing.py      what probe results lead to
    probes.py       readiness, liveness and startup, asked of the emulated Pod itself
    status.py       phase, conditions, container statuses
    logs.py         log files that outlive the server
    addresses.py    Pod addresses out of the node's podCIDR
    runtime.py      logs, exec, attach and port-forward for the API server
"""
