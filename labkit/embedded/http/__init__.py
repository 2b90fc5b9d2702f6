"""HTTP/1.1 over the emulated streams: small, with keep-alive; server and client."""
