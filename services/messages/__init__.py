"""Messages between people: who may write to whom, what they write, and what of it each of them reads."""
