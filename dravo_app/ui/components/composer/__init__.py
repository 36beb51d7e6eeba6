"""The compose page's parts. The draft lives in the browser (`assets/composer`); these draw its fields and what the server says."""
