"""One question a file (or a family of them): what a real Kubernetes v1.36 does."""
