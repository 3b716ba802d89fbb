"""The hub over HTTP: `app.py` has the routes, `requests.py` what a request must be, `server.py` the
process with its limits, `metrics.py` and `logs.py` what is told of it."""
