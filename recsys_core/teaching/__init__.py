"""The words around the lessons: what the page Learn, the notebooks and the terminal say about :mod:`recsys_core.lessons`."""
