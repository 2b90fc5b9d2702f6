"""For the IPython of an environment with labkit: lessons have a guide (``labkit.kernel.guide``).

Outside a folder of lessons the extension does nothing.
"""

from importlib.util import find_spec

if find_spec("labkit") is not None:
    c = get_config()  # noqa: F821 - IPython hands it in
    c.InteractiveShellApp.extensions.append("labkit.kernel.guide")
