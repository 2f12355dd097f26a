"""Whether the grader can be believed: labelled answers, figures, and the fit of the head."""
