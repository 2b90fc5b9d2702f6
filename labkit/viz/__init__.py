"""Pictures of models: one verb, ``show``; every picture has its text and its alt text."""
