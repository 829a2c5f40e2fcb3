"""The page in a real browser: Debian's Chromium, driven by Playwright. Run by `make test-browser`."""
