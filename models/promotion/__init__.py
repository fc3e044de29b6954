"""Whether a challenger may replace the champion, and whether a new champion may stay: numbers against bounds."""
