"""``python -m labkit.kernel -f CONNECTION``: what Jupyter starts."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    # An import from the notebook's folder must not shadow a library (as ipykernel does it).
    if sys.path[0] == "":
        del sys.path[0]
    from ipykernel.kernelapp import IPKernelApp

    from labkit.kernel.kernel import LabKernel

    IPKernelApp.launch_instance(kernel_class=LabKernel)
