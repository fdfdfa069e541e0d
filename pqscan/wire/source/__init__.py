"""Source code as programs mean it: calls with their full paths, arguments followed inside the file. No library is known here."""
