"""What is installed: the lock, the launcher, the wheel, the image."""
