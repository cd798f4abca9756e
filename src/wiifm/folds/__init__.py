"""The three folds in which everything is decided: relate, gate and reward."""
