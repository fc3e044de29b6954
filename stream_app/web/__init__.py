"""Role `web`: what the page shows, held in memory, over REST, server-sent events and static files."""
