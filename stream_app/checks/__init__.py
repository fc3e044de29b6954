"""What `doctor` looks at; each check yields findings, and `stream_app.checks.all_checks` puts them in order."""
