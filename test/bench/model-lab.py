"""The search of model-lab.bench.ts by scikit-learn's own classes: what a Python program of the same method does, as FAE does it.

For every fold, selector and k the selector is fitted; SVC(probability=True) is libsvm's Platt. Pruning is FAE's rule with numpy.
    /usr/bin/python3 test/bench/model-lab.py features.csv 20
"""

import csv
import json
import sys
import time
import warnings

import numpy as np
from scipy.stats import rankdata
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import RFE, SelectKBest, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

warnings.filterwarnings("ignore", category=ConvergenceWarning)
warnings.filterwarnings("ignore", category=FutureWarning)
rows = list(csv.reader(open(sys.argv[1])))
most = int(sys.argv[2])
names = rows[0][4:]
x_all = np.array([[float(v) for v in row[4:]] for row in rows[1:]])
y_all = np.array([int(row[2]) for row in rows[1:]])


def pruned(z, y, threshold):
    r = np.abs(np.corrcoef(z.T))
    label = np.abs(z.T @ (y - y.mean()))
    kept = []
    for candidate in range(z.shape[1]):
        hits = np.flatnonzero(r[kept, candidate] > threshold) if kept else []
        if len(hits) == 0:
            kept.append(candidate)
        elif label[kept[hits[0]]] < label[candidate]:
            kept[hits[0]] = candidate
    return np.sort(kept)


def kruskal_h(x, y):
    """All columns at once."""
    n = len(y)
    ranks = rankdata(x, axis=0)
    sums = np.array([ranks[y == c].sum(0) ** 2 / (y == c).sum() for c in (0, 1)]).sum(0)
    ties = np.array([1 - (c**3 - c).sum() / (n**3 - n) for c in (np.unique(col, return_counts=True)[1] for col in x.T)])
    h = (12 / (n * (n + 1)) * sums - 3 * (n + 1)) / ties
    return h, h


def relief_order(x, y):
    d = np.sqrt(np.maximum(((x[:, None, :] - x[None, :, :]) ** 2).sum(2), 0))
    np.fill_diagonal(d, d.max(1))
    same = y[:, None] == y[None, :]
    hit = np.where(same, d, np.inf).argmin(1)
    miss = np.where(~same, d, np.inf).argmin(1)
    weight = ((x - x[miss]) ** 2 - (x - x[hit]) ** 2).sum(0)
    return np.argsort(-np.abs(weight), kind="stable")


def select(name, x, y, k):
    k = min(k, x.shape[1])
    if name == "ANOVA":
        return np.flatnonzero(SelectKBest(f_classif, k=k).fit(x, y).get_support())
    if name == "KW":
        return np.flatnonzero(SelectKBest(kruskal_h, k=k).fit(x, y).get_support())
    if name == "Relief":
        return relief_order(x, y)[:k]
    if x.shape[1] < 2:
        return np.arange(x.shape[1])
    return np.flatnonzero(RFE(SVC(kernel="linear", C=1), n_features_to_select=k, step=0.05).fit(x, y).support_)


def classifiers():
    return {
        "LR_none": LogisticRegression(penalty=None, solver="saga", tol=0.01, random_state=0),
        "SVM": SVC(kernel="linear", C=1, probability=True, random_state=0),
    }


def search(columns, threshold, k_most):
    scores = {}
    x, y = x_all[:, columns], y_all
    for training, test in StratifiedKFold(5).split(x, y):
        mean, sd = x[training].mean(0), x[training].std(0)
        z, held = (x[training] - mean) / sd, (x[test] - mean) / sd
        if threshold is not None:
            kept = pruned(z, y[training], threshold)
            z, held = z[:, kept], held[:, kept]
        unit = z / np.linalg.norm(z, axis=0)
        for selector in ("ANOVA", "KW", "RFE", "Relief"):
            for k in range(1, min(k_most, len(columns)) + 1):
                chosen = select(selector, unit, y[training], k)
                for name, classifier in classifiers().items():
                    p = classifier.fit(z[:, chosen], y[training]).predict_proba(held[:, chosen])[:, 1]
                    scores.setdefault((selector, name, k), np.zeros(len(y)))[test] = p
    aucs = {key: round(roc_auc_score(y, p), 4) for key, p in scores.items()}
    best = max(aucs, key=lambda key: (aucs[key], -key[2]))
    z = (x - x.mean(0)) / x.std(0)
    kept = np.arange(len(columns)) if threshold is None else pruned(z, y, threshold)
    unit = z[:, kept] / np.linalg.norm(z[:, kept], axis=0)
    return best, aucs[best], np.asarray(columns)[kept[select(best[0], unit, y, best[2])]]


start, cpu = time.perf_counter(), time.process_time()
images = {}
for j, name in enumerate(names):
    images.setdefault(name.split("_")[0], []).append(j)
union = []
for columns in images.values():
    _, auc, kept = search(columns, 0.98, min(15, most))
    if auc >= 0.6:
        union.extend(kept.tolist())
best, auc, kept = search(sorted(union), None, most)
print(
    json.dumps(
        {
            "seconds": time.perf_counter() - start,
            "cpuSeconds": time.process_time() - cpu,
            "choice": f"{len(kept)} features by {best[0]}, {best[1]}",
        }
    )
)
