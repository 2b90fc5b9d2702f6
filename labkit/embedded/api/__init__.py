"""The API server over HTTP: tornado handlers around the verbs of ``machinery``."""
