"""The page Factors, one file per view."""
