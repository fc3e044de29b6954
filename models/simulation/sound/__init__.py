"""Sound of simulated machines: tones, noise and impacts of fans, pumps and valves, and of faults in them."""
