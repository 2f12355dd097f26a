"""The interviewer: rooms in the order of ARCHITECTURE, assembled in bootstrap and main."""
