"""Announcements: what course staff tell a course, and the office the whole school."""
