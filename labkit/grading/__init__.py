"""What a learner commits to before running: predictions, kept and set beside what came."""
