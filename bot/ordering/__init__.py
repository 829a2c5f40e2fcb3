"""From a request to a job: quote, remix method, and the job service."""
