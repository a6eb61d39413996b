"""The page of `sizing report`, part by part, as values that a template only sets down."""
