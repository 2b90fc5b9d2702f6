"""A small ingress controller: ``routes`` finds the Service, ``upstreams`` its servers, ``traefik``
is the program."""
