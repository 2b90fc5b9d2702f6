"""One exercise per file: its data, its visible tests, and what each wrong answer tells."""
