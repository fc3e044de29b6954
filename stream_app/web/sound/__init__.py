"""Sound for the page: who is heard, a live waterfall, and of anomalies a picture and a clip."""
