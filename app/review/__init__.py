"""What people decide: the queue, their decisions, and the audit sample that they judge blind."""
