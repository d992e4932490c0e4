"""Ratings on their way: files of other sites are read, matched, reported and brought in; one's own are written for elsewhere."""
