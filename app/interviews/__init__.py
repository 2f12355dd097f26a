"""What happens next in an interview."""
