"""Decide applies the policy: which prompt, which alert, to whom, when again."""
