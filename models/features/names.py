"""The features of a series, in order; models carry these names along and check them on load."""

MEAN_WINDOWS: tuple[int, ...] = (5, 10, 20)
LAGS: tuple[int, ...] = (1, 3, 6, 12)

FEATURE_NAMES: tuple[str, ...] = (
    "value",
    "mean_5",
    "std_5",
    "mean_10",
    "std_10",
    "mean_20",
    "std_20",
    "rate_per_s",
    "ewma",
    "macd",
    "macd_signal",
    "lag_1",
    "lag_3",
    "lag_6",
    "lag_12",
)

VALUE, MEAN_5, STD_5, MEAN_10, STD_10, MEAN_20, STD_20, RATE, EWMA, MACD, MACD_SIGNAL, LAG_1 = range(12)

TOLD = LAG_1
"""The first so many features may explain an anomaly; a lag only repeats an earlier value."""
