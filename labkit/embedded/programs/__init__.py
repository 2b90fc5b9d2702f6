"""What runs inside emulated images: one program a file, spoken to through ``Process`` alone."""
