# What staff tell a course or the school.
