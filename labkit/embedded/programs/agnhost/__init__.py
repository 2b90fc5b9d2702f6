"""``/agnhost`` of the Kubernetes test images: one command, and many programs inside, one a file."""

from labkit.embedded.programs.agnhost.main import agnhost

__all__ = ["agnhost"]
