"""The embedded cluster: a two-node Kubernetes in plain Python that the real kubectl talks to."""
