"""Who is asking: the operator, the candidate of one interview, or nobody."""
