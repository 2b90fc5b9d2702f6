"""Resource quotas: what objects use, whom a quota is about, what it refuses.

::

    admission.py  a request against the quotas of its namespace   (API server)
    usage.py      what one object uses: of every kind its count, and
                  pods.py, services.py what those two use besides
    scopes.py     which Pods a quota with scopes is about

After pkg/quota/v1 and apiserver/pkg/admission/plugin/resourcequota of Kubernetes v1.36.
"""
