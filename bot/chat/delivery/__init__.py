"""Messages to Discord: results, status messages, alerts and attachments."""
