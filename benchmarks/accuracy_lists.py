"""Lists for new visitors: people held out whole, some of their ratings given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytrec_eval

from benchmarks import peers
from benchmarks.report import absent, shared_data, table
from recsys_core import Dataset, load_dataset
from recsys_core.common.metrics import ndcg_at_k, rarity_gain, stratified_ndcg_at_k
from recsys_core.data.scale import LIKED_STARS
from recsys_core.evaluation.blending import N_DRAWS, N_FOLDS, draws, held_out_people
from recsys_core.evaluation.protocols import Case, cases, evaluate_lists
from recsys_core.evaluation.splits import new_visitors, ratings_frame
from recsys_core.evaluation.summary import summarise_lists
from recsys_core.models import Hybrid, Model

DATASETS, SEEDS, N_GIVEN = ("ml-100k", "ml-latest-small"), (0, 1, 2), (5, 10, 20)
OURS = "hybrid"
BOTH = ("ndcg@10", "stratified ndcg@10")
METRICS = (*BOTH, "recall@20")
RARE = ", for rare hits"
"""Behind the name of a peer whose settings were chosen by the second measure, where they differ from those by the first."""
BAR, LEAST = 1.07, 1.02
"""The mean of the ratios to the best peer by both measures, and the ratio by NDCG@10 alone."""
Log = Callable[[str], None]


class Measured(NamedTuple):
    """All runs on one data set: figures of each list, and what else there is to say."""

    lists: pd.DataFrame
    notes: list[str]


def report(quick: bool, log: Log) -> str:
    """The section on new visitors, in markdown."""
    blocks = [
        "# Lists for new visitors",
        f"20 % of the people are held out whole; {', '.join(map(str, N_GIVEN))} random ratings of each are given. All titles that "
        f"were not given are ranked, relevant are those among the rest that got {LIKED_STARS:g} stars or more. Mean over seeds "
        f"{', '.join(map(str, SEEDS))}, with 95 % intervals (bootstrap over people). Peers choose among their settings, once by NDCG@10 "
        f"and once by its stratified form, by {N_FOLDS}-fold cross-validation over the other 80 % of the people, for each number of "
        f"ratings and with {N_DRAWS} draws of the ratings that are given. The hybrid is as shipped: one fit, with weights that it learns "
        "on some of these people.",
    ]
    for name in DATASETS[:1] if quick else DATASETS:
        path = shared_data(name)
        if path is None:
            blocks.append(absent(name))
            continue
        measured = measure(load_dataset(path, enriched=False), SEEDS[:1] if quick else SEEDS, quick, log)
        blocks.append(f"## {name}")
        blocks.extend(_lists(measured.lists[measured.lists["n_given"] == n], n) for n in N_GIVEN)
        blocks.extend(measured.notes)
    return "\n\n".join(blocks)


def measure(dataset: Dataset, seeds: Sequence[int], quick: bool, log: Log) -> Measured:
    """Tune on the people who are not held out, then ask about those who are."""
    ratings = ratings_frame(dataset)
    lists, notes = [], []
    for seed in seeds:
        splits = {n: new_visitors(ratings, n_given=n, seed=seed) for n in N_GIVEN}
        train = Dataset.from_frames(dataset.items, splits[N_GIVEN[0]].train, name=dataset.name)
        best = tune(train, seed, quick, log)
        own = our_models(train)
        for n, split in splits.items():
            theirs = {name: peers.fit(peer, train, settings) for (given, name, peer), settings in best.items() if given == n}
            found = evaluate_lists({**theirs, **own}, train, split)
            lists.append(found.users.assign(run=seed, n_given=n))
            for model, value in found.users.groupby("model")["ndcg@10"].mean().items():
                log(f"{dataset.name} seed {seed} n {n} {model}: {value:.4f}")
        if seed == seeds[0]:
            notes.append(_checked(train, splits[N_GIVEN[-1]], own[OURS]))
    return Measured(pd.concat(lists), notes)


def our_models(train: Dataset) -> dict[str, Model]:
    """The hybrid as it is shipped, which learns its weights on some of these very people while it is fitted, and its parts."""
    hybrid = Hybrid().fit(train)
    return {OURS: hybrid, **hybrid.parts}


def tune(train: Dataset, seed: int, quick: bool, log: Log) -> dict[tuple[int, str, str], peers.Settings]:
    """Each peer's best settings by number of ratings, name in the table and peer, over people held out of the training part."""
    ratings = ratings_frame(train)
    quality: dict[tuple[int, str, peers.Settings], list[tuple[float, float]]] = {}
    for fold, people in enumerate(held_out_people(train, train.n_users, seed)[: 1 if quick else None], start=1):
        splits = [(n, new_visitors(ratings, n_given=n, users=people, seed=drawn)) for drawn in draws(seed) for n in N_GIVEN]
        part = Dataset.from_frames(train.items, splits[0][1].train, name=train.name)
        asked = [(n, case) for n, split in splits for case in cases(part, split) if (case.stars >= LIKED_STARS).any()]
        for name, (_, grid) in peers.PEERS.items():
            for settings in grid[:2] if quick else grid:
                found = _quality(peers.fit(name, part, settings), [case for _, case in asked], part.raters)
                for (n, _), values in zip(asked, found, strict=True):
                    quality.setdefault((n, name, settings), []).append(values)
        log(f"{train.name} seed {seed}: tuned on fold {fold}")
    best: dict[tuple[int, str, str], peers.Settings] = {}
    for n in N_GIVEN:
        for name in peers.PEERS:
            means = {settings: np.mean(values, axis=0) for (given, peer, settings), values in quality.items() if (given, peer) == (n, name)}
            by_ndcg, by_stratified = (max(means, key=lambda settings, place=place: means[settings][place]) for place in range(2))
            best[n, name, name] = by_ndcg
            if by_stratified != by_ndcg:
                best[n, name + RARE, name] = by_stratified
    return best


