"""What models are called on every page."""

MODEL_WORDS = {
    "hybrid": "Hybrid – all together",
    "content": "Content – what titles are about",
    "item-knn": "Neighbours – rated alike by the same people",
    "svd": "Latent factors – hidden tastes",
    "ease": "EASE – what goes with the few you rated",
    "gp": "Gaussian process – expected stars",
    "watched": "Watched – which titles, whatever the stars",
    "user-knn": "People like you – what they liked",
    "als": "Matrix factorisation (ALS) – what was chosen",
    "nmf": "Parts of taste (NMF) – tastes that add up",
    "popularity": "Popularity – the same for everyone",
}


def model_words(model: str) -> str:
    """What a model is called where it is chosen; a model without words is called by its own name."""
    return MODEL_WORDS.get(model, model)


def model_name(model: str) -> str:
    """The same in short."""
    return model_words(model).split(" – ")[0]
