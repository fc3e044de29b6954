"""Has the world changed? When, where, and by what kind of cause."""
