"""A small POSIX shell for emulated containers: parser, expansion, interpreter, terminal.

It speaks as busybox ash does.  There is no maintained parser of shell for Python with a
licence that fits here (bashlex is GPL), so this one is our own; it is compared with the real
``sh`` of the machine in the tests.
"""
