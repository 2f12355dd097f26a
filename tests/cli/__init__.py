"""What people type and read in a terminal."""
