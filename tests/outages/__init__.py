"""Discord is down, odd or angry: paid work goes on, and the bot comes back without doing harm."""
