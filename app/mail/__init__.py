"""Letters to candidates: what one is, and how it leaves by SMTP."""
