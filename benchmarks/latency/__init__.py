"""From a reading that is published to the event that it leads to, at an independent consumer."""