def _quality(peer: peers.Peer, visitors: Sequence[Case], raters: np.ndarray) -> list[tuple[float, float]]:
    """NDCG@10 of each visitor's list, and its stratified form."""
    found, gains = [], rarity_gain(raters)
    for case, scores in zip(visitors, peer.scores([case.profile for case in visitors]), strict=True):
        scores[case.profile.items] = -np.inf
        top = np.argpartition(-scores, 10)[:10]
        top = top[np.argsort(-scores[top], kind="stable")]
        relevant = case.items[case.stars >= LIKED_STARS]
        hits = np.isin(top, relevant)
        found.append((ndcg_at_k(hits, 10, len(relevant)), stratified_ndcg_at_k(hits * gains[top], 10, gains[relevant])))
    return found


def _lists(users: pd.DataFrame, n: int) -> str:
    """One table for one number of ratings, and whether the bars are met."""
    means = users.groupby("model")[list(METRICS)].mean()
    rivals = means.loc[[name for name in means.index if name.removesuffix(RARE) in peers.PEERS]]
    best = rivals["ndcg@10"].idxmax()
    columns = ["run", "model", "user_id", "n_relevant", "list_popularity", "profile_popularity", *METRICS]
    cells = summarise_lists(users[columns], versus=best).set_index(["model", "metric"])
    order = [OURS, *rivals.sort_values("ndcg@10", ascending=False).index]
    order += [name for name in means.sort_values("ndcg@10", ascending=False).index if name not in order]
    rows = []
    for name in order:
        row = [name + ("" if name == OURS or name in rivals.index else " (ours, a part)")]
        for metric in METRICS:
            cell = cells.loc[(name, metric)]
            row.append(f"{cell['value']:.3f} [{cell['low']:.3f}, {cell['high']:.3f}]")
        ratio = cells.loc[(name, "ndcg@10")]
        row.append("1" if name == best else f"{ratio['ratio']:.3f} [{ratio['ratio_low']:.3f}, {ratio['ratio_high']:.3f}]")
        rows.append(row)
    ratios = [means.loc[OURS, metric] / rivals[metric].max() for metric in BOTH]
    met = "met" if np.mean(ratios) >= BAR and ratios[0] >= LEAST else "not met"
    leaders = [f"{ratio:.3f} × {rivals[metric].idxmax()} by {metric}" for ratio, metric in zip(ratios, BOTH, strict=True)]
    verdict = (
        f"Bar (mean of both ratios at least {BAR}, NDCG@10 alone at least {LEAST}): **{met}**. The hybrid is {' and '.join(leaders)}, "
        f"{np.mean(ratios):.3f} × on average. {users['user_id'].nunique()} people."
    )
    return f"### {n} ratings given\n\n{table(['model', *METRICS, 'NDCG@10, ratio to the best peer'], rows)}\n\n{verdict}"


def _checked(train: Dataset, split, hybrid: Hybrid) -> str:  # noqa: ANN001
    """Our metrics against trec_eval's on the same lists."""
    measures = {"ndcg_cut_10": "ndcg@10", "P_10": "precision@10", "recall_20": "recall@20", "map_cut_10": "map@10", "recip_rank": "mrr"}
    ours = evaluate_lists({OURS: hybrid}, train, split).users.set_index("user_id")
    relevance, runs = {}, {}
    for case in cases(train, split):
        if case.user_id not in ours.index:
            continue
        scores = hybrid.score(case.profile)
        scores[case.profile.items] = -np.inf
        order = np.lexsort((train.item_ids, -scores))[: train.n_items - len(case.profile)]
        # trec_eval breaks ties by descending id and reads scores in single precision: give it ranks, which have no ties
        runs[case.user_id] = {str(item): float(len(order) - place) for place, item in enumerate(train.item_ids[order])}
        relevance[case.user_id] = {
            str(train.item_ids[item]): int(stars >= LIKED_STARS) for item, stars in zip(case.items, case.stars, strict=True)
        }
    theirs = pytrec_eval.RelevanceEvaluator(relevance, {"ndcg_cut.10", "P.10", "recall.20", "map_cut.10", "recip_rank"}).evaluate(runs)
    worst = []
    for measure, name in measures.items():
        # trec_eval divides average precision by all relevant titles, we by those that fit into the list
        scale = (ours["n_relevant"] / ours["n_relevant"].clip(upper=10)) if name == "map@10" else ours["n_relevant"] * 0 + 1
        gap = max(abs(found[measure] * scale[user] - ours.loc[user, name]) for user, found in theirs.items())
        worst.append(f"{name} {gap:.1e}")
    said = ", ".join(worst)
    return f"Our metrics against trec_eval's (pytrec_eval) on the same {len(theirs)} lists, largest difference for any person: {said}."
