"""Files that people have, one reader a form."""
