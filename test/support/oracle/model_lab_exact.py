"""Candidates of the model lab's reference on which libsvm's single-precision kernel or loose tolerance shows, once more in double precision.

libsvm names which rows are free and which are at a bound; the equations of the free rows are then solved by numpy. Shares no code with src/.
Prints the JSON stored in test/fixtures/model-lab/exact-candidates.json. Debian's python3-sklearn:
    /usr/bin/python3 test/support/oracle/model_lab_exact.py ../shared/reference/model-lab > test/fixtures/model-lab/exact-candidates.json
"""

import csv
import json
import sys
import warnings

import numpy as np
from scipy.optimize import root
from scipy.stats import rankdata
from sklearn.feature_selection import RFE
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

warnings.filterwarnings("ignore")  # newton-cg asked for more than rounding gives says so
FOLDER = sys.argv[1]
EXPECTED = json.load(open(f"{FOLDER}/expected.json"))
ROWS = list(csv.reader(open(f"{FOLDER}/train.csv")))
X = np.array([[float(v) for v in row[2:]] for row in ROWS[1:]])
Y = np.array([int(row[1]) for row in ROWS[1:]])


def svc(x, y):
    """w, b by libsvm's active set, refined in double precision; where no row is free, b is the middle of its interval."""
    s = 2.0 * y - 1
    fitted = SVC(kernel="linear", C=1, tol=1e-10).fit(x, y)
    beta = np.zeros(len(y))
    beta[fitted.support_] = fitted.dual_coef_[0]
    alpha = s * beta
    alpha[alpha < 1e-5] = 0
    alpha[alpha > 1 - 1e-5] = 1
    free = np.flatnonzero((alpha > 0) & (alpha < 1))
    bound = s * (alpha == 1)
    w0 = x.T @ bound
    if len(free) > 0:
        k = x[free] @ x[free].T
        one = np.ones((len(free), 1))
        system = np.block([[k, one], [one.T, np.zeros((1, 1))]])
        side = np.append(s[free] - x[free] @ w0, -bound.sum())
        solved = np.linalg.lstsq(system, side, rcond=None)[0]
        w, b = w0 + x[free].T @ solved[:-1], solved[-1]
    else:
        w = w0
        middle = s - x @ w
        lower = np.where((s > 0) == (alpha == 0), middle, -np.inf).max()
        upper = np.where((s > 0) == (alpha == 1), middle, np.inf).min()
        b = (lower + upper) / 2
    w = np.where(np.abs(w) < 1e-9, 0.0, w)  # what sums of bounded rows leave of an exact 0
    margins = s * (x @ w + b)
    assert np.all(margins[alpha == 0] > 1 - 1e-7) and np.all(margins[alpha == 1] < 1 + 1e-7)
    return w, b


def platt(f, y):
    n1 = y.sum()
    t = np.where(y == 1, (n1 + 1) / (n1 + 2), 1 / (len(y) - n1 + 2))
    mean, sd = f.mean(), f.std()
    z = (f - mean) / sd

    def gradient(p):
        q = 1 / (1 + np.exp(-(p[0] * z + p[1])))
        return [((q - t) * z).sum(), (q - t).sum()]

    a, b = root(gradient, [0, 0], tol=1e-14).x
    return -a / sd, -b + a * mean / sd


def probabilities(x, y, test):
    inner = np.zeros(len(y))
    for training, held in StratifiedKFold(5).split(x, y):
        w, b = svc(x[training], y[training])
        inner[held] = x[held] @ w + b
    a, b = platt(inner, y)
    w, intercept = svc(x, y)
    return 1 / (1 + np.exp(a * (test @ w + intercept) + b))


def regression(x, y, test, c):
    fitted = LogisticRegression(
        penalty=None if c is None else "l2", C=c or 1.0, solver="newton-cg", tol=1e-12, max_iter=10000
    ).fit(x, y)
    return fitted.predict_proba(test)[:, 1]


def pruned(z, y, threshold=0.98):
    r = np.abs(np.corrcoef(z.T))
    label = np.abs(z.T @ (y - y.mean()))
    kept = []
    for candidate in range(z.shape[1]):
        hit = next((slot for slot, each in enumerate(kept) if r[each, candidate] > threshold), None)
        if hit is None:
            kept.append(candidate)
        elif label[kept[hit]] < label[candidate]:
            kept[hit] = candidate
    return sorted(kept)


def auc(y, p):
    m, n = y.sum(), (y == 0).sum()
    return (rankdata(p)[y == 1].sum() - m * (m + 1) / 2) / (m * n)


def candidate(folds, selected, score):
    """`selected(fold, z, y)`: columns in the training part."""
    out = np.zeros(len(Y))
    for fold in range(5):
        training, test = folds != fold, folds == fold
        mean, sd = X[training].mean(0), X[training].std(0)
        z, held = (X[training] - mean) / sd, (X[test] - mean) / sd
        columns = selected(fold, z, Y[training])
        out[test] = score(z[:, columns], Y[training], held[:, columns])
    return auc(Y, out)


def fixture():
    by_row = np.array(EXPECTED["folds"]["fae_unshuffled"]["fold_of_row"])
    by_patient = np.array(EXPECTED["folds"]["grouped"]["fold_of_row"])
    detail = EXPECTED["cv"]["fold_detail"]
    cv = {}
    for name, key, k in [
        ("ANOVA", "anova_order20", 1),
        ("KW", "kw_order20", 1),
        ("Relief", "relief_order20", 1),
        ("Relief", "relief_order20", 20),
    ]:
        cv[f"{name} SVM {k}"] = candidate(by_row, lambda fold, z, y: detail[fold][key][:k], probabilities)
    cv["RFE SVM 1"] = candidate(by_row, lambda fold, z, y: detail[fold]["rfe_support_tol1e10"]["1"], probabilities)
    eliminated = {}

    def support(fold, z, y, k):
        if (fold, k) not in eliminated:
            columns = np.array(pruned(z, y))
            x = z[:, columns] / np.linalg.norm(z[:, columns], axis=0)
            rfe = RFE(SVC(kernel="linear", C=1, tol=1e-10), n_features_to_select=k, step=0.05).fit(x, y)
            eliminated[fold, k] = columns[rfe.support_]
        return eliminated[fold, k]

    grouped = {}
    for k in (7, 8, 9, 10):
        chosen = lambda fold, z, y: support(fold, z, y, k)
        grouped[f"RFE LR_none {k}"] = candidate(by_patient, chosen, lambda *a: regression(*a, None))
        grouped[f"RFE SVM {k}"] = candidate(by_patient, chosen, probabilities)
        grouped[f"RFE LR_L2 {k}"] = candidate(by_patient, chosen, lambda *a: regression(*a, 1.0))
    return {"pooledAuc": {"cv": cv, "cv_grouped": grouped}}


print(json.dumps(fixture(), indent=2))
