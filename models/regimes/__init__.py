"""Operating modes of an asset, and what is usual for each series in each of them.

The mode or speed sensor is believed: a fault that moves it by more than a regime's width is a change of regime, in
which all series are silent until the regime is known. An asset without such a sensor has no regimes.
"""
