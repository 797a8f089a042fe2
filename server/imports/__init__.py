"""Reading files from outside into the house; the rules of what they become stand in `services/`."""
