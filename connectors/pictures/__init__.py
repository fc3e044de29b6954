"""Pictures for people: PNG files of what the models make."""
