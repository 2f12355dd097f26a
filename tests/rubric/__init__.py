"""What is asked, and how verdicts become a score."""
