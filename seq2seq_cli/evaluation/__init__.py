"""How good a model is: metrics, and the evaluation of answers and of text."""
