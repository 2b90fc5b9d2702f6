"""labkit: understand Kubernetes Services by running them."""

__version__ = "0.1.0"
