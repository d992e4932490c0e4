"""What each measure of the evaluation means, and when it misleads, in plain words."""

from __future__ import annotations

from typing import NamedTuple


class Metric(NamedTuple):
    """A measure in words.

    Attributes
    ----------
    unit : what the axis counts
    better : "higher", "lower" or "" (neither)
    """

    name: str
    unit: str
    better: str
    means: str
    misleads: str


LISTS = {
    "ndcg@10": Metric(
        "NDCG@10 – good titles near the top",
        "NDCG@10",
        "higher",
        "How close the first ten come to the best possible list: 1 if titles that the person gave four stars or more fill the top, "
        "0 if none is among the ten. A hit counts more the higher it stands.",
        "Only titles that the person happened to rate can be hits. A fine title that they never came across counts as a miss, so lists "
        "of famous titles look better than they are.",
    ),
    "stratified ndcg@10": Metric(
        "NDCG@10, less known titles count more",
        "stratified NDCG@10",
        "higher",
        "NDCG@10 in which a hit counts 1 ÷ √(raters + 1): one on a title with 24 raters counts five times as much as one on a title with "
        "624 (Steck 2011). Lists of what everybody has seen gain little by it.",
        "It pays for rare hits, so a few lucky ones can decide. Read it beside NDCG@10: a model that is good by both is good.",
    ),
    "precision@10": Metric(
        "Precision@10 – share of hits",
        "share of ten",
        "higher",
        "Of the ten titles listed, the share that the person gave four stars or more.",
        "An unrated title counts as a miss, though the person might like it: the true share of good recommendations is higher. "
        "For somebody who rated little it is low whatever the list.",
    ),
    "recall@20": Metric(
        "Recall@20 – share found",
        "share of liked titles",
        "higher",
        "Of the titles that the person liked, the share that stands among the first twenty.",
        "Who liked 200 titles cannot see more than 10 % of them in twenty places. It compares models on the same people, not data sets.",
    ),
    "hit@10": Metric(
        "Hit rate – at least one",
        "share of people",
        "higher",
        "The share of people with at least one liked title among the first ten.",
        "One lucky hit counts as much as ten. On people with many ratings nearly every model scores near 1.",
    ),
    "coverage@10": Metric(
        "Coverage – how much is ever shown",
        "share of titles",
        "higher",
        "The share of all titles that stand in at least one person's first ten.",
        "Drawing titles at random covers most. It also grows with the number of people asked, and it has no interval here.",
    ),
    "diversity@10": Metric(
        "Diversity – how different the ten are",
        "distance, 0–1",
        "higher",
        "The mean distance in content between two titles of a list: 0 the same, 1 nothing in common.",
        "A random list is very diverse. A lover of westerns who gets ten westerns may be quite happy.",
    ),
    "popularity lift": Metric(
        "Popularity lift – how far lists follow the crowd",
        "times as popular; 1 is faithful",
        "",
        "How many times more popular the listed titles are than those the person is known by: 1 is faithful.",
        "Neither end is good in itself: above 2 is the same list for everyone, far below 1 can be titles that hardly anyone liked.",
    ),
}
STARS = {
    "rmse": Metric(
        "RMSE – error of the expected stars",
        "stars",
        "lower",
        "The usual distance between expected and given stars, in stars; large errors count more. 0 would be perfect.",
        "It says nothing about the order at the top: it is taken over everything that was rated, and chance in people's ratings alone "
        "keeps it well above 0. Small differences are the rule.",
    ),
    "mae": Metric(
        "MAE – mean error of the expected stars",
        "stars",
        "lower",
        "The mean distance between expected and given stars, in stars.",
        "As RMSE, it is taken over what people chose to rate, not over what they would be recommended.",
    ),
}
TRUTH = {
    "true stars@10": Metric(
        "True stars of the first ten",
        "stars",
        "higher",
        "What the simulated viewers would give the ten listed titles, chance taken away: the mean, in stars.",
        "It takes for granted that they watch all ten. How likely they are to choose a title does not count.",
    ),
    "true ndcg@10": Metric(
        "NDCG@10 against the truth",
        "NDCG@10",
        "higher",
        "NDCG as above, but every title with four true stars or more is a hit, whether or not the viewer ever rated it.",
        "A title with 3.9 true stars is a miss like one with 1. Viewers who would truly like nothing are left out.",
    ),
    "true rmse": Metric(
        "Error of the expected stars against the truth",
        "stars",
        "lower",
        "The usual distance between expected and true stars, in stars, over all titles that the model was not shown.",
        "Viewers rate what they choose, and they choose what they will like. On the rest, which nobody asked for, models expect too much.",
    ),
    "true correlation": Metric(
        "Correlation of expected and true stars",
        "correlation",
        "higher",
        "How well the expected stars put all titles in one viewer's true order: 1 perfectly, 0 not at all.",
        "It is over all titles, good and bad. That bad ones are told from good ones says little about the first ten.",
    ),
}
