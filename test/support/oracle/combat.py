"""ComBat with parametric empirical Bayes by the formulas of Johnson, Li and Rabinovic 2007 (section 3), without covariates.

Prints the JSON stored in test/fixtures/model-lab/combat.json. Python 3 and numpy; shares no code with src/:
    python3 test/support/oracle/combat.py > test/fixtures/model-lab/combat.json
"""

import json

import numpy as np


def combat(y, batch):
    """`y`: genes by samples, as in the paper. Returns the adjusted data and, by batch, gamma* and delta*^2."""
    names = sorted(set(batch))
    member = {name: np.flatnonzero(batch == name) for name in names}
    n = y.shape[1]
    # alpha_g with the constraint sum n_i gamma_ig = 0; sigma_g^2 has divisor N
    batch_mean = {name: y[:, member[name]].mean(1) for name in names}
    alpha = sum(len(member[name]) * batch_mean[name] for name in names) / n
    residual = np.zeros_like(y)
    for name in names:
        residual[:, member[name]] = y[:, member[name]] - batch_mean[name][:, None]
    sigma = np.sqrt((residual**2).sum(1) / n)
    z = (y - alpha[:, None]) / sigma[:, None]
    adjusted = np.zeros_like(y)
    gamma_star, delta_star = {}, {}
    for name in names:
        zi = z[:, member[name]]
        ni = zi.shape[1]
        gamma_hat, delta_hat = zi.mean(1), zi.var(1, ddof=1)
        gamma_bar, tau2 = gamma_hat.mean(), gamma_hat.var(ddof=1)
        v, s2 = delta_hat.mean(), delta_hat.var(ddof=1)
        lam, theta = (v**2 + 2 * s2) / s2, (v**3 + v * s2) / s2
        gamma, delta = gamma_hat.copy(), delta_hat.copy()
        for _ in range(2000):
            gamma = (ni * tau2 * gamma_hat + delta * gamma_bar) / (ni * tau2 + delta)
            delta = (theta + 0.5 * ((zi - gamma[:, None]) ** 2).sum(1)) / (ni / 2 + lam - 1)
        adjusted[:, member[name]] = (
            sigma[:, None] / np.sqrt(delta)[:, None] * (zi - gamma[:, None]) + alpha[:, None]
        )
        gamma_star[name], delta_star[name] = gamma.tolist(), delta.tolist()
    return adjusted, alpha, sigma, gamma_star, delta_star


random = np.random.RandomState(7)
batches = np.array(["A"] * 7 + ["B"] * 5 + ["C"] * 9)
features = 6
values = random.randn(features, len(batches)) * np.array([[1, 2, 0.5, 30, 4, 1]]).T + np.array([[0, 5, -2, 300, 9, 1]]).T
values[:, 7:12] = values[:, 7:12] * 1.7 + 1.5
values[:, 12:] = values[:, 12:] * 0.6 - 0.8
values = np.round(values, 6)
after, mean, sd, gamma, delta = combat(values, batches)
print(
    json.dumps(
        {
            "batches": batches.tolist(),
            "features": values.tolist(),
            "adjusted": after.tolist(),
            "mean": mean.tolist(),
            "sd": sd.tolist(),
            "gamma": gamma,
            "delta": delta,
        }
    )
)
