"""Accounts: registration, sessions, tokens, passwords, suspension."""
