"""Labs: notebooks that a learner changes, and the check of what was changed."""
