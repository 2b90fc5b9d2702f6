"""What the API server knows of objects, as pure functions over plain JSON dicts.

::

    fields.py      the table of fields and types (``tables/``, made by tools/make_fields.py)
    decode.py      text to object: strict, with the words of the real decoder
    defaults/      what the server fills in, one file per kind
    validate/      what it refuses and how it says so, one file per kind
    patch.py       JSON patch, JSON merge patch, strategic merge patch
    apply.py       server-side apply and managedFields
    protobuf.py    bodies that kubectl sends as application/vnd.kubernetes.protobuf
    selectors.py   label and field selectors
    openapi.py     what kubectl asks of /openapi/v2 and /openapi/v3

Nothing here changes its arguments, keeps state or imports the ``kubernetes`` client.
"""
