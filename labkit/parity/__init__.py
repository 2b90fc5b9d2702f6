"""One body of checks that holds on every cluster of the lab: embedded, kind, or the user's own."""
