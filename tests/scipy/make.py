"""Makes figures.json: what SciPy and statsmodels compute, for `runner-core/src/base/statistics/tests/figures.rs` to compare with.

    python3 -m venv venv && venv/bin/pip install scipy==1.17.1 statsmodels==0.15.0 && venv/bin/python make.py > figures.json
"""

import json
import math
import sys

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

random = np.random.default_rng(1)


def samples():
    """Pairs of samples: few and many, close and far, small and large."""
    for count in [2, 3, 4, 5, 7, 10, 20, 50]:
        for scale, offset in [(1.0, 0.0), (0.005, 0.97), (1e-6, 1e-6), (2.5e7, -1e8)]:
            seeds = random.normal(size=count)
            before = offset + scale * (seeds + 0.5 * random.normal(size=count))
            after = offset + scale * (seeds + 0.5 * random.normal(size=count) + random.choice([0, 0.3, 2, 30]))
            yield before, after
    # Far from zero; such numbers are read back as they were written.
    yield 1e9 + np.array([4.0, 7.0, 13.0, 16.25]), 1e9 + np.array([5.0, 7.5, 15.0, 19.0])


def compared(before, after):
    interval = stats.t.interval(0.95, len(after) - 1, np.mean(after), stats.sem(after))
    paired = stats.ttest_rel(after, before)
    welch = stats.ttest_ind(after, before, equal_var=False)
    # Sides of different lengths.
    shorter = before[: max(2, len(before) - 3)]
    uneven = stats.ttest_ind(after, shorter, equal_var=False)
    margin = 2.0 * np.std(after - before, ddof=1)
    one = {
        "before": list(before),
        "after": list(after),
        "mean": np.mean(after),
        "sd": np.std(after, ddof=1),
        "interval": interval,
        "paired": [paired.pvalue, *paired.confidence_interval(0.99)],
        "welch": [welch.df, welch.pvalue, *welch.confidence_interval(0.95)],
        "uneven": [uneven.df, uneven.pvalue, *uneven.confidence_interval(0.95)],
        "margin": margin,
        "same_paired": ttost_paired(after, before, -margin, margin)[0],
        "same_welch": ttost_ind(after, before, -margin, margin, usevar="unequal")[0],
    }
    if min(after) > 0:
        logs = np.log(after)
        low, high = stats.t.interval(0.95, len(logs) - 1, np.mean(logs), stats.sem(logs))
        one["geometric"] = [stats.gmean(after), math.exp(low), math.exp(high), stats.gstd(after)]
    return one


def tails():
    for df in [1, 1.5, 2, 2.7, 3, 4, 5.5, 10, 29, 99.9, 1e3, 1e5, 1e7]:
        for t in [0.1, 1.0, 1.7, 2.0, 4.3, 12.7, 40.0]:
            p = 2 * stats.t.sf(t, df)
            if p > 1e-300:
                yield [df, t, p]
        for p in [1e-12, 1e-6, 0.001, 0.01, 0.05, 0.5]:
            yield [df, stats.t.isf(p / 2, df), p]


def corrected():
    for count in [1, 2, 5, 12, 50]:
        p = random.uniform(size=count) ** random.choice([1, 8])
        rejected, adjusted, _, _ = multipletests(p, 0.05, method="holm")
        yield {"p": list(p), "rejected": [bool(one) for one in rejected], "adjusted": list(adjusted)}
    p = [0.01, 0.01, 0.03, 0.02, 0.9]
    rejected, adjusted, _, _ = multipletests(p, 0.05, method="holm")
    yield {"p": p, "rejected": [bool(one) for one in rejected], "adjusted": list(adjusted)}


def shares():
    for sizes, replicates in [((2, 3), 3), ((4, 3), 5), ((2, 2), 2)]:
        rows = [
            (a, b, a * 0.3 + b * b * 0.2 + a * b * 0.1 + 0.2 * random.normal())
            for a in range(sizes[0])
            for b in range(sizes[1])
            for _ in range(replicates)
        ]
        data = {"a": [r[0] for r in rows], "b": [r[1] for r in rows], "y": [r[2] for r in rows]}
        table = anova_lm(ols("y ~ C(a) * C(b)", data=data).fit(), typ=2)
        squares = table["sum_sq"]
        yield {"rows": rows, "shares": list(squares / squares.sum())}


def middles():
    for count in [20, 21, 50, 103]:
        values = random.lognormal(size=count)
        yield {"values": list(values), "mean": stats.trim_mean(values, 0.25)}


figures = {
    "made_with": f"SciPy {scipy.__version__}, statsmodels {statsmodels.__version__}",
    "compared": [compared(*pair) for pair in samples()],
    "tails": list(tails()),
    "corrected": list(corrected()),
    "shares": list(shares()),
    "middles": list(middles()),
}
json.dump(figures, sys.stdout, indent=None, separators=(",", ":"), default=float)
print()
