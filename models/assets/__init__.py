"""The sensors of one asset judged together: is what they have in common still true?"""
