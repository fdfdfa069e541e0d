"""Files, archives in archives and images as one thing: content with marks in it, read within bounds."""
