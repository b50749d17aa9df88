"""Answers, text and scores from a trained model, over one step protocol."""
