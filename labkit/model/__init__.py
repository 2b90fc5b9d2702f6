"""The nouns of labkit: packets, services, traces.  Frozen values without behaviour."""
