"""The web server around the pages: what it answers, takes and refuses, whatever a page says. See SECURITY.md."""
